SELECT currency, gross_minor, settled_minor, excluded_minor, liquidity_minor,
       to_char(efficiency_bp / 100.0, 'FM990.00')
FROM settlement_total WHERE window_no = $1::integer ORDER BY currency;
