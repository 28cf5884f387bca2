"""A bank in one Python class, for checking the checker: load.Load runs against it as against the
real one. It is right by default; a seeded defect makes it wrong in one way.

Answers are lost at random, so repeats happen; a cache of balances is used by the defect
"stale_read" only.
"""

import copy
import random
import threading
import time

from books import ATM_BASE, CLEARING_BASE, Account, Books, Entry
from checker import PHASES
from history import account_number
from wire import Lost

CAPITAL = 120_000
LOST_ANSWERS = 0.2

# Defects:
#   no_duplicate_check  a repeat posts again
#   forgets_commits     what was acknowledged is gone after a crash (fsync off)
#   stale_read          balances come from a server's cache
#   no_lock             funds are checked before the lock is taken
#   lost_reversal       acknowledged, not booked
#   one_sided           the credit of a transfer is missing
#   decline_retried     a repeat of a decline is decided anew
#   other_answer        a repeat is answered with today's balance


class ModelBank:
    def __init__(self, accounts, balance, seed, defect=None):
        self.defect = defect
        self.random = random.Random(seed)
        self.books = Books()
        self._answers = {}
        self._requests = {}
        self._lock = threading.Lock()
        self._stale = {}
        self._posted = 0
        for number in [*accounts, CAPITAL]:
            self._open(number)
        for number in accounts:
            self._post(f"opening {number}", 0, {number: -balance, CAPITAL: balance})
        self._snapshot = copy.deepcopy(self.books)
        self.baseline = copy.deepcopy(self.books)

    def _open(self, number):
        self.books.accounts.setdefault(number, Account(0, 0, 0))
        self.books.entries.setdefault(number, [])

    def _post(self, txid, phase, legs):
        for number, amount in legs.items():
            account = self.books.accounts[number]
            account.balance += amount
            account.entry_no += 1
            self.books.entries[number].append(
                Entry(account.entry_no, amount, account.balance, txid, phase))
        self.books.decisions[txid, phase] = "00"
        self._posted += 1

    def add_terminal(self, terminal_id):
        for base in (ATM_BASE, CLEARING_BASE):
            self._open(base + int(terminal_id))
            self.baseline.accounts.setdefault(base + int(terminal_id), Account(0, 0, 0))
            self._snapshot.accounts.setdefault(base + int(terminal_id), Account(0, 0, 0))
            self._snapshot.entries.setdefault(base + int(terminal_id), [])

    # One request

    def call(self, method, params):
        with self._lock:
            early = self._funds(params) if self.defect == "no_lock" else None
        time.sleep(0.005 if early is not None else 0.0005)  # lets the others in between
        with self._lock:
            answer = self._decide(method, params, early)
            lost = self.random.random() < LOST_ANSWERS
        if lost:
            raise Lost("the model lost the answer")
        return answer

    def _funds(self, params):
        name = params.get("account") or params.get("from_account")
        return -self.books.accounts[account_number(name)].balance if name else 0

    def _decide(self, method, params, early):
        if method == "balance.inquiry":
            return self._read(account_number(params["account"]))
        key = params["txid"], PHASES[method]
        if key in self._answers and not self._decides_again(key):
            answer = dict(self._answers[key])
            if self.defect == "other_answer" and "ledger_balance" in answer:
                answer["ledger_balance"] += 1
            return answer
        self._answers[key] = self._book(method, params, key, early)
        return dict(self._answers[key])

    def _decides_again(self, key):
        declined = self._answers[key]["rc"] != "00"
        return (self.defect == "no_duplicate_check" and not declined
                or self.defect == "decline_retried" and declined)

    def _read(self, number):
        account = self.books.accounts[number]
        if self.defect == "stale_read" and self.random.random() < 0.5:
            account = self._stale.setdefault(number, account.copy())
        return self._answer("00", account)

    @staticmethod
    def _answer(rc, account, **more):
        return {"rc": rc, "ledger_balance": -account.balance, "entry_no": account.entry_no, **more}

    def _book(self, method, params, key, early):
        legs, own = self._legs(method, params)
        funds = self._funds(params) if early is None else early
        if legs.get(own, 0) > 0 and PHASES[method] == 0 and funds < legs[own]:
            self.books.decisions[key] = "51"
            return self._answer("51", self.books.accounts[own])
        if self.defect == "one_sided" and method == "transfer.request":
            legs = {own: legs[own]}
        if not (self.defect == "lost_reversal" and method == "withdrawal.reverse"):
            self._post(*key, legs)
        answer = self._answer("00", self.books.accounts[own], amount=params["amount"])
        if self.defect == "forgets_commits" and self._posted % 40 == 0:
            self._crash()
        return answer

    def _legs(self, method, params):
        amount = params["amount"]
        terminal = int(params["terminal_id"])
        atm, clearing = ATM_BASE + terminal, CLEARING_BASE + terminal
        if method == "transfer.request":
            own = account_number(params["from_account"])
            return {own: amount, account_number(params["to_account"]): -amount}, own
        if method == "deposit.request":
            own = account_number(params["account"])
            return {own: -amount, atm: amount}, own
        if method == "withdrawal.request":
            own = account_number(params["account"])
            self._requests[params["txid"]] = own
            return {own: amount, clearing: -amount}, own
        if method == "withdrawal.confirm":
            return {clearing: amount, atm: -amount}, clearing
        own, kept = self._requests[params["txid"]], params["dispensed"]
        legs = {own: kept - amount, clearing: amount, atm: -kept}
        return {number: value for number, value in legs.items() if value}, own

    def _crash(self):
        """Back to the last snapshot, but for the accounts' terminals; then a new snapshot."""
        if self.random.random() < 0.5:
            self.books = copy.deepcopy(self._snapshot)
        self._snapshot = copy.deepcopy(self.books)


class ModelClient:
    """Stands in for wire.RpcClient."""

    def __init__(self, bank):
        self._bank = bank

    def call(self, method, params, timeout=None):
        return self._bank.call(method, params)

    def close(self):
        pass
