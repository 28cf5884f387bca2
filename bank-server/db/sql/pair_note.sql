-- Pair of window $1 and peer $2: state $3 because of $4. $5: what a simulated clock is ahead. True when that is news.
SELECT pair_note($1::int, $2::int, $3::text, $4::text, now() + $5::bigint * interval '1 ms')
