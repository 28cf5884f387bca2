-- The newest directory, if newer than serial $1.
SELECT serial, jws FROM directory WHERE serial > $1::bigint ORDER BY serial DESC LIMIT 1
