SELECT window_no, bank_code, net_minor, 0, finality, certificate,
       (extract(epoch FROM final_at) * 1000)::bigint
FROM settlement JOIN settlement_window USING (window_no) ORDER BY window_no, bank_code;
