-- Only for who asks whose card it is: session.open and pin.key.
SELECT string_agg(iin::text, ',' ORDER BY iin) FROM iin
