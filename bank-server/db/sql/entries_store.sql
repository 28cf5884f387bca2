INSERT INTO entry (account_id, entry_no, amount_minor, balance_minor, txid, phase)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::smallint[])
