-- $1 the text as a card number of ours, or NULL if it cannot be one; $2 its digest as a PAN.
SELECT card_id, pan_masked, status, tries_left FROM card
WHERE card_id = $1::bigint OR pan_digest = $2::bytea
FOR NO KEY UPDATE;
