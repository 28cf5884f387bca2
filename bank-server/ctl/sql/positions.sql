-- $1: one window, or NULL for all.
SELECT peer_code, name, window_no, sum(debit_minor), sum(credit_minor), sum(debit_minor) - sum(credit_minor),
       sum(debit_count) + sum(credit_count), sum(reversal_minor), sum(fee_minor)
FROM position LEFT JOIN peer USING (peer_code)
WHERE $1::integer IS NULL OR window_no = $1::integer
GROUP BY peer_code, name, window_no
ORDER BY peer_code, window_no;
