-- Every bank's own statement of every other in window $1.
SELECT own.bank_code, own.peer_code, own.debit_minor, own.credit_minor,
       own.debit_minor - own.credit_minor, own.breaks,
       own.debit_count = peers.credit_count AND own.debit_minor = peers.credit_minor
           AND own.credit_count = peers.debit_count AND own.credit_minor = peers.debit_minor,
       settled
FROM current_position AS own
LEFT JOIN current_position AS peers ON peers.window_no = own.window_no
     AND peers.bank_code = own.peer_code AND peers.peer_code = own.bank_code
LEFT JOIN settlement_pair ON settlement_pair.window_no = own.window_no
     AND settlement_pair.bank_code = own.bank_code AND settlement_pair.peer_code = own.peer_code
WHERE own.window_no = $1::integer
ORDER BY own.bank_code, own.peer_code;
