-- One decision: what a batch of one stores. The same columns as decisions_store, without arrays, which cost more to take
-- apart than the row to store.
INSERT INTO decision (txid, phase, operation, acquirer, terminal_id, business_date, stan, amount_minor,
                      kept_minor, card_id, account_id, to_account_id, ledger_minor, available_minor,
                      entry_no, rc, content_digest, detail, item_no, peer, window_no, surcharge_minor,
                      interchange_minor, lane_id, batch_no)
VALUES ($1::uuid, $2::smallint, $3::smallint, $4::int, $5::int, $6::date, $7::int, $8::bigint,
        $9::bigint, $10::bigint, $11::bigint, $12::bigint, $13::bigint, $14::bigint,
        $15::bigint, $16::text, $17::bytea, $18::text, $19::int, $20::int, $21::int, $22::bigint,
        $23::bigint, $24::bigint, $25::bigint)
