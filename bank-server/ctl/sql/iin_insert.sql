-- $1: "92760001,92760002"
INSERT INTO iin (iin) SELECT unnest(string_to_array($1, ','));
