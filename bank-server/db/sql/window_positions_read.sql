-- Positions of peer $1 and window $2 in all stripes, whose accounts are locked.
SELECT peer_code, window_no, stripe, debit_count, debit_minor, credit_count, credit_minor, reversal_count, reversal_minor,
       fee_minor, digest, agreed_minor
  FROM position WHERE peer_code = $1::bigint AND window_no = $2::int
