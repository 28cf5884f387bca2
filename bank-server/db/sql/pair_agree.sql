-- Agreement: see the function (sql/migrations/0010).
SELECT pair_agree($1::int, $2::int, $3::bigint[], $4::text, $5::text, $6::text, $7::smallint[], $8::bigint[],
                  $9::bigint[], $10::bytea[], $11::uuid[], $12::uuid[], $13::text[], $14::bigint[], $15::bigint[],
                  $16::int[], $17::uuid[], $18::bigint[], $19::bigint[], now() + $20::bigint * interval '1 ms')
