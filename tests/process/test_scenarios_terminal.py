"""Scenarios of the real terminal with its journal and its devices, by catalogue number."""

import unittest

import cash
from machine import step
from processes import wait_until
from proxy import DOWN
from terminal_case import TerminalCase


class Withdrawals(TerminalCase):
    def test_scenario_01_withdrawal(self):
        report, = self.play(self.withdraw(60_00))
        self.assertEqual((report["verdict"], report["rc"]), ("approved", "00"))
        self.assertEqual(report["notes"], [{"denomination": 2000, "count": 3}])
        self.assertEqual(self.customer_has(), 240_00)
        self.assertEqual(self.taken(), 60_00)
        self.assertEqual(self.machine.status()["advices_waiting"], 0)
        totals = self.totals()
        self.assertEqual((totals.get("dispense_clearing", 0), totals["cash_balance"]), (0, 1940_00))

    def test_scenario_03_insufficient_funds(self):
        report, = self.play(self.withdraw(400_00))
        self.assertEqual((report["verdict"], report["rc"]), ("declined", "51"))
        self.assertEqual((self.customer_has(), self.taken()), (300_00, 0))

    def test_scenario_04_sixty_from_50_20_then_30_refused_here(self):
        before, after = None, None
        with self.machine.life() as life:
            life.play(step("open", self.card))
            sixty = life.play(step("withdraw", amount=60_00))
            before = self.requests()
            thirty = life.play(step("withdraw", amount=30_00))
            after = self.requests()
        self.assertEqual(sixty["notes"], [{"denomination": 2000, "count": 3}])
        self.assertEqual(thirty["verdict"], "refused")
        self.assertEqual(after, before)

    def test_scenario_05_wrong_pin_three_times_keeps_the_card(self):
        wrong = dict(step("open", self.card), pin="9999")
        with self.machine.life() as life:
            heard = [life.play(wrong)["rc"], life.play(dict(wrong, pin="9998"))["rc"]]
            last = life.play(dict(wrong, pin="9997"))
            again = life.play(step("open", self.card))
        self.assertEqual([*heard, last["rc"], again["rc"]], ["55", "55", "75", "75"])
        self.assertTrue(last["card_retained"])
        self.assertEqual(self.machine.world()["cards_retained"], 2)

    def test_scenario_08_jam_before_present(self):
        _, report = self.play(step("fault", fault="jam_before_present"), self.withdraw(60_00))
        self.assertEqual((report["verdict"], report["dispensed"]), ("fault", 0))
        self.machine.settle()
        self.assertEqual((self.customer_has(), self.taken()), (300_00, 0))

    def test_scenario_08_jam_in_the_cassettes(self):
        _, report = self.play(step("fault", fault="dispense_jam"), self.withdraw(60_00))
        self.assertEqual((report["verdict"], report["dispensed"]), ("fault", 0))
        self.machine.settle()
        self.assertEqual((self.customer_has(), self.taken()), (300_00, 0))

    def test_scenario_09_sixty_of_100(self):
        *_, report = self.play(step("fault", fault="cassette_fault", value=1),
                               step("fault", fault="partial_dispense", value=3),
                               self.withdraw(100_00))
        self.assertEqual(report["dispensed"], 60_00)
        self.assertEqual(report["notes"], [{"denomination": 2000, "count": 3}])
        self.machine.settle()
        self.assertEqual((self.customer_has(), self.taken()), (240_00, 60_00))

    def test_scenario_10_cash_not_taken(self):
        _, report = self.play(step("fault", fault="not_taken"), self.withdraw(60_00))
        self.assertEqual((report["verdict"], report["dispensed"]), ("fault", 0))
        self.machine.settle()
        self.assertEqual((self.customer_has(), self.taken()), (300_00, 0))
        retracted = [one.get("retract_bin", 0) for one in self.machine.world()["cassettes"]]
        self.assertEqual(retracted, [0, 3])

    def test_rejected_notes_are_replaced_by_others(self):
        _, report = self.play(step("fault", fault="note_reject", value=2), self.withdraw(60_00))
        self.assertEqual((report["verdict"], report["dispensed"]), ("approved", 60_00))
        self.assertEqual(self.taken(), 60_00)

    def test_receipt_that_fails_reverses_nothing(self):
        _, report = self.play(step("fault", fault="printer_fault"), self.withdraw(60_00))
        self.assertEqual((report["verdict"], report["receipt_printed"]), ("approved", False))
        self.assertEqual((self.customer_has(), self.taken()), (240_00, 60_00))

    def power_loss(self, sensors, point="atm.presented"):
        """Dies with notes on their way; afterwards the sensors say what they say."""
        self.play(step("fault", fault=sensors))
        self.machine.play(self.withdraw(60_00), crash_at=point)
        self.assertEqual(self.machine.exit_code, -9)
        self.machine.settle()
        return self.machine.status()

    def test_scenario_11_power_loss_and_the_notes_were_taken(self):
        status = self.power_loss("sensor_taken")
        self.assertEqual(status["out_of_service"], "")
        self.assertEqual((self.customer_has(), self.taken()), (240_00, 60_00))

    def test_scenario_11_power_loss_and_all_notes_are_inside(self):
        for point in ("atm.intent_journaled", "atm.dispensed", "atm.presented"):
            with self.subTest(point):
                status = self.power_loss("sensor_inside", point)
                self.assertEqual(status["out_of_service"], "")
                self.assertEqual((self.customer_has(), self.taken()), (300_00, 0))

    def test_scenario_12_sensor_unknown(self):
        status = self.power_loss("sensor_unknown")
        self.assertEqual((status["out_of_service"], status["suspects"]), ("suspect", 1))
        self.assertEqual(self.customer_has(), 240_00)
        refused, = self.play(self.withdraw(20_00))
        self.assertEqual(refused["verdict"], "refused")
        self.assertEqual(self.totals()["dispense_clearing"], 60_00)
        self.machine.do("balance-cash")
        self.assertEqual(self.machine.status()["out_of_service"], "")
        self.assertEqual(self.play(self.withdraw(20_00))[0]["verdict"], "approved")

    def ledger(self, kind):
        """The bank's own account of this kind, debit positive, in minor units."""
        return int(self.network.postgres.query(
            "SELECT sum(balance_minor) FROM bank.account JOIN bank.account_kind USING (kind) "
            f"WHERE code = '{kind}'"))

    def open_suspect(self, *at_the_exit):
        """Its txid: 60.00 of which nobody knows; the bank lists it and T2 holds."""
        self.play(step("fault", fault="sensor_unknown"))
        self.machine.play(self.withdraw(60_00), crash_at="atm.presented")
        for hand in at_the_exit:
            self.machine.do(hand)
        self.machine.settle()
        self.assertEqual(self.machine.status()["suspects"], 1)
        self.assert_cash_right()
        listed = [one for one in self.network.bankctl("suspects")
                  if one["terminal"] == self.machine.terminal_id]
        self.assertEqual([(one["amount"], one["suspect"]) for one in listed], [("60.00", True)])
        return listed[0]["txid"]

    def assert_cash_right(self):
        """T1 to T4 at the terminal, and every invariant of the bank."""
        self.assertEqual(cash.check(self.machine, self.network.books()), [])
        self.network.audit()

    def balance(self, difference):
        report = self.machine.do("balance-cash")
        self.assertEqual((report["rc"], report.get("difference", 0)), ("00", difference))
        self.assertEqual(self.machine.status()["out_of_service"], "")
        self.assertEqual(self.totals()["dispense_clearing"], 60_00)
        self.assert_cash_right()

    def assert_resolved(self, cash_balance, reversals):
        totals = self.totals()
        self.assertEqual(totals.get("dispense_clearing", 0), 0)
        self.assertEqual(totals["cash_balance"], cash_balance)
        self.assertEqual((totals["withdrawal_count"], totals["withdrawal_amount"]), (1, 60_00))
        self.assertEqual((totals.get("reversal_count", 0), totals.get("reversal_amount", 0)),
                         reversals)
        self.assertNotIn(self.machine.terminal_id,
                         [one["terminal"] for one in self.network.bankctl("suspects")])
        self.assert_cash_right()

    def test_scenario_12_suspect_was_taken(self):
        short = self.ledger("Short")
        txid = self.open_suspect("take")
        self.assertEqual(self.taken(), 60_00)
        self.balance(-60_00)
        self.assertEqual(self.ledger("Short") - short, 60_00)
        self.network.bankctl("suspect", "resolve", txid, "--taken")
        self.assert_resolved(1940_00, (0, 0))
        self.assertEqual((self.customer_has(), self.ledger("Short")), (240_00, short))

    def test_scenario_12_suspect_was_inside(self):
        short = self.ledger("Short")
        txid = self.open_suspect()
        self.assertEqual(self.taken(), 0)
        self.balance(0)
        self.network.bankctl("suspect", "resolve", txid, "--inside")
        self.assert_resolved(2000_00, (1, 60_00))
        self.assertEqual((self.customer_has(), self.ledger("Short")), (300_00, short))

    def test_scenario_12_suspect_resolved_before_it_was_balanced(self):
        short = self.ledger("Short")
        txid = self.open_suspect("take")
        self.network.bankctl("suspect", "resolve", txid, "--taken")
        self.assert_cash_right()
        self.assertEqual(self.machine.do("balance-cash")["difference"], -60_00)
        self.assert_resolved(1940_00, (0, 0))
        self.assertEqual((self.customer_has(), self.ledger("Short")), (240_00, short))

    def test_scenario_22_old_pin_after_a_change(self):
        with self.machine.life() as life:
            life.play(step("open", self.card))
            changed = life.play(step("pin-change", self.card, new_pin="8642"))
            life.play(step("close"))
            old = life.play(step("open", self.card))
            new = life.play(dict(step("open", self.card), pin="8642"))
        self.assertEqual((changed["rc"], old["rc"], new["rc"]), ("00", "55", "00"))


