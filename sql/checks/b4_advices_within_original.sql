-- B4: what was confirmed and reversed is at most what was approved
SELECT txid::text AS subject,
       'advices posted ' || advised || ', approved was ' || coalesce(approved, 0) AS problem
FROM (SELECT txid,
             sum(amount_minor) FILTER (WHERE phase = 0) AS approved,
             sum(amount_minor) FILTER (WHERE phase > 0) AS advised
      FROM entry WHERE amount_minor > 0 GROUP BY txid) AS posting
WHERE advised > coalesce(approved, 0);
