SELECT window_no, business_date FROM bank;
