SELECT post($1::uuid, $2, $3::integer, $4::integer, ('{' || $5 || '}')::text[],
            ('{' || $6 || '}')::bigint[]);
