UPDATE card c
   SET tries_left = n.tries_left, session = n.session, pin_digest = n.pin_digest,
       usage_date = n.usage_date, used_minor = n.used_minor, used_count = n.used_count
  FROM unnest($1::bigint[], $2::smallint[], $3::uuid[], $4::bytea[], $5::date[], $6::bigint[], $7::int[])
    AS n (card_id, tries_left, session, pin_digest, usage_date, used_minor, used_count)
 WHERE c.card_id = n.card_id
