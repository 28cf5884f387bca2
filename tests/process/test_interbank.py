"""Cards of one bank at another's terminals, and transfers between banks, when nothing goes wrong or
what goes wrong is an answer. The numbers are those of the scenario catalogue."""

import unittest

from banks import INTERCHANGE, SURCHARGE
from case import BanksCase
from harness import iban


def booked(network, account_kind):
    """Sum of the balances of a bank's own accounts of a kind, debit positive."""
    return int(network.postgres.query(
        "SELECT coalesce(sum(balance_minor), 0) FROM bank.account JOIN bank.account_kind"
        f" USING (kind) WHERE code = '{account_kind}'"))


class ForeignCards(BanksCase):
    def test_scenario_02_withdrawal_with_surcharge_and_interchange(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        before, income = terminal.see()[0], booked(self.alder, "FeeInc")
        expense = booked(self.birch, "FeeExp")
        request = terminal.withdrawal(50_00)
        answer = terminal.expect("00", request)
        self.assertEqual(answer["surcharge"], SURCHARGE)
        self.assertEqual(answer["ledger_balance"], before - 50_00 - SURCHARGE)
        for hidden in ("interchange", "window_no"):
            self.assertNotIn(hidden, answer)
        terminal.expect("00", terminal.confirmation(request))
        self.assertEqual(booked(self.alder, "FeeInc") - income, -(SURCHARGE + INTERCHANGE))
        self.assertEqual(booked(self.birch, "FeeExp") - expense, INTERCHANGE)

    def test_scenario_09_partial_reversal_keeps_the_fees(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        before = terminal.see()[0]
        request = terminal.withdrawal(100_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request, 60_00, "partial_dispense"))
        self.banks.settle()
        self.assertEqual(terminal.see()[0], before - 60_00 - SURCHARGE)

    def test_full_reversal_gives_fees_and_limits_back(self):
        terminal = self.host(self.alder, self.birch.cards[1])
        before = terminal.see()[0]
        for _ in range(2):  # the daily limit is 500.00
            request = terminal.withdrawal(300_00)
            terminal.expect("00", request)
            terminal.expect("00", terminal.reversal(request, 0, "jam"))
            self.banks.settle()
        self.assertEqual(terminal.see()[0], before)
        self.assertEqual(booked(self.alder, "FeeInc"), -booked(self.birch, "FeeExp") -
                         self.surcharges())

    def surcharges(self):
        return int(self.birch.postgres.query(
            "SELECT coalesce(sum(d.surcharge_minor) FILTER (WHERE phase IN (0, 7)), 0)"
            " - coalesce(sum(d.surcharge_minor) FILTER (WHERE phase = 2), 0)"
            " FROM bank.decision d WHERE rc = '00' AND window_no IS NOT NULL"))

    def test_scenario_06_limits_are_the_issuers(self):
        card = self.birch.new_card(self.birch.customer_of(self.birch.cards[0]),
                                   self.birch.cards[0].accounts, limits=(500_00, 10))
        terminal = self.host(self.alder, card)
        self.assert_rc("61", terminal.send(terminal.withdrawal(500_10)))
        terminal.expect("00", terminal.withdrawal(400_00))
        self.assert_rc("61", terminal.send(terminal.withdrawal(200_00)))

    def test_scenario_07_unknown_iin_has_no_route(self):
        terminal = self.host(self.alder)
        self.assert_rc("92", terminal.send(terminal.request("pin.key", iin="99999999")))

    def test_scenario_21_deposit_at_another_bank(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        before = terminal.see()[0]
        request = terminal.deposit(70_00)
        answer = terminal.expect("00", request)
        self.assertEqual(answer["ledger_balance"], before + 70_00)
        self.assertEqual(terminal.send(request.repeated())["rc"], "00")
        self.assertEqual(terminal.see()[0], before + 70_00)

    def test_deposit_given_back_is_debited_again(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        before = terminal.see()[0]
        request = terminal.deposit(30_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request, 0, "returned"))
        self.banks.settle()
        self.assertEqual(terminal.see()[0], before)
        self.assertEqual(booked(self.alder, "DepPend"), 0)

    def test_statement_and_session_close(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        entries = terminal.expect("00", terminal.statement())["entries"]
        self.assertTrue(entries)
        terminal.expect("00", terminal.in_session("session.close"))
        self.assert_rc("63", terminal.send(terminal.balance()))

    def test_scenario_05_and_22_pins_are_the_issuers_alone(self):
        card = self.birch.new_card(self.birch.customer_of(self.birch.cards[0]),
                                   self.birch.cards[0].accounts)
        terminal = self.host(self.alder, card)
        terminal.expect("00", terminal.pin_change(card.pin, "7391"))
        terminal.expect("55", terminal.session_open(card, card.pin))
        terminal.expect("00", terminal.session_open(card, "7391"))
        for rc in ("55", "55", "75"):
            terminal.expect(rc, terminal.session_open(card, "0001"))
        home = self.host(self.birch)
        home.expect("75", home.session_open(card, "7391"))

    def test_scenario_17_reversal_five_times(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        before = terminal.see()[0]
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        reversal = terminal.reversal(request)
        for _ in range(5):
            terminal.expect("00", reversal)
        self.banks.settle()
        self.assertEqual(terminal.see()[0], before)

    def test_scenario_18_same_stan_other_amount(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        self.assert_rc("94", terminal.send(request.changed(amount=30_00)))
        self.assertEqual(terminal.send(request.repeated())["rc"], "00")


class Transfers(BanksCase):
    def test_scenario_26_accepted_within_the_time(self):
        terminal = self.host(self.alder, self.alder.cards[0])
        payee = self.host(self.birch, self.birch.cards[0])
        mine, theirs = terminal.see()[0], payee.see()[0]
        request = terminal.transfer(25_00, self.birch.cards[0].accounts[0])
        answer = terminal.expect("00", request)
        self.assertEqual(answer["status"], "COMPLETED")
        self.assertEqual((terminal.see()[0], payee.see()[0]), (mine - 25_00, theirs + 25_00))
        self.assertEqual(terminal.send(request.repeated())["status"], "COMPLETED")
        self.assertEqual(terminal.send(terminal.transfer_status(request.txid))["status"],
                         "COMPLETED")
        self.assertEqual(booked(self.alder, "Transit"), 0)

    def rejected(self, reason, payee, currency="EUR"):
        terminal = self.host(self.alder, self.alder.cards[0])
        before = terminal.see()[0]
        request = terminal.transfer(5_00, payee).changed(currency=currency)
        answer = terminal.send(request)
        self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", reason))
        self.assertEqual(terminal.see()[0], before)
        again = terminal.send(terminal.transfer_status(request.txid))
        self.assertEqual((again["status"], again["reason"]), ("REJECTED", reason))
        self.assertEqual(booked(self.alder, "Transit"), 0)

    def test_scenario_27_unknown_payee(self):
        self.rejected("AC01", iban(self.birch.bank_code, 1999999999))

    def test_scenario_27_unknown_bank(self):
        self.rejected("RC01", iban("90000099", 1000000001))


class Counter(BanksCase):
    def test_accounts_are_numbered_on_after_interbank_accounts_were_opened(self):
        terminal = self.host(self.alder, self.alder.cards[0])
        terminal.expect("00", terminal.transfer(5_00, self.birch.cards[0].accounts[0]))
        customer = self.alder.customer_of(self.alder.cards[0])
        account = self.alder.new_account(customer, balance=1_00)
        self.assertRegex(account, r"^DE\d\d900000011\d{9}$")


if __name__ == "__main__":
    unittest.main()
