SELECT customer_id, name, opened_on,
       (SELECT count(*) FROM account WHERE account.customer_id = customer.customer_id),
       (SELECT coalesce(-sum(balance_minor), 0) FROM account
        WHERE account.customer_id = customer.customer_id)
FROM customer ORDER BY customer_id;
