"""Judges a history against the books: was every acknowledged operation done exactly once?

The checker never guesses an order. Each account numbers its entries one by one under a row lock,
and that number comes back with every posting and balance, so an answer says exactly which prefix
of the account's entries it saw. What remains to be checked:

  books     entries are numbered without gaps, balances are their running sums, the legs of each
            decision add up to zero, no customer is below the limit after any entry
  answers   ok: the posting is there, once, with the legs the request asked for, at the number and
            with the balance that were answered; fail: no entry; unknown: asked again until
            answered; all answers to one (txid, phase) are the same answer
  strangers no entry after the baseline belongs to a request nobody made
  reads     equal the fold of the account's entries up to their number
  real time an operation invoked after another's answer comes after it; a read never shows an
            entry whose request had not been made yet
  cash      what the terminals' accounts changed by is what the confirmations say was taken

Rejected: searching for a linearization. With numbered entries it is given; checking it is a fold.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from books import ATM_BASE, CLEARING_BASE, is_customer

# method -> phase of its decision (table bank.decision)
PHASES = {
    "withdrawal.request": 0, "deposit.request": 0, "transfer.request": 0,
    "withdrawal.confirm": 1, "withdrawal.reverse": 2, "deposit.reverse": 2,
}
READS = {"balance.inquiry"}


@dataclass(frozen=True)
class Finding:
    kind: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.text}"


@dataclass
class Call:
    """One request on the wire and what came of it."""

    invoke: dict
    end: dict = None

    @property
    def ok(self):
        return self.end is not None and self.end["event"] == "ok"

    @property
    def unknown(self):
        return self.end is None or self.end["event"] == "unknown"

    @property
    def answer(self):
        return (self.end or {}).get("answer")


@dataclass
class Operation:
    """All calls of one (txid, phase)."""

    txid: str
    phase: int
    calls: list = field(default_factory=list)

    @property
    def request(self):
        return self.calls[0].invoke

    @property
    def first_invoked(self):
        return min(call.invoke["time_ns"] for call in self.calls)

    def answers(self):
        return [call for call in self.calls if call.answer is not None]

    def accepted(self):
        """The first answer with rc 00, or None."""
        return next((call for call in self.calls if call.ok), None)

    def __str__(self):
        return f"{self.request['method']} {self.txid}"


def check(events, books, baseline):
    """baseline: the books before the history began. Returns a list of findings, empty if good."""
    calls = _calls(events)
    operations = _operations(calls)
    findings = _check_books(books)
    postings = _postings(books)
    for operation in operations.values():
        findings += _check_operation(operation, operations, books, postings)
    findings += _check_strangers(operations, books, baseline)
    findings += _check_reads(calls, books)
    findings += _check_real_time(calls, operations, books)
    findings += _check_cash(operations, books, baseline)
    return findings


def _calls(events):
    calls = {}
    for event in events:
        if event["event"] == "invoke":
            calls[event["call"]] = Call(event)
        else:
            calls[event["call"]].end = event
    return list(calls.values())


def _operations(calls):
    operations = {}
    for call in calls:
        phase = PHASES.get(call.invoke["method"])
        if phase is not None:
            key = call.invoke["txid"], phase
            operations.setdefault(key, Operation(*key)).calls.append(call)
    return operations


def _postings(books):
    """(txid, phase) -> [(account, Entry)]"""
    postings = defaultdict(list)
    for account, entries in books.entries.items():
        for entry in entries:
            postings[entry.txid, entry.phase].append((account, entry))
    return postings


def _check_books(books):
    findings = []
    sums = defaultdict(int)
    for number, account in books.accounts.items():
        balance = 0
        for place, entry in enumerate(books.entries.get(number, []), 1):
            balance += entry.amount
            sums[entry.txid, entry.phase] += entry.amount
            if entry.number != place:
                findings.append(Finding("gap", f"account {number}: entry {entry.number} "
                                               f"stands where {place} belongs"))
            if entry.balance != balance:
                findings.append(Finding("balance", f"account {number} entry {entry.number}: "
                                                   f"{entry.balance} is not {balance}"))
            if is_customer(number) and -balance < -account.overdraft and entry.amount > 0:
                findings.append(Finding("overspent", f"account {number} entry {entry.number}: "
                                                     f"{-balance} is below the limit"))
        if account.balance != balance:
            findings.append(Finding("balance", f"account {number}: {account.balance} is not the "
                                               f"sum of its entries {balance}"))
    findings += [Finding("unbalanced", f"{txid} phase {phase} adds up to {total}")
                 for (txid, phase), total in sums.items() if total != 0]
    return findings


def _expected_legs(operation, operations):
    """{account: amount} that this operation adds up to when it is approved and has an effect; None
    when the request it refers to is not in the history."""
    request = operation.request
    amount = request["amount"]
    method = request["method"]
    cash = ATM_BASE + int(request["terminal"])
    clearing = CLEARING_BASE + int(request["terminal"])
    if method == "withdrawal.request":
        return {request["account"]: amount, clearing: -amount}
    if method == "deposit.request":
        return {request["account"]: -amount, cash: amount}
    if method == "transfer.request":
        return {request["from_account"]: amount, request["to_account"]: -amount}
    if method == "withdrawal.confirm":
        return {} if request.get("suspect") else {clearing: amount, cash: -amount}
    original = operations.get((operation.txid, 0))
    if original is None:
        return None
    if method == "deposit.reverse":
        return {original.request["account"]: amount, cash: -amount}
    kept = request.get("dispensed", 0)
    legs = {original.request["account"]: kept - amount, clearing: amount, cash: -kept}
    return {account: value for account, value in legs.items() if value}


def _check_operation(operation, operations, books, postings):
    findings = _check_answers(operation)
    accepted = operation.accepted()
    entries = postings.get((operation.txid, operation.phase), [])
    if accepted is not None:
        findings += _check_accepted(operation, accepted, operations, entries)
        if books.decisions.get((operation.txid, operation.phase)) != "00":
            findings.append(Finding("lost", f"{operation} was approved; no decision says so"))
    elif operation.answers():
        if entries:
            findings.append(Finding("declined_posted", f"{operation} was declined and posted"))
    elif all(call.unknown for call in operation.calls):
        findings.append(Finding("unresolved", f"{operation} was never answered"))
    elif entries:
        findings.append(Finding("refused_posted", f"{operation} was refused and posted"))
    return findings


def _stable(answer):
    """The part of an answer that must be the same whenever it is asked for."""
    return {name: value for name, value in answer.items() if name != "session"}


def _check_answers(operation):
    answers = operation.answers()
    return [Finding("answer_changed", f"{operation}: {other.answer} after {answers[0].answer}")
            for other in answers[1:] if _stable(other.answer) != _stable(answers[0].answer)]


def _check_accepted(operation, accepted, operations, entries):
    expected = _expected_legs(operation, operations)
    booked = defaultdict(int)
    for account, entry in entries:
        booked[account] += entry.amount
    # A reversal of an original that never posted is acknowledged and posts nothing.
    nothing_to_reverse = operation.phase == 2 and not entries and not accepted.answer.get("amount")
    if expected is not None and not nothing_to_reverse and dict(booked) != expected:
        return [Finding(_legs_kind(expected, booked), f"{operation}: booked {dict(booked)}, "
                                                      f"asked {expected}")]
    return _check_answered_entry(operation, accepted.answer, entries)


def _legs_kind(expected, booked):
    if expected and not booked:
        return "lost"
    if all(booked.get(account) == 2 * amount for account, amount in expected.items()):
        return "doubled"
    return "legs"


def _check_answered_entry(operation, answer, entries):
    """The customer's own entry is the one that the answer names."""
    legs = [(account, entry) for account, entry in entries if is_customer(account)]
    if not legs or answer.get("entry_no") is None:
        return []
    own = operation.request.get("from_account", operation.request.get("account", legs[0][0]))
    return [Finding("answer_wrong", f"{operation}: answered {answer}, booked {entry}")
            for account, entry in legs
            if account == own and (entry.number, -entry.balance) !=
            (answer["entry_no"], answer.get("ledger_balance"))]


