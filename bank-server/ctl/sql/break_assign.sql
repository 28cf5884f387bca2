UPDATE recon_break SET owner = $2 WHERE break_id = $1::uuid RETURNING break_id;
