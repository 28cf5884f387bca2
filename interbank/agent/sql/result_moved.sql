SELECT coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0),
       coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0),
       coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0 AND account.kind = 'PREFUND'), 0)
FROM transfer JOIN entry USING (txid) JOIN account USING (account_id)
WHERE window_no = $1::integer AND bank_code = $2::integer;
