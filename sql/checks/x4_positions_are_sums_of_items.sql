-- X4: each position is what the items of its account add up to: counts, sums and the digest
-- Every IB account has its position, and no position is without its account.
SELECT 'peer ' || coalesce(p.peer_code, i.peer_code) || ' window ' || coalesce(p.window_no, i.window_no)
       || ' stripe ' || coalesce(p.stripe, i.stripe) AS subject,
       CASE WHEN p.peer_code IS NULL THEN 'its account has no position'
            WHEN i.peer_code IS NULL THEN 'is the position of no account'
            WHEN ROW (debit_count, debit_minor, credit_count, credit_minor)
                 IS DISTINCT FROM ROW (p_debit_count, p_debit_minor, p_credit_count, p_credit_minor)
            THEN 'counts ' || p_debit_count || ' debits of ' || p_debit_minor || ' and ' || p_credit_count
                 || ' credits of ' || p_credit_minor || ', its items are ' || debit_count || ' of '
                 || debit_minor || ' and ' || credit_count || ' of ' || credit_minor
            WHEN ROW (reversal_count, reversal_minor) IS DISTINCT FROM ROW (p_reversal_count, p_reversal_minor)
            THEN 'counts ' || p_reversal_count || ' reversals of ' || p_reversal_minor || ', its items have '
                 || reversal_count || ' of ' || reversal_minor
            WHEN fee_minor <> p_fee_minor
            THEN 'counts fees of ' || p_fee_minor || ', its items have ' || fee_minor
            ELSE 'has another digest than its items' END AS problem
FROM (SELECT peer_code, window_no, stripe, debit_count AS p_debit_count, debit_minor AS p_debit_minor,
             credit_count AS p_credit_count, credit_minor AS p_credit_minor,
             reversal_count AS p_reversal_count, reversal_minor AS p_reversal_minor,
             fee_minor AS p_fee_minor, digest AS p_digest
      FROM position) AS p
FULL JOIN (SELECT (account.account_id / 10000000000)::integer AS peer_code,
                  (account.account_id / 100 % 100000000)::integer AS window_no,
                  (account.account_id % 100)::smallint AS stripe,
                  coalesce(debit_count, 0) AS debit_count, coalesce(debit_minor, 0) AS debit_minor,
                  coalesce(credit_count, 0) AS credit_count, coalesce(credit_minor, 0) AS credit_minor,
                  coalesce(reversal_count, 0) AS reversal_count,
                  coalesce(reversal_minor, 0) AS reversal_minor, coalesce(fee_minor, 0) AS fee_minor,
                  coalesce(digest, decode(repeat('00', 32), 'hex')) AS digest
           FROM account LEFT JOIN position_of_items USING (account_id)
           WHERE kind = 13) AS i
     ON i.peer_code = p.peer_code AND i.window_no = p.window_no AND i.stripe = p.stripe
WHERE ROW (debit_count, debit_minor, credit_count, credit_minor, reversal_count, reversal_minor, fee_minor,
           digest)
      IS DISTINCT FROM ROW (p_debit_count, p_debit_minor, p_credit_count, p_credit_minor, p_reversal_count,
                            p_reversal_minor, p_fee_minor, p_digest);
