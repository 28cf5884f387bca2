-- All phases of these txids: stored answers, and the originals of advices.
SELECT txid, phase, operation, acquirer, terminal_id, business_date, stan, amount_minor, kept_minor,
       card_id, account_id, to_account_id, ledger_minor, available_minor, entry_no, rc::text,
       content_digest, detail
  FROM decision WHERE txid = ANY ($1::uuid[])
