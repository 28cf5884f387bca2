-- A blocked card's open session ends too.
UPDATE card SET status = $2, tries_left = $3::smallint, session = NULL WHERE card_id = $1::bigint;
