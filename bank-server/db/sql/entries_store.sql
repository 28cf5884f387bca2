INSERT INTO entry (account_id, entry_no, amount_minor, balance_minor, txid, phase)
SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::uuid[]),
       unnest($6::smallint[])
