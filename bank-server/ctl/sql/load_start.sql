-- Where numbering goes on: the last customer, the last customer account.
SELECT coalesce((SELECT max(customer_id) FROM customer), 0),
       coalesce((SELECT max(account_id) FROM account
                 WHERE account_id BETWEEN 1000000000 AND 9999999999), 1000000000);
