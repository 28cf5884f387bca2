INSERT INTO settlement (window_no, bank_code, debit_minor, credit_minor, net_minor,
                        prefunding_drawn_minor, shortfall_minor, status, cap_minor, reserve_minor,
                        prefunding_minor, finality, certificate)
VALUES ($1::integer, $2::integer, $3::bigint, $4::bigint, $4::bigint - $3::bigint, $5::bigint,
        $6::bigint, $7, $8::bigint, $9::bigint, $10::bigint, $11, $12);
