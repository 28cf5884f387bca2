SELECT window_no, bank_code, net_minor, revision, statement, certificate,
       (extract(epoch FROM received_at) * 1000)::bigint
FROM submission ORDER BY window_no, bank_code, revision;
