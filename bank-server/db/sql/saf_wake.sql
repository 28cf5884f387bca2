-- All that waited for $1 peers is due; what was never tried is on its way by its bank server. $2 is what a simulated
-- clock is ahead of the database's, in milliseconds.
UPDATE saf SET next_try_at = now() + $2::bigint * interval '1 ms'
 WHERE peer_code = ANY ($1::int[]) AND attempts > 0 AND next_try_at > now() + $2::bigint * interval '1 ms'
