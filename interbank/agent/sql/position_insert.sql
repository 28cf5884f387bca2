INSERT INTO position (window_no, bank_code, revision, peer_code, debit_count, debit_minor,
                      credit_count, credit_minor, breaks)
VALUES ($1::integer, $2::integer, $3::integer, $4::integer, $5::bigint, $6::bigint, $7::bigint,
        $8::bigint, $9::bigint);