class Deposits(TerminalCase):
    NOTES = [{"denomination": 5000, "count": 1}, {"denomination": 1000, "count": 2}]

    def deposit(self):
        return step("deposit", self.card, notes=self.NOTES)

    def stowed(self):
        return sum(one["denomination"] * one["count"]
                   for one in self.machine.world().get("stowed", []))

    def test_scenario_21_credits_match_the_notes(self):
        report, = self.play(self.deposit())
        self.assertEqual((report["verdict"], report["amount"]), ("approved", 70_00))
        self.assertEqual((self.customer_has(), self.stowed()), (370_00, 70_00))

    def test_scenario_21_notes_that_cannot_be_stowed_go_back(self):
        _, report = self.play(step("fault", fault="stow_failure"), self.deposit())
        self.assertEqual(report["verdict"], "fault")
        self.machine.settle()
        self.assertEqual((self.customer_has(), self.stowed()), (300_00, 0))


class Supervisor(TerminalCase):
    def test_scenario_25_replenish_balance_and_cut_over(self):
        self.play(self.withdraw(60_00))
        self.play(step("fault", fault="not_taken"), self.withdraw(40_00))
        self.play(step("deposit", self.card, notes=[{"denomination": 5000, "count": 2}]))
        self.machine.settle()
        totals = self.totals()
        self.assertEqual((totals["withdrawal_count"], totals["withdrawal_amount"]), (2, 100_00))
        self.assertEqual((totals["reversal_count"], totals["reversal_amount"]), (1, 40_00))
        self.assertEqual((totals["deposit_count"], totals["deposit_amount"]), (1, 100_00))
        self.assertEqual(totals["cash_balance"], 2000_00 - 60_00 + 100_00)
        balanced = self.machine.do("balance-cash")
        self.assertEqual((balanced["rc"], balanced.get("difference", 0)), ("00", 0))
        closed = self.machine.do("cut-over")
        self.assertEqual(closed["withdrawal_count"], 2)
        self.assertEqual(self.totals().get("withdrawal_count", 0), 0)
        emptied = self.machine.do("remove")
        self.assertEqual((emptied["rc"], emptied["amount"]), ("00", 2040_00))
        self.assertEqual(self.totals().get("cash_balance", 0), 0)
        self.machine.fill()
        self.assertEqual(self.totals()["cash_balance"], 2000_00)

    def test_scenario_25_short_cash_is_booked_short(self):
        count = [{"denomination": 5000, "count": 20}, {"denomination": 2000, "count": 49}]
        report = self.machine.do("balance-cash", notes=count)
        self.assertEqual(report["difference"], -20_00)
        self.machine.world_notes(2, 49)  # the note really is not there
        self.assertEqual(self.totals()["cash_balance"], 1980_00)


