-- All phases of these txids: stored answers, and the originals of advices. $2: when they were posted, too, which costs
-- as much as all the rest and matters only to what is undone.
SELECT txid, phase, operation, acquirer, terminal_id, business_date, stan, amount_minor, kept_minor,
       card_id, account_id, to_account_id, ledger_minor, available_minor, entry_no, rc::text,
       content_digest, detail, peer, window_no, surcharge_minor, interchange_minor,
       CASE WHEN $2::bool
            THEN (SELECT b.business_date FROM batch b WHERE b.lane_id = d.lane_id AND b.batch_no = d.batch_no) END
  FROM decision d WHERE txid = ANY ($1::uuid[])
