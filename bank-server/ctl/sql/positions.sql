-- Accounts of kind 13 are PPPPPPPPWWWWWWWWSS: peer, window, stripe. $1: one window, or NULL for all.
SELECT account_id / 10000000000 AS peer, name, account_id / 100 % 100000000 AS window_no,
       coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0),
       coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0),
       coalesce(sum(amount_minor), 0), count(amount_minor)
FROM account
LEFT JOIN entry USING (account_id)
LEFT JOIN peer ON peer_code = account_id / 10000000000
WHERE kind = 13 AND ($1::integer IS NULL OR account_id / 100 % 100000000 = $1::integer)
GROUP BY peer, name, window_no
ORDER BY peer, window_no;
