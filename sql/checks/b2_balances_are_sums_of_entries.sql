-- B2: each balance is the sum of the account's entries, and its last entry number their count
SELECT 'account ' || coalesce(account_id, booked.entry_account_id) AS subject,
       CASE WHEN account_id IS NULL THEN 'has entries but does not exist'
            WHEN balance_minor <> coalesce(total, 0)
            THEN 'balance is ' || balance_minor || ', entries add up to ' || coalesce(total, 0)
            ELSE 'last entry should be ' || entry_no || ', found ' || coalesce(entries, 0)
                 || ' entries up to ' || coalesce(last_no, 0) END AS problem
FROM account
FULL JOIN (SELECT account_id AS entry_account_id, count(*) AS entries, max(entry_no) AS last_no,
                  sum(amount_minor) AS total
           FROM entry GROUP BY account_id) AS booked ON entry_account_id = account_id
WHERE account_id IS NULL
   OR balance_minor <> coalesce(total, 0)
   OR entry_no <> coalesce(entries, 0)
   OR entry_no <> coalesce(last_no, 0);
