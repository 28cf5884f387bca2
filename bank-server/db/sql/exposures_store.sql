UPDATE exposure e
   SET owed_minor = n.owed_minor, share_minor = n.share_minor
  FROM (SELECT unnest($1::int[]) AS peer_code, unnest($2::smallint[]) AS stripe, unnest($3::bigint[]) AS owed_minor,
               unnest($4::bigint[]) AS share_minor) AS n
 WHERE e.peer_code = n.peer_code AND e.stripe = n.stripe
