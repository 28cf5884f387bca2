-- Participant $1, window $2 or all, latest $3 of each account.
SELECT kind, entry_no, recorded, transfer_kind, window_no, amount_minor, balance_minor, txid
FROM (SELECT account.kind, entry.entry_no,
             to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS recorded,
             transfer.kind AS transfer_kind, window_no, amount_minor, entry.balance_minor, txid,
             row_number() OVER (PARTITION BY account_id ORDER BY entry.entry_no DESC) AS place
      FROM account JOIN entry USING (account_id) JOIN transfer USING (txid)
      WHERE bank_code = $1::integer AND ($2::integer IS NULL OR window_no = $2::integer)) AS booked
WHERE place <= $3::bigint
ORDER BY kind DESC, entry_no DESC;
