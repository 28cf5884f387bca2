COPY account (account_id, overdraft_minor, customer_id, opened_on, kind, currency, product) FROM STDIN;
