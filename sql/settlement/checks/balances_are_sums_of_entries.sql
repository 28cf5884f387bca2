-- A balance is the sum of the account's entries, and the last one's number is the account's
SELECT 'account ' || account_id AS subject,
       'balance ' || account.balance_minor || ' at entry ' || account.entry_no || ', entries say '
       || coalesce(sum(amount_minor), 0) || ' at ' || coalesce(max(entry.entry_no), 0) AS problem
FROM account LEFT JOIN entry USING (account_id)
GROUP BY account_id
HAVING account.balance_minor <> coalesce(sum(amount_minor), 0)
    OR account.entry_no <> coalesce(max(entry.entry_no), 0);
