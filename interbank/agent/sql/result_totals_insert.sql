-- Window $1 in all. Each pair counts once, both directions of it.
WITH owed AS (
    SELECT currency, sum(debit_minor + credit_minor) AS gross_minor,
           sum(debit_minor + credit_minor) FILTER (WHERE settled) AS settled_minor
    FROM pair_claim JOIN settlement_pair USING (window_no, bank_code, peer_code)
    WHERE window_no = $1::integer AND bank_code < peer_code GROUP BY currency),
queued AS (
    SELECT currency, sum(amount_minor) FILTER (WHERE state = 'SETTLED') AS settled_minor
    FROM instruction WHERE window_no = $1::integer GROUP BY currency),
used AS (
    SELECT currency, -sum(amount_minor) AS liquidity_minor
    FROM transfer JOIN entry USING (txid) JOIN account USING (account_id)
    WHERE window_no = $1::integer AND bank_code IS NOT NULL AND amount_minor < 0
    GROUP BY currency),
figure AS (
    SELECT currency, gross_minor, coalesce(liquidity_minor, 0) AS liquidity_minor,
           coalesce(CASE WHEN model = 'gross' THEN queued.settled_minor ELSE owed.settled_minor END, 0)
               AS settled_minor
    FROM owed CROSS JOIN settlement_window
    LEFT JOIN queued USING (currency) LEFT JOIN used USING (currency)
    WHERE window_no = $1::integer)
INSERT INTO settlement_total (window_no, currency, gross_minor, settled_minor, excluded_minor,
                              liquidity_minor, efficiency_bp)
SELECT $1::integer, currency, gross_minor, settled_minor, gross_minor - settled_minor, liquidity_minor,
       CASE WHEN settled_minor > 0 THEN floor((settled_minor - liquidity_minor) * 10000 / settled_minor)
            ELSE 0 END
FROM figure;
