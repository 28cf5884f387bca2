SELECT post($1::uuid, $2, NULL, NULL,
            ARRAY['ISSUE:' || currency, $3 || ':' || bank_code], ARRAY[-$5::bigint, $5::bigint])
FROM participant WHERE bank_code = $4::integer;
