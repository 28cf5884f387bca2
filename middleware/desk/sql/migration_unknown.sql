-- Applied by a newer program than this one: $1 is the last number this one knows.
SELECT name FROM migration WHERE migration_no > $1::integer ORDER BY migration_no LIMIT 1;
