-- Everything the chain covers in its order: a row per entry, or per decision without entries.
DECLARE link NO SCROLL CURSOR FOR
SELECT batch.lane_id, batch.batch_no, batch.digest, lane.genesis,
       decision.txid, decision.phase, operation, acquirer, terminal_id, decision.business_date,
       stan, decision.amount_minor, kept_minor, card_id, decision.account_id, to_account_id,
       ledger_minor, available_minor, decision.entry_no, item_no, rc::text, content_digest, detail,
       entry.account_id, entry.entry_no, entry.amount_minor, entry.balance_minor,
       batch.business_date, decision.peer, decision.window_no, surcharge_minor, interchange_minor
FROM batch
JOIN lane USING (lane_id)
LEFT JOIN decision USING (lane_id, batch_no)
LEFT JOIN entry ON entry.txid = decision.txid AND entry.phase = decision.phase
ORDER BY batch.lane_id, batch.batch_no, item_no, decision.txid, decision.phase,
         entry.account_id, entry.entry_no;
