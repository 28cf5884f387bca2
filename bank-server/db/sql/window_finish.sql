-- Window $1 is final: see the function (sql/migrations/0010).
SELECT window_finish($1::int, $2::text, $3::text, $4::text, $5::text, $6::int[], $7::int[], $8::int[], $9::bigint[])
