-- What a participant was told is what its accounts went through in the window
WITH booked AS (
    SELECT window_no, bank_code, sum(amount_minor) AS net_minor,
           -coalesce(sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS debit_minor,
           -coalesce(sum(amount_minor) FILTER (WHERE amount_minor < 0 AND account.kind = 'PREFUND'), 0)
               AS drawn_minor
    FROM transfer JOIN entry USING (txid) JOIN account USING (account_id)
    JOIN settlement_window USING (window_no)
    WHERE bank_code IS NOT NULL AND state IN ('SETTLED', 'FAILED')
    GROUP BY window_no, bank_code)
SELECT 'window ' || window_no || ' bank ' || bank_code AS subject,
       'told net ' || coalesce(settlement.net_minor, 0) || ', booked '
       || coalesce(booked.net_minor, 0) AS problem
FROM settlement FULL JOIN booked USING (window_no, bank_code)
WHERE coalesce(settlement.net_minor, 0) <> coalesce(booked.net_minor, 0)
   OR coalesce(settlement.debit_minor, 0) <> coalesce(booked.debit_minor, 0)
   OR coalesce(settlement.prefunding_drawn_minor, 0) <> coalesce(booked.drawn_minor, 0);
