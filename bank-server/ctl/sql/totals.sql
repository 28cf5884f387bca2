-- Trial balance: each kind of the chart with its net balance on one side.
SELECT code, description, count(account_id),
       greatest(coalesce(sum(balance_minor), 0), 0)::bigint,
       greatest(-coalesce(sum(balance_minor), 0), 0)::bigint
FROM account_kind LEFT JOIN account USING (kind)
GROUP BY account_kind.kind
ORDER BY account_kind.kind;
