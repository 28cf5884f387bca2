-- Limits of one statement; COMMIT is exempt, see books.c.
SET statement_timeout = '10s';
SET lock_timeout = '8s';
