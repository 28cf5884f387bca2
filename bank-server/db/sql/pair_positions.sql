-- Running totals of window $1 with peer $2, by stripe.
SELECT stripe, debit_count, debit_minor, credit_count, credit_minor, reversal_count, reversal_minor, fee_minor, digest
  FROM position WHERE peer_code = $2::int AND window_no = $1::int ORDER BY stripe
