-- A schedule counts from when it is set, by the wall clock's millisecond $5.
UPDATE agent
SET model = coalesce($1, model), caps = coalesce($2 = 'on', caps),
    cut_over_times = CASE WHEN $3 = 'off' THEN '' WHEN $3 IS NOT NULL THEN $3
                          WHEN $4::integer > 0 THEN '' ELSE cut_over_times END,
    cut_over_every_s = CASE WHEN $4 IS NOT NULL THEN $4::integer
                            WHEN $3 IS NOT NULL THEN 0 ELSE cut_over_every_s END,
    scheduled_at = CASE WHEN $3 IS NOT NULL OR $4 IS NOT NULL
                        THEN 'epoch'::timestamptz + $5::bigint * interval '1 millisecond'
                        ELSE scheduled_at END;
