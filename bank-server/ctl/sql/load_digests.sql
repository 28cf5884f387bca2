-- Card numbers in use under IIN $1, by the first eight bytes of their digests.
SELECT substr(pan_digest, 1, 8) FROM card WHERE left(pan_masked, 8) = $1;
