-- Break $1. Late: items of its operation in this book that came after the comparison.
SELECT break_id, window_no, peer_code, txid, class, ours_minor, theirs_minor,
       extract(day FROM age) || ' d ' || extract(hour FROM age) || ' h', owner,
       CASE WHEN decided THEN 'RESOLVED' ELSE state END,
       other_window_no, resolution, settled_minor, next_window_no, note,
       (SELECT coalesce(sum(item.amount_minor), 0)
        FROM position
        JOIN interbank_item AS item
             ON item.account_id = position.peer_code * 10000000000 + position.window_no * 100 + position.stripe
                AND item.txid = b.txid AND item.entry_no > agreed_entry_no
        WHERE position.peer_code = b.peer_code AND position.window_no = b.window_no)
FROM (SELECT recon_break.*, justify_hours(now() - opened_at) AS age,
             EXISTS (SELECT FROM decision WHERE txid = break_id AND phase = 0) AS decided
      FROM recon_break) AS b
WHERE break_id = $1::uuid;
