"""atm-client killed at every named point: at most one debit and one dispense, the journal decides.

Each case kills one operation at one point, then perhaps the recovery at another, then lets the
terminal settle; T1 to T4, the audit and a working terminal must remain.
"""

import itertools
import unittest

import cash
import crash_points
from case import NetworkCase
from machine import NO_MARGIN, step

POINTS = crash_points.names("atm")
NOTES = [{"denomination": 2000, "count": 2}, {"denomination": 1000, "count": 1}]


class TerminalCrashes(NetworkCase):
    shape = {"terminals": 8, "cards": 8, "balance": 5_000_00, "bank_servers": 1}
    weight = 4
    used = itertools.count()

    def setUp(self):
        number = next(TerminalCrashes.used)
        self.card, self.payee = self.network.cards[number], self.network.cards[number - 1]
        self.machine = self.network.machine(number, limits=NO_MARGIN)
        self.machine.fill()
        self.reached = set()

    def crash(self, point, *steps):
        """One life that is to die at a point; true when it did."""
        self.machine.play(*steps, crash_at=point)
        self.assertIn(self.machine.exit_code, (0, -9), point)
        if self.machine.exit_code == -9:
            self.reached.add(point)
        return self.machine.exit_code == -9

    def customer_has(self, books):
        return -books.accounts[int(self.card.accounts[0][-10:])].balance

    def cash_moved(self):
        """What came in less what went out, in minor units, as the world has it."""
        world = self.machine.world()
        return (sum(one["denomination"] * one["count"] for one in world.get("stowed", []))
                - sum(one["denomination"] * one.get("taken", 0) for one in world["cassettes"]))

    def moment(self):
        return self.customer_has(self.network.books()), self.cash_moved()

    def settle_and_check(self, where, before, allowed):
        """allowed(cash that moved) -> what may have happened to the customer's balance."""
        self.machine.settle()
        self.assertEqual(cash.check(self.machine, self.network.books()), [], where)
        self.assertEqual(self.machine.status()["out_of_service"], "", where)
        balance, moved = self.moment()
        self.assertIn(balance - before[0], allowed(moved - before[1]), where)

    def sweep(self, operation, allowed):
        """Kills the operation at every point, and the recovery after it at every point."""
        for first in POINTS:
            before = self.moment()
            if self.crash(first, operation):
                self.settle_and_check(first, before, allowed)
        for first, second in itertools.product(sorted(self.reached), POINTS):
            before = self.moment()
            self.crash(first, operation)
            if self.crash(second, step("recover"), step("advices", ms=20000)):
                self.settle_and_check(f"{first}, then {second}", before, allowed)

    def test_withdrawal_killed_at_every_point(self):
        """The customer pays exactly for the cash that was taken."""
        self.sweep(step("withdraw", self.card, amount=60_00), lambda moved: {moved})
        self.assertGreaterEqual(self.reached, {
            "atm.request_journaled", "atm.answer_received", "atm.intent_journaled",
            "atm.dispensed", "atm.presented", "atm.taken", "atm.done_journaled",
            "atm.confirm_sent", "atm.reversal_journaled"})

    def test_deposit_killed_at_every_point(self):
        """The notes are in the machine and credited, or neither."""
        self.sweep(step("deposit", self.card, notes=NOTES), lambda moved: {moved})
        self.assertGreaterEqual(self.reached, {
            "atm.escrowed", "atm.request_journaled", "atm.answer_received",
            "atm.intent_journaled", "atm.stowed", "atm.done_journaled",
            "atm.reversal_journaled"})

    def test_transfer_killed_at_every_point(self):
        """Moved once or not at all; the journal and the bank agree which."""
        amount = 12_34
        self.sweep(step("transfer", self.card, to=self.payee.accounts[0], amount=amount),
                   lambda _: {0, -amount})
        self.assertGreaterEqual(self.reached, {"atm.request_journaled", "atm.answer_received"})
        books = self.network.books()
        for operation in self.machine.operations():
            with self.subTest(operation["txid"]):
                self.check_transfer(operation, books)

    def check_transfer(self, operation, books):
        """The terminal asked what it did not know, by itself and without the card."""
        booked = books.decisions.get((operation["txid"], 0)) == "00"
        self.assertEqual(operation["state"], cash.DONE if booked else cash.DECLINED, operation)

    def test_replenishing_killed(self):
        """The supervisor's count settles what a kill left open."""
        load = step("replenish", loads=[{"cassette": 1, "notes": 2}])
        for point in POINTS:
            self.crash(point, load)
        self.machine.settle()
        self.machine.do("balance-cash")
        self.assertEqual(cash.check(self.machine, self.network.books()), [])


if __name__ == "__main__":
    unittest.main()
