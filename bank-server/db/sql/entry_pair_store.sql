-- Two entries: a posting of two legs. Parameters go by column, as the arrays of entries_store do.
INSERT INTO entry (account_id, entry_no, amount_minor, balance_minor, txid, phase)
VALUES ($1::bigint, $3::bigint, $5::bigint, $7::bigint, $9::uuid, $11::smallint),
       ($2::bigint, $4::bigint, $6::bigint, $8::bigint, $10::uuid, $12::smallint)
