SELECT cut_over($1::integer, NULL);
