-- All stripes, in the order in which bank servers lock them.
SELECT stripe FROM exposure WHERE peer_code = $1::integer ORDER BY stripe FOR UPDATE;
