-- Entries are numbered without gaps, and each balance is the one before plus its amount
SELECT 'account ' || account_id || ' entry ' || entry_no AS subject,
       CASE WHEN entry_no <> place THEN 'should be entry ' || place
            ELSE 'balance ' || balance_minor || ' is not ' || before_minor || ' and ' || amount_minor
       END AS problem
FROM (SELECT account_id, entry_no, amount_minor, balance_minor,
             row_number() OVER account AS place,
             coalesce(lag(balance_minor) OVER account, 0) AS before_minor
      FROM entry WINDOW account AS (PARTITION BY account_id ORDER BY entry_no)) AS numbered
WHERE entry_no <> place OR balance_minor <> before_minor + amount_minor;
