-- X4: what each peer owes is the sum of its accounts, stripe by stripe, and shares are its limit
SELECT 'peer ' || coalesce(exposure.peer_code, booked.peer_code) || ' stripe '
       || coalesce(exposure.stripe, booked.stripe) AS subject,
       'owes ' || coalesce(owed_minor, 0) || ', its accounts say ' || coalesce(booked_minor, 0)
           AS problem
FROM exposure
FULL JOIN (SELECT account_id / 10000000000 AS peer_code, account_id % 100 AS stripe,
                  sum(balance_minor) AS booked_minor
           FROM account WHERE kind = 13 GROUP BY 1, 2) AS booked
     ON booked.peer_code = exposure.peer_code AND booked.stripe = exposure.stripe
WHERE coalesce(owed_minor, 0) <> coalesce(booked_minor, 0)
UNION ALL
SELECT 'peer ' || peer_code,
       'shares add up to ' || coalesce(sum(share_minor), 0) || ', its limit is ' || limit_minor
FROM peer LEFT JOIN exposure USING (peer_code)
GROUP BY peer_code
HAVING coalesce(sum(share_minor), 0) <> limit_minor;
