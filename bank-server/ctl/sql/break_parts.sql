-- What this book has of break $1, by stripe: its entries, and items of its operation that came after
-- the comparison.
SELECT account_id % 100, sum(amount_minor)
FROM (SELECT account_id, entry_no, amount_minor
      FROM break_entry JOIN entry USING (account_id, entry_no)
      WHERE break_id = $1::uuid
      UNION
      SELECT item.account_id, item.entry_no, item.amount_minor
      FROM recon_break AS b
      JOIN position USING (peer_code, window_no)
      JOIN interbank_item AS item
           ON item.account_id = position.peer_code * 10000000000 + position.window_no * 100 + position.stripe
              AND item.txid = b.txid AND item.entry_no > agreed_entry_no
      WHERE break_id = $1::uuid) AS part
GROUP BY account_id;
