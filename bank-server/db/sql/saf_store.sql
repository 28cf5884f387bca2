INSERT INTO saf (peer_code, txid, phase, method, params)
SELECT unnest($1::int[]), unnest($2::uuid[]), unnest($3::smallint[]), unnest($4::text[]), unnest($5::text[])
