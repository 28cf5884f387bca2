INSERT INTO decision (txid, phase, operation, acquirer, terminal_id, business_date, stan, amount_minor,
                      kept_minor, card_id, account_id, to_account_id, ledger_minor, available_minor,
                      entry_no, rc, content_digest, detail, item_no, lane_id, batch_no)
SELECT n.*, $20, $21
  FROM unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::int[], $5::int[], $6::date[], $7::int[],
              $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
              $14::bigint[], $15::bigint[], $16::text[], $17::bytea[], $18::text[], $19::int[]) AS n
