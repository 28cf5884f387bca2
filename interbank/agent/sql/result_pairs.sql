SELECT peer_code, net_minor, settled_minor, settled FROM settlement_pair
WHERE window_no = $1::integer AND bank_code = $2::integer ORDER BY peer_code;
