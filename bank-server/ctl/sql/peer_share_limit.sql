-- What is left of the limit $2 after all that is owed is spread evenly over the stripes, so that each
-- has room for what it owes and as much again as any other. When more is owed than the limit allows,
-- every share falls short by the same. Rounded down; the remainder goes to the first stripes.
UPDATE exposure SET share_minor = owed_minor + whole + (stripe < rest)::integer
FROM (SELECT floor(room / 8)::bigint AS whole, room - 8 * floor(room / 8) AS rest
      FROM (SELECT $2::numeric - sum(owed_minor) AS room
            FROM exposure WHERE peer_code = $1::integer) AS left_over) AS spread
WHERE peer_code = $1::integer;
