-- Card numbers in use, by the first eight bytes of their digests.
SELECT substr(pan_digest, 1, 8) FROM card;
