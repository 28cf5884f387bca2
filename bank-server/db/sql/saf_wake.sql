-- All that waited for $1 peers is due; what was never tried is on its way by its bank server.
UPDATE saf SET next_try_at = now() WHERE peer_code = ANY ($1::int[]) AND attempts > 0 AND next_try_at > now()
