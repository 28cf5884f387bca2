UPDATE card c
   SET tries_left = n.tries_left, session = n.session, pin_digest = n.pin_digest,
       usage_date = n.usage_date, used_minor = n.used_minor, used_count = n.used_count
  FROM (SELECT unnest($1::bigint[]) AS card_id, unnest($2::smallint[]) AS tries_left, unnest($3::uuid[]) AS session,
               unnest($4::bytea[]) AS pin_digest, unnest($5::date[]) AS usage_date, unnest($6::bigint[]) AS used_minor,
               unnest($7::int[]) AS used_count) AS n
 WHERE c.card_id = n.card_id
