"""The invariants of a terminal, T1 to T4: its journal against the world and the bank's books.

  T1  per cassette: loaded = remaining + dispensed + rejected + retracted + removed + suspect, and
      the journal's counters are where the notes are
  T2  the ATM account at the bank = notes inside + open suspects
  T3  at most one dispense and one debit per operation, never more cash than approved; what the
      journal says was handed out is what the bank booked as gone
  T4  nothing is left half done

T2 to T4 hold once the host knows everything: call after Machine.settle().
"""

from books import ATM_BASE, is_customer

WITHDRAWAL, DEPOSIT, TRANSFER = 0, 1, 2
FEES = range(90000, 110000)  # FeeInc and FeeExp, which stand against a peer bank's item
REQUESTED, INTENT, PENDING, DONE, DECLINED, REVERSED, SUSPECT, SETTLED = range(8)


def check(machine, books):
    """Returns findings as texts, empty when all is right."""
    world = machine.world()
    cassettes = {row["number"]: row for row in machine.journal("SELECT * FROM cassette")}
    operations = machine.operations()
    findings = [f"T4: an advice waits: {row}"
                for row in machine.journal("SELECT method, txid FROM advice WHERE rc IS NULL")]
    findings += _check_notes(cassettes, world)
    findings += _check_account(machine, cassettes, world, books)
    for operation in operations:
        findings += _check_operation(operation, books)
    findings += _check_taken(operations, world)
    return findings


def _check_notes(cassettes, world):
    findings = []
    placed = {one["number"]: one for one in world.get("cassettes", [])}
    for number, row in cassettes.items():
        real = placed.get(number, {})
        known = sum(row[name] for name in ("remaining", "dispensed", "rejected", "retracted",
                                           "removed", "suspect"))
        if row["loaded"] != known:
            findings.append(f"T1: cassette {number} lost notes: {row}")
        for counter, place in (("remaining", "notes"), ("rejected", "reject_bin"),
                               ("retracted", "retract_bin")):
            if row[counter] != real.get(place, 0) and not row["suspect"]:
                findings.append(f"T1: cassette {number} {counter} {row[counter]}, "
                                f"the world has {real.get(place, 0)}")
        gone = real.get("taken", 0)
        if not row["dispensed"] <= gone <= row["dispensed"] + row["suspect"]:
            findings.append(f"T1: cassette {number}: {row['dispensed']} dispensed, customers "
                            f"took {gone}")
    return findings


def _inside(world):
    cassettes = sum(one["denomination"] * (one.get("notes", 0) + one.get("reject_bin", 0)
                                           + one.get("retract_bin", 0))
                    for one in world.get("cassettes", []))
    return cassettes + sum(one["denomination"] * one["count"] for one in world.get("stowed", []))


def _check_account(machine, cassettes, world, books):
    booked = books.accounts[ATM_BASE + int(machine.terminal_id)].balance
    suspect = sum(row["suspect"] * row["denomination"] for row in cassettes.values())
    inside = _inside(world)
    # A suspect note may be inside still: then it is counted once, as inside or as suspect.
    if not inside <= booked <= inside + suspect:
        return [f"T2: the bank books {booked}, inside are {inside}, suspect {suspect}"]
    return []


def _check_operation(operation, books):
    txid = operation["txid"]
    findings = []
    if operation["state"] in (REQUESTED, INTENT):
        findings.append(f"T4: {txid} is half done: {operation}")
    if operation["dispensed"] > operation["amount"]:
        findings.append(f"T3: {txid} paid {operation['dispensed']} of {operation['amount']}")
    customer, cash = _booked(txid, books)
    expected = _expected(operation)
    if expected is not None and (customer, cash) != expected:
        findings.append(f"T3: {txid}: customer and cash are booked {customer}, {cash}, "
                        f"the journal means {expected}: {operation}")
    return findings


def _booked(txid, books):
    """What all phases together changed for customers, or their banks less the fees, and in cash
    accounts."""
    customer = cash = 0
    for account, entry in books.of(txid):
        if is_customer(account) or account in FEES:
            customer += entry.amount
        elif ATM_BASE < account < ATM_BASE + 10**8:
            cash += entry.amount
    return customer, cash


def _expected(operation):
    """(customer, cash) by the journal; None: undecided, or both sides are customers."""
    amount, paid, state = operation["amount"], operation["dispensed"], operation["state"]
    if operation["kind"] == TRANSFER or state in (REQUESTED, INTENT, SETTLED):
        return None
    if state in (DECLINED, REVERSED):
        return (paid, -paid)
    if state == SUSPECT:
        return (amount, 0) if operation["kind"] == WITHDRAWAL else None
    return (paid, -paid) if operation["kind"] == WITHDRAWAL else (-amount, amount)


def _check_taken(operations, world):
    """All cash that customers took was paid by an operation of the journal."""
    taken = sum(one["denomination"] * one.get("taken", 0) for one in world.get("cassettes", []))
    paid = sum(one["dispensed"] for one in operations if one["kind"] == WITHDRAWAL)
    doubtful = sum(one["amount"] - one["dispensed"] for one in operations
                   if one["kind"] == WITHDRAWAL and one["state"] in (SUSPECT, SETTLED))
    if not paid - doubtful <= taken <= paid + doubtful:
        return [f"T3: customers took {taken}, the journal paid {paid}, doubtful {doubtful}"]
    return []
