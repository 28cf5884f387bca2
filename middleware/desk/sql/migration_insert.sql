INSERT INTO migration (migration_no, name, checksum)
VALUES ($1::integer, $2, sha256(convert_to($3, 'UTF8')));
