COPY customer (customer_id, name, opened_on) FROM STDIN;
