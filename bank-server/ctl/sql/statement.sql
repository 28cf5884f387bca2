-- The last $2 entries of account $1, oldest first, in the direction normal for its class.
SELECT entry_no, business_date, operation.code,
       CASE phase WHEN 0 THEN 'request' WHEN 1 THEN 'confirmation' WHEN 2 THEN 'reversal'
                  WHEN 4 THEN 'outcome' WHEN 5 THEN 'credit' WHEN 6 THEN 'return'
                  WHEN 7 THEN 'fee' ELSE 'resolution' END,
       terminal_id, sign * amount_minor, sign * entry_balance, txid
FROM (SELECT entry.entry_no, entry.amount_minor, entry.balance_minor AS entry_balance,
             entry.txid, entry.phase, decision.business_date, decision.operation,
             nullif(decision.terminal_id, 0) AS terminal_id,
             CASE WHEN class IN ('A', 'X') THEN 1 ELSE -1 END AS sign
      FROM entry
      JOIN account USING (account_id)
      JOIN account_kind USING (kind)
      LEFT JOIN decision USING (txid, phase)
      WHERE entry.account_id = $1::bigint
      ORDER BY entry.entry_no DESC LIMIT $2::bigint) AS latest
LEFT JOIN operation USING (operation)
ORDER BY entry_no;
