UPDATE terminal t
   SET signed_on = n.signed_on, pin_failures = n.pin_failures, period_no = n.period_no,
       period_atm_no = n.period_atm_no, period_clr_no = n.period_clr_no
  FROM unnest($1::int[], $2::bool[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS n (terminal_id, signed_on, pin_failures, period_no, period_atm_no, period_clr_no)
 WHERE t.terminal_id = n.terminal_id
