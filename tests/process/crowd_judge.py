"""What a crowd was told against the books of all banks, operation by operation and as a whole.

The books are read as they stand; what stood there before the crowd came is given as a baseline.

  operation   the entries under its txid, at whatever bank, moved exactly what the answers mean:
              nothing, or once the amount and the fee from the right account and to the right one
  strangers   no customer's money moved under a txid that nobody asked for
  as a whole  nothing is left in clearing, in transit or pending; the customers' money changed by
              what they put in, less what they took, less the fees (X5)
"""

from collections import Counter, defaultdict

CUSTOMER, CASH = "Cust", "ATM"
SUSPENSE = ("DispClr", "Transit", "DepPend")
_MOVED = """SELECT entry.txid, code, account_id, sum(amount_minor) FROM bank.entry
    JOIN bank.account USING (account_id) JOIN bank.account_kind USING (kind)
    WHERE code IN ('Cust', 'ATM') GROUP BY 1, 2, 3"""
_TOTALS = """SELECT code, sum(balance_minor) FROM bank.account
    JOIN bank.account_kind USING (kind) GROUP BY 1"""


class Snapshot:
    """moved: {txid: {(bank, kind, account): signed sum, debit positive}}, zero sums left out.
    totals: {bank: {kind: sum of balances}}."""

    def __init__(self):
        self.moved = defaultdict(Counter)
        self.totals = {}

    def add(self, bank_code, query):
        for row in query(_MOVED).splitlines():
            txid, kind, account, amount = row.split("|")
            if int(amount) != 0:
                place = (bank_code, kind, 0 if kind == CASH else int(account))
                self.moved[txid][place] += int(amount)
        self.totals[bank_code] = {kind: int(total) for kind, total in
                                  (row.split("|") for row in query(_TOTALS).splitlines())}

    def total(self, kind):
        return sum(totals.get(kind, 0) for totals in self.totals.values())


def take(networks):
    snapshot = Snapshot()
    for network in networks:
        snapshot.add(network.bank_code, network.postgres.query)
    return snapshot


def bank_of(iban):
    return iban[4:12]


def _place(iban):
    return (bank_of(iban), CUSTOMER, int(iban[-10:]))


def expected(result, surcharge):
    """{place: amount} of one operation, debit positive."""
    moved = Counter()
    payer, terminal = _place(result["account"]), (result["bank"], CASH, 0)
    fee = surcharge if bank_of(result["account"]) != result["bank"] else 0
    if result["kind"] == "withdraw" and result["kept"] > 0:
        moved[payer] = result["kept"] + fee
        moved[terminal] = -result["kept"]
    elif result["kind"] == "deposit" and result["kept"] > 0:
        moved[payer] = -result["kept"]
        moved[terminal] = result["kept"]
    elif result["kind"] == "transfer" and result["status"] == "COMPLETED":
        moved[payer] = result["amount"] + fee
        moved[_place(result["payee"])] -= result["amount"]
    elif result["kind"] == "transfer" and result["status"] == "RETURNED":
        moved[payer] = fee
    return {place: amount for place, amount in moved.items() if amount}


def findings(results, before, after, surcharge):
    """Texts; empty when everything is right."""
    found = []
    known = set()
    for result in results:
        if result["txid"] in known:
            found.append(f"told twice: {result}")
        known.add(result["txid"])
        should = expected(result, surcharge)
        moved = dict(after.moved.get(result["txid"], {}))
        if moved != should:
            found.append(f"booked {moved}, should be {should}: {result}")
    strangers = after.moved.keys() - before.moved.keys() - known
    found += [f"nobody asked for {txid}: {dict(after.moved[txid])}" for txid in sorted(strangers)]
    return found + _whole(results, before, after)


def _whole(results, before, after):
    found = [f"{kind} at {bank} is {totals[kind]}" for bank, totals in after.totals.items()
             for kind in SUSPENSE if totals.get(kind, 0) != 0]

    def change(kind):
        return after.total(kind) - before.total(kind)

    customers, cash = -change(CUSTOMER), change(CASH)
    fees = -change("FeeInc") - change("FeeExp")
    if customers != cash - fees:
        found.append(f"customers' money changed by {customers}, cash by {cash}, fees are {fees}")
    told = sum(result["kept"] if result["kind"] == "deposit" else -result["kept"]
               for result in results)
    if told != cash:
        found.append(f"cash changed by {cash}, terminals say {told}")
    return found
