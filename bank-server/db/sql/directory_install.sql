SELECT install_directory($1::bigint, $2::text, $3::int[], $4::text[])