def _check_strangers(operations, books, baseline):
    findings = []
    for account, entries in books.entries.items():
        known = len(baseline.entries.get(account, []))
        for entry in entries[known:]:
            if (entry.txid, entry.phase) not in operations:
                findings.append(Finding("stranger", f"account {account} entry {entry.number}: "
                                                    f"nobody asked for {entry.txid}"))
        if [e.txid for e in entries[:known]] != [e.txid for e in baseline.entries.get(account, [])]:
            findings.append(Finding("rewritten", f"account {account}: entries of the baseline "
                                                 "are not what they were"))
    return findings


def _reads(calls):
    return [call for call in calls if call.invoke["method"] in READS and call.ok]


def _check_reads(calls, books):
    findings = []
    for call in _reads(calls):
        account = call.invoke["account"]
        number = call.answer.get("entry_no", 0)
        entries = books.entries.get(account, [])
        folded = -sum(entry.amount for entry in entries[:number])
        if number > len(entries) or call.answer["ledger_balance"] != folded:
            findings.append(Finding("wrong_read", f"account {account} at entry {number}: read "
                                                  f"{call.answer['ledger_balance']}, "
                                                  f"entries say {folded}"))
    return findings


def _observations(calls, operations, books):
    """account -> [(invoked, answered, entry number, is a read)] of everything acknowledged. A
    posting's interval begins with its first call and ends with its first answer."""
    seen = defaultdict(list)
    for call in _reads(calls):
        seen[call.invoke["account"]].append((call.invoke["time_ns"], call.end["time_ns"],
                                             call.answer.get("entry_no", 0), True))
    places = {(entry.txid, entry.phase, account): entry.number
              for account, entries in books.entries.items() for entry in entries}
    for operation in operations.values():
        accepted = operation.accepted()
        if accepted is None:
            continue
        for name in ("account", "from_account", "to_account"):
            account = operation.request.get(name)
            number = places.get((operation.txid, operation.phase, account))
            if number is not None:
                seen[account].append((operation.first_invoked, accepted.end["time_ns"],
                                      number, False))
    return seen


