"""Property: no bytes from an authenticated terminal stop a process or change money, except what was
approved. The seed is printed on failure; TW_SEED repeats it."""

import json
import random
import unittest

from case import SEED, NetworkCase
from mutate import Mutator
from wire import Lost

ROUNDS = 1500


class AnyBytes(NetworkCase):
    shape = {"terminals": 1, "cards": 2, "bank_servers": 1}
    weight = 2

    def setUp(self):
        self.random = random.Random(f"{SEED}/{self.id()}")
        self.mutator = Mutator(self.random)
        self.terminal = self.host(0, self.network.cards[0], timeout=5.0)
        self.approved = set()
        self.possible = set()

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

    def exchange(self, line, txid):
        """Sends a line and a ping behind it; reads until the ping's answer or the end."""
        client = self.terminal.client()
        try:
            client.write(line + b"\n" + b'{"jsonrpc":"2.0","id":"after","method":"rpc.ping"}\n')
            while True:
                data = client.read_line()
                if not data:
                    raise Lost("closed")
                if self.heard(json.loads(data), txid):
                    return
        except Lost:
            self.possible.add(txid)
            self.terminal.close()

    def heard(self, answer, txid):
        """Notes approvals; True for the answer to the ping."""
        for one in answer if isinstance(answer, list) else [answer]:
            if isinstance(one.get("result"), dict) and one["result"].get("rc") == "00":
                self.approved.add(txid)
            if one.get("id") == "after":
                return True
        return False

    def test_mutated_requests_change_nothing_unapproved(self):
        before = self.network.books()
        pids = self.pids()
        for number in range(ROUNDS):
            request = self.request()
            line, asked = self.mutator.line(request.method, request.params, number)
            known = asked if isinstance(asked, dict) else {}
            txid = known.get("txid", request.txid)
            self.exchange(line, txid if isinstance(txid, str) else request.txid)
        self.assertEqual(self.pids(), pids, f"seed {SEED}")
        self.assert_only_approved(before)
        self.assertEqual(self.terminal.see()[2], self.entries_of_account(), f"seed {SEED}")

    def assert_only_approved(self, before):
        books = self.network.books()
        self.assertEqual(sum(account.balance for account in books.accounts.values()), 0)
        for account, entries in books.entries.items():
            known = len(before.entries.get(account, []))
            for entry in entries[known:]:
                self.assertIn(entry.txid, self.approved | self.possible, f"seed {SEED}")

    def entries_of_account(self):
        account = int(self.network.cards[0].accounts[0][-10:])
        return len(self.network.books().entries[account])

    def pids(self):
        return [(one.pid, one.alive) for one in
                self.network.bank_servers + self.network.middlewares]


if __name__ == "__main__":
    unittest.main()
