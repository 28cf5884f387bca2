-- $1 the card's id or $2 the digest of its PAN, the other NULL.
SELECT card_id, pan_masked, status, tries_left FROM card
WHERE card_id = $1::bigint OR pan_digest = $2::bytea
FOR NO KEY UPDATE;
