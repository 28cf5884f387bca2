SELECT terminal_id, status::text, signed_on, pin_failures, period_no, period_atm_no, period_clr_no
  FROM terminal WHERE terminal_id = ANY ($1::int[]) ORDER BY terminal_id FOR UPDATE
