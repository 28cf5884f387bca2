-- $1 peers: what they may owe and do owe, in all.
SELECT p.peer_code, p.status::text, p.limit_minor, p.interchange_minor, 0::smallint,
       (SELECT coalesce(sum(e.owed_minor), 0)::bigint FROM exposure e WHERE e.peer_code = p.peer_code),
       p.limit_minor
  FROM peer p WHERE p.peer_code = ANY ($1::int[])
