-- $1 card ids, $2 PAN digests, $3 txids of originals whose cards are needed. In order of card_id.
-- ARRAY: a list that is computed first is looked up by key, without sorting what a join would have to.
SELECT card_id, pan_digest, pin_digest, expiry, tries_left, status::text, session, daily_limit_minor,
       daily_limit_count, usage_date, used_minor, used_count, account_ids
  FROM card
 WHERE card_id = ANY (ARRAY(SELECT unnest($1::bigint[])
                            UNION ALL SELECT p.card_id FROM card p WHERE p.pan_digest = ANY ($2::bytea[])
                            UNION ALL SELECT d.card_id FROM decision d WHERE d.txid = ANY ($3::uuid[]) AND d.phase = 0))
 ORDER BY card_id FOR UPDATE
