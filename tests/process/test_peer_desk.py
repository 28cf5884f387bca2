"""What a bank's operators decide about other banks, and what terminals and books see of it."""

import unittest

from banks import decimal, items, minor
from case import BanksCase

REFUSED = 1


class Desk(BanksCase):
    def peer(self, network, code):
        return next(one for one in network.bankctl("peers") if one["peer"] == code)

    def pay(self, amount):
        """A transfer from alder's customer to birch's that was completed."""
        terminal = self.host(self.alder, self.alder.cards[0])
        request = terminal.transfer(amount, self.birch.cards[0].accounts[0])
        self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")
        return terminal, request

    def test_transfer_is_returned_once(self):
        payee = self.host(self.birch, self.birch.cards[0])
        terminal, request = self.pay(12_00)
        mine, theirs = terminal.see()[0], payee.see()[0]
        told = self.birch.bankctl("transfer", "return", request.txid)
        self.assertEqual((told["peer"], told["amount"], minor(told["available"])),
                         (self.alder.bank_code, "12.00", theirs - 12_00))
        self.banks.settle()
        self.assertEqual((terminal.see()[0], payee.see()[0]), (mine + 12_00, theirs - 12_00))
        self.assertEqual(terminal.send(terminal.transfer_status(request.txid))["status"],
                         "RETURNED")
        self.assertEqual(self.birch.bankctl("transfer", "return", request.txid), told)
        self.banks.settle()
        self.assertEqual(terminal.see()[0], mine + 12_00)

    def test_transfer_is_not_returned_without_the_money_or_by_its_payer(self):
        _, request = self.pay(5_00)
        account = self.birch.cards[0].accounts[0]
        left = next(one["available"] for one in self.birch.bankctl("account", "list")
                    if one["iban"] == account)
        self.birch.bankctl("account", "withdraw", account, left)
        for network in (self.birch, self.alder):
            done = network.run_bankctl("transfer", "return", request.txid)
            self.assertEqual(done.returncode, REFUSED, done.stdout + done.stderr)
        self.birch.bankctl("account", "deposit", account, left)

    def test_limit_refuses_what_would_exceed_it_and_nothing_else(self):
        birch = self.birch.bank_code
        terminal = self.host(self.alder, self.birch.cards[0])
        owed = minor(self.peer(self.alder, birch)["owed"])
        before = terminal.see()[0]
        agreed = self.peer(self.alder, birch)["limit"]
        try:
            self.alder.bankctl("peer", "limit", birch, decimal(max(owed, 0) + 60_00))
            self.assert_rc("91", terminal.send(terminal.withdrawal(70_00)))
            request = terminal.withdrawal(50_00)
            terminal.expect("00", request)
            self.assert_rc("91", terminal.send(terminal.withdrawal(50_00)))
            terminal.expect("00", terminal.reversal(request, 0, "jam"))
            self.banks.settle()
            self.assertEqual(terminal.see()[0], before)
            terminal.expect("00", terminal.withdrawal(50_00))
        finally:
            self.alder.bankctl("peer", "limit", birch, agreed)

    def test_suspended_peer_gets_nothing_new_and_all_that_must_pass(self):
        birch = self.birch.bank_code
        terminal = self.host(self.alder, self.birch.cards[0])
        before = terminal.see()[0]
        request = terminal.withdrawal(30_00)
        terminal.expect("00", request)
        self.alder.bankctl("peer", "suspend", birch)
        try:
            self.assert_rc("91", terminal.send(terminal.withdrawal(20_00)))
            terminal.expect("00", terminal.reversal(request, 0, "jam"))
            self.banks.settle()
        finally:
            self.alder.bankctl("peer", "resume", birch)
        self.assertEqual(terminal.see()[0], before)

    def test_interchange_that_differs_is_not_permitted(self):
        birch = self.birch.bank_code
        agreed = self.peer(self.alder, birch)["interchange"]
        terminal = self.host(self.alder, self.birch.cards[0])
        self.alder.bankctl("peer", "interchange", birch, "9.99")
        try:
            self.assert_rc("57", terminal.send(terminal.withdrawal(20_00)))
        finally:
            self.alder.bankctl("peer", "interchange", birch, agreed)

    def test_new_window_stamps_what_is_decided_from_then_on(self):
        _, first = self.pay(1_00)
        window = self.birch.bankctl("window", "advance")["window"]
        _, second = self.pay(2_00)
        for one, other, sign in ((self.alder, self.birch, -1), (self.birch, self.alder, 1)):
            found = items(one, other)
            self.assertEqual(found[(first.txid, window - 1, sign * 1_00)], 1, found)
            self.assertEqual(found[(second.txid, window, sign * 2_00)], 1, found)
            nets = {row["window"]: minor(row["net"])
                    for row in one.bankctl("positions") if row["peer"] == other.bank_code}
            self.assertEqual(nets[window], sum(amount for (_, at, amount) in found.elements()
                                               if at == window))


if __name__ == "__main__":
    unittest.main()
