-- Who uses these keys already: $1 terminals, $2 business dates, $3 STANs, $4 acquirers.
SELECT d.terminal_id, d.business_date, d.stan, d.acquirer, d.txid, d.phase
  FROM unnest($1::int[], $2::date[], $3::int[], $4::int[]) AS k (terminal_id, business_date, stan, acquirer)
  JOIN decision d USING (terminal_id, business_date, stan, acquirer)
