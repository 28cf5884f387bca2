-- Bank servers that have seen the new epoch refuse a database with the old one.
UPDATE bank SET epoch = epoch + 1 RETURNING epoch;
