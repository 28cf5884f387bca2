"""The base of tests of one real terminal after the other, each with a customer of its own."""

import cash
from case import NetworkCase
from machine import NO_MARGIN, step


class TerminalCase(NetworkCase):
    """Each test has a terminal of its own, filled, and a customer with 300.00."""

    shape = {"terminals": 20, "cards": 0}
    spoils = True  # its terminals are used up
    used = 0

    def setUp(self):
        kind = type(self)
        self.machine = self.network.machine(kind.used, limits=NO_MARGIN)
        kind.used += 1
        self.card = self.network.new_customer("Someone", balance=300_00)
        self.machine.fill()

    def tearDown(self):
        self.network.heal()
        self.machine.settle()
        self.assertEqual(cash.check(self.machine, self.network.books()), [])
        super().tearDown()

    def play(self, *steps):
        return self.machine.play(*steps)

    def withdraw(self, amount):
        return step("withdraw", self.card, amount=amount)

    def customer_has(self):
        account = int(self.card.accounts[0][-10:])
        return -self.network.books().accounts[account].balance

    def requests(self):
        """How many the bank decided. Confirmations follow when they will."""
        return int(self.network.postgres.query("SELECT count(*) FROM bank.decision WHERE phase = 0"))

    def taken(self):
        """Cash in customers' hands, in minor units."""
        return sum(one["denomination"] * one.get("taken", 0)
                   for one in self.machine.world()["cassettes"])

    def totals(self):
        return self.machine.do("totals")
