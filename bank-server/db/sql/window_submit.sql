-- Window $1 is to be submitted if all its pairs are agreed: the revision, else NULL.
SELECT window_submit($1::int)
