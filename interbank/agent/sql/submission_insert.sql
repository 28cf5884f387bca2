INSERT INTO submission (window_no, bank_code, revision, net_minor, statement, certificate)
VALUES ($1::integer, $2::integer, $3::integer, $4::bigint, $5, $6);
