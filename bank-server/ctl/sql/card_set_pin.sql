-- As tw_bank: operators' role touches no PIN. Whoever knew the old PIN is out of the session too.
UPDATE card SET pin_digest = $2::bytea, tries_left = DEFAULT, session = NULL
WHERE card_id = $1::bigint
RETURNING card_id, pan_masked, status, tries_left;
