-- B2: the balance in each stored answer is the one after the entry it names
SELECT decision.txid || ' phase ' || decision.phase AS subject,
       'answered balance ' || ledger_minor || ' after entry ' || decision.entry_no || ' of account '
       || decision.account_id || coalesce(', the entry says ' || -entry.balance_minor,
                                          ', which does not exist') AS problem
FROM decision
LEFT JOIN entry ON entry.account_id = decision.account_id AND entry.entry_no = decision.entry_no
WHERE decision.entry_no > 0 AND decision.account_id IS NOT NULL
  AND decision.ledger_minor IS DISTINCT FROM -entry.balance_minor;
