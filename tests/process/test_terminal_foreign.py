"""The real terminal of one bank and a card of another: fees told and refused, transfers pending."""

import unittest

import cash
from banks import SURCHARGE
from case import BanksCase
from machine import NO_MARGIN, step
from message_proxy import ANSWERS


class ForeignCard(BanksCase):
    shape = {"count": 2, "terminals": 5, "cards": 0}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        numbers = range(cls.shape["terminals"])
        cls.unused = [(number, cls.birch.new_customer("Someone", balance=300_00))
                      for number in numbers]
        cls.payee = cls.birch.new_customer("Payee", balance=0)

    def setUp(self):
        number, self.card = self.unused.pop()
        self.machine = self.alder.machine(number, limits=NO_MARGIN)
        self.machine.fill()

    def tearDown(self):
        self.banks.heal()
        self.machine.settle()
        self.assertEqual(cash.check(self.machine, self.alder.books()), [])
        super().tearDown()

    def play(self, *steps):
        return self.machine.play(*steps)

    def customer_has(self):
        return -self.birch.books().accounts[int(self.card.accounts[0][-10:])].balance

    def test_surcharge_is_told_before_and_paid(self):
        opened, paid = self.play(step("open", self.card), step("withdraw", amount=60_00))
        self.assertEqual(opened["surcharge"], SURCHARGE)
        self.assertEqual((paid["verdict"], paid["dispensed"]), ("approved", 60_00))
        self.assertEqual((paid["surcharge"], paid["total"]), (SURCHARGE, 60_00 + SURCHARGE))
        self.assertRegex(paid["receipt"], r"Surcharge +1\.50 EUR\nTotal +61\.50 EUR\n")
        self.assertEqual(self.customer_has(), 300_00 - 60_00 - SURCHARGE)

    def test_surcharge_can_be_refused(self):
        refused, paid = self.play(
            step("withdraw", self.card, amount=60_00, max_surcharge=SURCHARGE - 1),
            step("transfer", to=self.payee.accounts[0], amount=10_00, max_surcharge=SURCHARGE))
        self.assertEqual((refused["verdict"], refused["surcharge"]), ("refused", SURCHARGE))
        self.assertEqual((paid["verdict"], paid["surcharge"]), ("approved", SURCHARGE))
        self.assertEqual(self.customer_has(), 300_00 - 10_00 - SURCHARGE)

    def test_jam_takes_the_surcharge_back(self):
        _, report = self.play({"do": "fault", "fault": "jam_before_present"},
                              step("withdraw", self.card, amount=60_00))
        self.assertEqual(report["verdict"], "fault")
        self.assertNotIn("surcharge", report)
        self.machine.settle()
        self.banks.settle()
        self.assertEqual(self.customer_has(), 300_00)

    def test_card_of_an_unknown_bank_is_given_back(self):
        report, = self.play({"do": "open", "card": "9276999900000010", "expiry": "3011",
                             "pin": "1234"})
        self.assertEqual((report["verdict"], report["rc"]), ("declined", "92"))
        self.assertNotIn("card_retained", report)

    def test_transfer_without_the_issuers_answer_is_pending_and_then_done(self):
        proxy = self.banks.proxy(self.birch)
        with self.machine.life() as life:
            life.play(step("open", self.card))
            proxy.lose("transfer.request", ANSWERS)
            proxy.lose("transfer.status", ANSWERS)
            report = life.play(step("transfer", to=self.payee.accounts[0], amount=10_00))
            self.assertEqual(report["verdict"], "pending")
            self.assertIn("Transfer id", report["receipt"])
            life.play(step("close"))
            counted = life.play(step("balance-cash"))
            self.assertEqual((counted["verdict"], counted["rc"]), ("approved", "00"))
            proxy.release()
            life.play(step("advices", ms=30000))
        operation, = self.machine.operations()
        self.assertEqual((operation["rc"], operation["surcharge"]), ("00", SURCHARGE))
        self.assertEqual(self.machine.do("status")["pending"], 0)
        self.banks.settle()
        self.assertEqual(self.customer_has(), 300_00 - 10_00 - SURCHARGE)


if __name__ == "__main__":
    unittest.main()
