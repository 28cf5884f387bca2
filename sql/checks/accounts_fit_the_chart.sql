-- Chart: every account is in the bank's currency, with the number of its kind; terminals have both
-- The number of an IB account is peer, window and stripe, that of a SettleCtl its window.
SELECT 'account ' || account_id AS subject,
       CASE WHEN account.currency <> bank.currency THEN 'is in ' || account.currency
            ELSE 'is not a number for ' || code END AS problem
FROM account JOIN account_kind USING (kind) CROSS JOIN bank
WHERE account.currency <> bank.currency
   OR CASE kind WHEN 1 THEN account_id < 1000000000
                WHEN 3 THEN account_id NOT BETWEEN 200000001 AND 299999999
                WHEN 4 THEN account_id NOT BETWEEN 300000001 AND 399999999
                WHEN 13 THEN account_id % 100 > 7 OR account_id / 100 % 100000000 = 0
                             OR account_id / 10000000000 NOT IN (SELECT peer_code FROM peer)
                WHEN 14 THEN account_id - 140000000000 NOT IN (SELECT window_no FROM settlement_window)
                ELSE account_id / 10000 <> kind END
UNION ALL
SELECT 'terminal ' || lpad(terminal_id::text, 8, '0'), 'has no account ' || base + terminal_id
FROM terminal CROSS JOIN (VALUES (200000000), (300000000)) AS needed (base)
WHERE NOT EXISTS (SELECT FROM account WHERE account_id = base + terminal_id);