def _check_real_time(calls, operations, books):
    findings = []
    for account, seen in _observations(calls, operations, books).items():
        answered = sorted(seen, key=lambda one: one[1])
        newest, place = 0, 0
        for invoked, _, number, is_read in sorted(seen):
            while place < len(answered) and answered[place][1] < invoked:
                newest = max(newest, answered[place][2])
                place += 1
            if number < newest or (number == newest and not is_read and newest > 0):
                findings.append(Finding("stale_read" if is_read else "order",
                                        f"account {account}: entry {number} was seen after "
                                        f"entry {newest} had been answered"))
        findings += _check_future(account, seen, operations, books)
    return findings


def _check_future(account, seen, operations, books):
    """No read may show an entry whose request had not left yet."""
    entries = books.entries.get(account, [])
    latest_by_number, latest = {0: 0}, 0
    for entry in entries:
        operation = operations.get((entry.txid, entry.phase))
        latest = max(latest, operation.first_invoked if operation else 0)
        latest_by_number[entry.number] = latest
    return [Finding("future_read", f"account {account}: entry {number} was read before it was "
                                   "asked for")
            for _, answered, number, is_read in seen
            if is_read and latest_by_number.get(number, 0) > answered]


def _cash_effect(operation):
    """What an approved operation changes in its terminal's cash account."""
    request = operation.request
    method = request["method"]
    if method == "deposit.request":
        return request["amount"]
    if method == "deposit.reverse":
        return -request["amount"]
    if method == "withdrawal.confirm":
        return 0 if request.get("suspect") else -request["amount"]
    if method == "withdrawal.reverse":
        return -request.get("dispensed", 0)
    return 0


def _check_cash(operations, books, baseline):
    expected = defaultdict(int)
    for operation in operations.values():
        accepted = operation.accepted()
        if accepted is not None and (accepted.answer.get("amount") or operation.phase != 2):
            expected[ATM_BASE + int(operation.request["terminal"])] += _cash_effect(operation)
    findings = []
    for account, change in expected.items():
        before = baseline.accounts[account].balance
        booked = books.accounts[account].balance - before
        if booked != change:
            findings.append(Finding("cash", f"account {account} changed by {booked}, the terminal "
                                            f"says {change}"))
    return findings
