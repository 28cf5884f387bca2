SELECT peer_code, name, CASE status WHEN 'A' THEN 'active' ELSE 'suspended' END, limit_minor,
       (SELECT coalesce(sum(owed_minor), 0) FROM exposure WHERE exposure.peer_code = peer.peer_code),
       interchange_minor
FROM peer WHERE peer_code = $1::integer;
