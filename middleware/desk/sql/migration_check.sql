-- Is migration $1 applied, and with this text?
SELECT checksum = sha256(convert_to($2, 'UTF8')) FROM migration WHERE migration_no = $1::integer;
