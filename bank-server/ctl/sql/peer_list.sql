SELECT peer_code, name, CASE status WHEN 'A' THEN 'active' ELSE 'suspended' END, limit_minor,
       coalesce(sum(owed_minor), 0), interchange_minor
FROM peer LEFT JOIN exposure USING (peer_code)
GROUP BY peer_code ORDER BY peer_code;
