-- $1 peers, $2 stripe of the lane, $3 peers whose every stripe is needed. In order of peer, then stripe.
SELECT p.peer_code, p.status::text, p.limit_minor, p.interchange_minor, e.stripe, e.owed_minor, e.share_minor
  FROM exposure e JOIN peer p USING (peer_code)
 WHERE e.peer_code = ANY ($1::int[]) AND (e.stripe = $2::smallint OR e.peer_code = ANY ($3::int[]))
 ORDER BY e.peer_code, e.stripe FOR UPDATE OF e
