"""Property: no bytes from an authenticated terminal stop a process or change money, except what was
approved. The seed is printed on failure; TW_SEED repeats it."""

import json
import random
import re
import unittest
from collections import defaultdict

from case import SEED, NetworkCase
from mutate import Mutator
from wire import Lost

ROUNDS = 4000
UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PING = b'{"jsonrpc":"2.0","id":"after","method":"rpc.ping"}'


class Ledger:
    """Which transactions may have been approved, by what was sent and answered."""

    def __init__(self):
        self.approved = set()
        self._waiting = defaultdict(set)  # id as JSON text -> UUIDs in its line

    def sent(self, line):
        uuids = {uuid.decode().lower() for uuid in UUID.findall(line)}
        for number in _ids(line):
            if number is None or number in self._waiting:
                self.approved |= uuids  # not answered, or the answer could be another's
                self.approved |= self._waiting.get(number, set())
            else:
                self._waiting[number] |= uuids

    def answered(self, answer):
        uuids = self._waiting.pop(json.dumps(answer.get("id")), set())
        result = answer.get("result")
        if isinstance(result, dict) and result.get("rc") == "00":
            self.approved |= uuids

    def lost(self):
        """The connection ended: nobody knows about what was not answered."""
        self.approved.update(*self._waiting.values())
        self._waiting.clear()


def _ids(line):
    """The ids in a line as JSON text; None for a request without one, or with null, under which
    errors of other lines are answered too."""
    try:
        document = json.loads(line)
    except ValueError:
        return []
    requests = document if isinstance(document, list) else [document]
    return [None if one.get("id") is None else json.dumps(one["id"])
            for one in requests if isinstance(one, dict)]


class AnyBytes(NetworkCase):
    shape = {"terminals": 1, "cards": 2, "bank_servers": 1}
    weight = 2

    def setUp(self):
        self.random = random.Random(f"{SEED}/{self.id()}")
        self.mutator = Mutator(self.random)
        self.terminal = self.host(0, self.network.cards[0], timeout=5.0)
        self.ledger = Ledger()

    def request(self):
        terminal = self.terminal
        payee = self.network.cards[1].accounts[0]
        amount = self.random.randint(1, 5) * 1000
        earlier = terminal.withdrawal(amount)
        return self.random.choice((
            terminal.balance, terminal.statement,
            lambda: terminal.withdrawal(amount), lambda: terminal.deposit(amount),
            lambda: terminal.transfer(amount, payee), lambda: terminal.confirmation(earlier),
            lambda: terminal.reversal(earlier), lambda: terminal.transfer_status(earlier.txid),
            lambda: terminal.cash("terminal.replenish", amount),
            lambda: terminal.request("network.echo")))()

    def exchange(self, line):
        """Sends a line and a ping behind it; reads until the ping's answer or the end."""
        client = self.terminal.client()
        try:
            self.ledger.sent(line)
            client.write(line + b"\n" + PING + b"\n")
            while not self.hear(client):
                pass
        except Lost:
            self.ledger.lost()
            self.terminal.close()

    def hear(self, client):
        """One line of answers; true when the ping's is among them."""
        data = client.read_line()
        if not data:
            raise Lost("closed")
        answers = json.loads(data)
        answers = answers if isinstance(answers, list) else [answers]
        for answer in answers:
            self.ledger.answered(answer)
        return any(answer.get("id") == "after" for answer in answers)

    def test_mutated_requests_change_nothing_unapproved(self):
        before = self.network.books()
        pids = self.pids()
        for number in range(ROUNDS):
            request = self.request()
            self.exchange(self.mutator.line(request.method, request.params, number * 10**6))
        self.ledger.lost()
        self.assertEqual(self.pids(), pids, f"seed {SEED}")
        self.assert_only_approved(before)
        self.assertEqual(self.terminal.see()[2], self.entries_of_account(), f"seed {SEED}")

    def assert_only_approved(self, before):
        books = self.network.books()
        self.assertEqual(sum(account.balance for account in books.accounts.values()), 0)
        changed = {entry.txid for account, entries in books.entries.items()
                   for entry in entries[len(before.entries.get(account, [])):]}
        self.assertEqual(changed - self.ledger.approved, set(), f"seed {SEED}")
        self.assertTrue(changed, "nothing was approved: the test has no teeth")

    def entries_of_account(self):
        account = int(self.network.cards[0].accounts[0][-10:])
        return len(self.network.books().entries[account])

    def pids(self):
        return [(one.pid, one.alive) for one in
                self.network.bank_servers + self.network.middlewares]


if __name__ == "__main__":
    unittest.main()
