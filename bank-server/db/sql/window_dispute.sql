-- Positions of window $1, revision $2, contradict those of peers $3: reconciled again. $4: what a
-- simulated clock is ahead, in milliseconds.
SELECT window_dispute($1::int, $2::int, $3::int[], now() + $4::bigint * interval '1 ms')
