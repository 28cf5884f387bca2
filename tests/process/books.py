"""A bank's books as the checker sees them: accounts, entries, decisions, dumped by psql.

Amounts are signed as in the ledger: debit positive, credit negative. The dump is read in one
repeatable-read transaction, so it is one moment of the books.
"""

import csv
import io
from dataclasses import dataclass, field

CUSTOMER_MIN = 1_000_000_000
ATM_BASE = 200_000_000       # ATM:{terminal} is this plus the terminal's number
CLEARING_BASE = 300_000_000  # DispClr:{terminal} likewise

_QUERIES = {
    "account": "SELECT account_id, balance_minor, entry_no, overdraft_minor FROM bank.account",
    "entry": "SELECT account_id, entry_no, amount_minor, balance_minor, txid, phase"
             " FROM bank.entry ORDER BY account_id, entry_no",
    "decision": "SELECT txid, phase, rc FROM bank.decision",
}
_MARK = "--tw--"


@dataclass
class Account:
    balance: int
    entry_no: int
    overdraft: int

    def copy(self):
        return Account(self.balance, self.entry_no, self.overdraft)


@dataclass
class Entry:
    number: int
    amount: int
    balance: int
    txid: str
    phase: int


@dataclass
class Books:
    accounts: dict = field(default_factory=dict)   # number -> Account
    entries: dict = field(default_factory=dict)    # number -> [Entry], in order
    decisions: dict = field(default_factory=dict)  # (txid, phase) -> rc
    _by_txid: dict = field(default=None, repr=False, compare=False)

    def of(self, txid):
        """[(account number, Entry)] of all phases of one operation."""
        if self._by_txid is None:
            self._by_txid = {}
            for number, entries in self.entries.items():
                for entry in entries:
                    self._by_txid.setdefault(entry.txid, []).append((number, entry))
        return self._by_txid.get(txid, [])


def is_customer(number):
    return number >= CUSTOMER_MIN


def dump(query):
    """query(sql) -> text runs SQL through psql."""
    parts = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"]
    for name, sql in _QUERIES.items():
        parts.append(f"\\echo {_MARK}{name}\nCOPY ({sql}) TO STDOUT (FORMAT csv);")
    text = query("\n".join(parts) + "\nCOMMIT;\n")
    tables = {name: [] for name in _QUERIES}
    current = None
    for line in text.splitlines():
        if line.startswith(_MARK):
            current = line[len(_MARK):]
        elif current and line not in ("BEGIN", "COMMIT"):
            tables[current].append(line)
    return _parse(tables)


def _rows(lines):
    return csv.reader(io.StringIO("\n".join(lines)))


def _parse(tables):
    books = Books()
    for number, *numbers in _rows(tables["account"]):
        books.accounts[int(number)] = Account(*map(int, numbers))
        books.entries[int(number)] = []
    for number, entry_no, amount, balance, txid, phase in _rows(tables["entry"]):
        entry = Entry(int(entry_no), int(amount), int(balance), txid, int(phase))
        books.entries.setdefault(int(number), []).append(entry)
    for txid, phase, rc in _rows(tables["decision"]):
        books.decisions[txid, int(phase)] = rc
    return books
