-- B2: each entry has the number after the one before it, and the balance after it
SELECT 'account ' || account_id || ' entry ' || entry_no AS subject,
       CASE WHEN entry_no <> before_no + 1 THEN 'follows entry ' || before_no
            ELSE 'balance ' || before_balance || ' plus ' || amount_minor || ' is not '
                 || balance_minor END AS problem
FROM (SELECT account_id, entry_no, amount_minor, balance_minor,
             lag(entry_no, 1, 0::bigint) OVER one_account AS before_no,
             lag(balance_minor, 1, 0::bigint) OVER one_account AS before_balance
      FROM entry
      WINDOW one_account AS (PARTITION BY account_id ORDER BY entry_no)) AS step
WHERE entry_no <> before_no + 1 OR balance_minor <> before_balance + amount_minor;
