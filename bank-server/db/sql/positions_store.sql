UPDATE position p
   SET debit_count = n.debit_count, debit_minor = n.debit_minor, credit_count = n.credit_count,
       credit_minor = n.credit_minor, reversal_count = n.reversal_count, reversal_minor = n.reversal_minor,
       fee_minor = n.fee_minor, digest = n.digest
  FROM (SELECT unnest($1::int[]) AS peer_code, unnest($2::int[]) AS window_no, unnest($3::smallint[]) AS stripe,
               unnest($4::bigint[]) AS debit_count, unnest($5::bigint[]) AS debit_minor,
               unnest($6::bigint[]) AS credit_count, unnest($7::bigint[]) AS credit_minor,
               unnest($8::bigint[]) AS reversal_count, unnest($9::bigint[]) AS reversal_minor,
               unnest($10::bigint[]) AS fee_minor, unnest($11::bytea[]) AS digest) AS n
 WHERE p.peer_code = n.peer_code AND p.window_no = n.window_no AND p.stripe = n.stripe
