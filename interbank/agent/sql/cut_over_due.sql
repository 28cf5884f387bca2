SELECT coalesce(cut_over(NULL, 'epoch'::timestamptz + $1::bigint * interval '1 millisecond'), 0);
