-- $1: one window, or NULL for all; $2: those that are resolved, too. A break whose decision is stored
-- is resolved: the mark on its row follows.
SELECT break_id, window_no, peer_code, txid, class, ours_minor, theirs_minor,
       extract(day FROM age) || ' d ' || extract(hour FROM age) || ' h', owner,
       CASE WHEN decided THEN 'RESOLVED' ELSE state END
FROM (SELECT recon_break.*, justify_hours(now() - opened_at) AS age,
             EXISTS (SELECT FROM decision WHERE txid = break_id AND phase = 0) AS decided
      FROM recon_break) AS b
WHERE ($1::integer IS NULL OR window_no = $1::integer) AND ($2::boolean OR NOT decided)
ORDER BY opened_at, break_id;
