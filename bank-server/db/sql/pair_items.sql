-- Items of IB accounts $1 to $2, after entry $4 of account $3; at most $5. A range of the primary key.
SELECT account_id, entry_no, txid, amount_minor, phase, is_reversal
  FROM interbank_item
 WHERE account_id BETWEEN $1::bigint AND $2::bigint AND (account_id, entry_no) > ($3::bigint, $4::bigint)
 ORDER BY account_id, entry_no LIMIT $5::int