class Delivery(TerminalCase):
    """The network between terminal and bank fails while the terminal is in use."""

    shape = {"terminals": 20, "cards": 0, "bank_servers": 1}

    def setUp(self):
        super().setUp()
        self.proxy = self.network.proxy(self.network.middlewares[0])
        self.machine.use_middlewares([self.proxy.address])

    def test_scenario_13_issuer_silent(self):
        with self.machine.life() as life:
            life.play(step("open", self.card))
            self.network.bank_servers[0].freeze()
            report = life.play(step("withdraw", amount=60_00))
        self.assertEqual(report["verdict"], "unanswered")
        self.assertIn(report["rc"], ("68", "91"))
        self.assertEqual(self.taken(), 0)
        self.assertEqual(len(self.machine.journal("SELECT * FROM advice WHERE rc IS NULL")), 1)
        self.network.bank_servers[0].thaw()
        self.machine.settle()
        self.assertEqual(self.customer_has(), 300_00)
        self.assertEqual(self.machine.status()["advices_waiting"], 0)

    def test_scenario_13_issuer_down(self):
        with self.machine.life() as life:
            life.play(step("open", self.card))
            self.network.bank_servers[0].kill()
            report = life.play(step("withdraw", amount=60_00))
        self.assertEqual(report["rc"], "91")
        self.assertEqual(self.taken(), 0)
        self.network.heal()
        self.machine.settle()
        self.assertEqual(self.customer_has(), 300_00)

    def test_scenario_14_approval_after_the_terminals_deadline(self):
        with self.machine.life() as life:
            life.play(step("open", self.card))
            self.proxy.hold(DOWN)
            report = life.play(step("withdraw", amount=60_00))
            self.assertEqual(report["verdict"], "unanswered")
            self.assertEqual(self.customer_has(), 240_00, "the bank has approved")
            self.proxy.release()
            life.play(step("advices", ms=20000))
        self.assertEqual((self.customer_has(), self.taken()), (300_00, 0))

    def test_scenario_15_answer_lost(self):
        with self.machine.life() as life:
            life.play(step("open", self.card))
            self.proxy.drop(DOWN)
            life.begin(step("withdraw", amount=60_00))
            self.wait_customer_has(240_00)
            self.proxy.release()
            self.proxy.cut()
            report = life.end()
        self.machine.settle()
        paid = report["dispensed"]
        self.assertIn(paid, (0, 60_00))
        self.assertEqual((self.customer_has(), self.taken()), (300_00 - paid, paid))

    def wait_customer_has(self, amount):
        wait_until(lambda: self.customer_has() == amount, "the bank has decided")

    def test_confirmation_that_cannot_be_sent_waits_in_the_journal(self):
        self.machine.play(self.withdraw(60_00), crash_at="atm.done_journaled")
        self.proxy.refuse = True
        self.assertEqual(self.machine.do("recover")["verdict"], "unanswered")
        self.assertEqual(self.machine.status()["advices_waiting"], 1)
        self.proxy.release()
        self.machine.settle()
        self.assertEqual(self.machine.status()["advices_waiting"], 0)
        self.assertEqual((self.customer_has(), self.taken()), (240_00, 60_00))


class Failover(TerminalCase):
    """The terminal's own list of middlewares, one of which does not answer."""

    shape = {"terminals": 6, "cards": 0, "middlewares": 2}

    def hurt_each(self, hurt):
        for middleware in self.network.middlewares:
            with self.machine.life() as life:
                life.play(step("open", self.card))
                hurt(middleware)
                first = life.play(step("withdraw", amount=20_00))
                second = life.play(step("withdraw", amount=20_00))
            self.assertIn(first["verdict"], ("approved", "unanswered"))
            self.assertEqual(second["verdict"], "approved")
            self.network.heal()
        self.machine.settle()
        self.assertEqual(self.customer_has(), 300_00 - self.taken())

    def test_scenario_39_middleware_killed(self):
        self.hurt_each(lambda middleware: middleware.kill())

    def test_scenario_39_middleware_frozen(self):
        self.hurt_each(lambda middleware: middleware.freeze())


if __name__ == "__main__":
    unittest.main()
