-- unnest in the select list: in FROM each of the arrays would be copied into a table of its own.
INSERT INTO decision (txid, phase, operation, acquirer, terminal_id, business_date, stan, amount_minor,
                      kept_minor, card_id, account_id, to_account_id, ledger_minor, available_minor,
                      entry_no, rc, content_digest, detail, item_no, peer, window_no, surcharge_minor,
                      interchange_minor, lane_id, batch_no)
SELECT unnest($1::uuid[]), unnest($2::smallint[]), unnest($3::smallint[]), unnest($4::int[]), unnest($5::int[]),
       unnest($6::date[]), unnest($7::int[]), unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::bigint[]),
       unnest($11::bigint[]), unnest($12::bigint[]), unnest($13::bigint[]), unnest($14::bigint[]),
       unnest($15::bigint[]), unnest($16::text[]), unnest($17::bytea[]), unnest($18::text[]), unnest($19::int[]),
       unnest($20::int[]), unnest($21::int[]), unnest($22::bigint[]), unnest($23::bigint[]), $24, $25
