-- Marks break $1 as its decision has it, with note $2 (NULL: as it is).
UPDATE recon_break AS b
   SET state = 'RESOLVED', resolution = d.detail::json ->> 'resolution',
       settled_minor = (d.detail::json ->> 'settled')::bigint, next_window_no = d.window_no,
       note = coalesce($2, note), resolved_at = coalesce(resolved_at, now())
  FROM decision AS d
 WHERE b.break_id = $1::uuid AND d.txid = b.break_id AND d.phase = 0 AND d.operation = 17 AND d.rc = '00'
RETURNING resolution, settled_minor, next_window_no;
