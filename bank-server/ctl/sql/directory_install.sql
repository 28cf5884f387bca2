SELECT install_directory($1::bigint, $2, $3::integer[], $4::text[]);
