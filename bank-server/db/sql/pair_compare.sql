-- Takes the comparison of window $1 with peer $2, or ($3) goes on with it. NULL: it is another server's, or done.
SELECT pair_compare($1::int, $2::int, $3::bool)
