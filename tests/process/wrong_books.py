"""Makes one bank's book wrong, as a fault of storage or of a program would: items that are in no
other book. Everything else of the book stays right: entries add up to zero and follow each other,
positions, balances and exposures are what the items say. So a comparison has nothing to go by but
the other bank's book; only the hash chain knows.
"""

import uuid

PAYMENT, REVERSAL = 0, 2  # phases
STRIPE = 7                # an account that a lane of these small banks hardly uses


def new_txid():
    return str(uuid.uuid4())


def put_item(network, peer, window, txid, amount, phase=PAYMENT):
    """Debit positive: the peer owes it."""
    put_items(network, peer, window, [(txid, amount)], phase)


def put_items(network, peer, window, items, phase=PAYMENT):
    """items: (txid, amount) each."""
    account = int(peer.bank_code) * 10 ** 10 + window * 100 + STRIPE
    values = ", ".join(f"('{txid}'::uuid, {amount}::bigint)" for txid, amount in items)
    network.postgres.query(_SQL.format(peer=peer.bank_code, window=window, stripe=STRIPE,
                                       account=account, values=values, phase=phase))


def put_both(one, other, window, txid, amount, phase=PAYMENT):
    put_item(one, other, window, txid, amount, phase)
    put_item(other, one, window, txid, -amount, phase)


_SQL = """
BEGIN;
SET search_path = bank, pg_temp;
CREATE TEMPORARY TABLE wrong AS
SELECT txid, amount, row_number() OVER (ORDER BY txid) AS n,
       sum(amount) OVER (ORDER BY txid ROWS UNBOUNDED PRECEDING) AS sum
FROM (VALUES {values}) AS given (txid, amount);
INSERT INTO account (account_id, opened_on, kind, currency, product)
SELECT {account}, business_date, 13, currency, '{stripe}' FROM bank ON CONFLICT DO NOTHING;
INSERT INTO position (peer_code, window_no, stripe) VALUES ({peer}, {window}, {stripe})
ON CONFLICT DO NOTHING;
INSERT INTO decision (txid, phase, operation, acquirer, terminal_id, business_date, amount_minor,
                      lane_id, batch_no, item_no, rc, content_digest, peer, window_no)
SELECT txid, {phase}, 3, bank_code, 0, business_date, abs(amount), 0, 0, 0, '00',
       decode(repeat('00', 32), 'hex'), {peer}, {window}
FROM bank CROSS JOIN wrong ON CONFLICT DO NOTHING;
INSERT INTO entry (account_id, entry_no, amount_minor, balance_minor, txid, phase)
SELECT account_id, entry_no + n, sign * amount, balance_minor + sign * sum, txid, {phase}
FROM (SELECT *, CASE kind WHEN 13 THEN 1 ELSE -1 END AS sign FROM account
      WHERE account_id = {account}
         OR account_id = (SELECT min(account_id) FROM account WHERE kind = 12)) AS moved
CROSS JOIN wrong;
UPDATE account SET entry_no = entry_no + (SELECT count(*) FROM wrong),
       balance_minor = balance_minor + CASE kind WHEN 13 THEN 1 ELSE -1 END
                                       * (SELECT sum(amount) FROM wrong)
WHERE account_id = {account}
   OR account_id = (SELECT min(account_id) FROM account WHERE kind = 12);
UPDATE exposure SET owed_minor = owed_minor + (SELECT sum(amount) FROM wrong)
WHERE peer_code = {peer} AND stripe = {stripe};
UPDATE position p
   SET debit_count = i.debit_count, debit_minor = i.debit_minor, credit_count = i.credit_count,
       credit_minor = i.credit_minor, reversal_count = i.reversal_count,
       reversal_minor = i.reversal_minor, fee_minor = i.fee_minor, digest = i.digest
  FROM position_of_items i
 WHERE i.account_id = {account} AND p.peer_code = {peer} AND p.window_no = {window}
   AND p.stripe = {stripe};
COMMIT;
"""
