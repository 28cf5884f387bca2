-- B3: no customer is below the overdraft, except by what cannot be refused
-- A request (phase 0), its fee (7) and a transfer that an operator gives back (6) can be refused,
-- advices cannot and may go below. What can be refused must not have left the account there, so the
-- last refusable debit decides.
SELECT 'account ' || account.account_id AS subject,
       'balance is ' || -account.balance_minor || ' with an overdraft of ' || overdraft_minor
       || ', and entry ' || debit.entry_no || ' left it at ' || -debit.balance_minor AS problem
FROM account
JOIN LATERAL (SELECT entry_no, balance_minor FROM entry
                   WHERE entry.account_id = account.account_id AND phase IN (0, 6, 7)
                     AND amount_minor > 0
                   ORDER BY entry.entry_no DESC LIMIT 1) AS debit ON true
WHERE kind = 1 AND account.balance_minor > overdraft_minor
  AND debit.balance_minor > overdraft_minor;
