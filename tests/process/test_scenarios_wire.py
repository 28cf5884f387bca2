"""Scenarios that are decided by messages alone, spoken by hand. Numbers: the scenario catalogue."""

import threading
import unittest

from case import NetworkCase
from harness import iban
from wire import RpcError


class Withdrawals(NetworkCase):
    shape = {"terminals": 2, "cards": 0}

    def customer(self, balance=100_00, **options):
        return self.network.new_customer("Someone", balance=balance, **options)

    def test_scenario_03_insufficient_funds(self):
        terminal = self.host(0, self.customer(100_00))
        before = terminal.see()
        answer = terminal.expect("51", terminal.withdrawal(110_00))
        self.assertNotIn("authorization_id", answer)
        self.assertEqual(terminal.see(), before)

    def test_scenario_03_last_cent_can_be_had(self):
        terminal = self.host(0, self.customer(100_00))
        request = terminal.withdrawal(100_00)
        self.assertEqual(terminal.expect("00", request)["available_balance"], 0)
        terminal.expect("00", terminal.confirmation(request))
        terminal.expect("51", terminal.withdrawal(10_00))

    def test_scenario_03_decline_stays_a_decline_when_repeated(self):
        terminal = self.host(0, self.customer(100_00))
        request = terminal.withdrawal(110_00)
        declined = terminal.expect("51", request)
        terminal.expect("00", terminal.deposit(50_00))
        self.assertEqual(terminal.expect("51", request.repeated()), declined)

    def test_scenario_06_amount_limit_and_again_after_a_reversal(self):
        card = self.customer(5_000_00, limits=(500_00, 10))
        terminal = self.host(0, card)
        first = terminal.withdrawal(400_00)
        terminal.expect("00", first)
        terminal.expect("61", terminal.withdrawal(110_00))
        terminal.expect("00", terminal.withdrawal(100_00))
        terminal.expect("61", terminal.withdrawal(10_00))
        terminal.expect("00", terminal.reversal(first, dispensed=300_00))
        terminal.expect("61", terminal.withdrawal(110_00))
        terminal.expect("00", terminal.withdrawal(100_00))

    def test_scenario_06_count_limit_and_again_after_a_reversal(self):
        card = self.customer(5_000_00, limits=(500_00, 10))
        terminal = self.host(0, card)
        requests = [terminal.withdrawal(10_00) for _ in range(10)]
        for request in requests:
            terminal.expect("00", request)
        terminal.expect("65", terminal.withdrawal(10_00))
        terminal.expect("00", terminal.reversal(requests[0]))
        terminal.expect("00", terminal.withdrawal(10_00))
        terminal.expect("65", terminal.withdrawal(10_00))

    def test_scenario_16_reversal_overtakes_its_original(self):
        terminal = self.host(0, self.customer())
        before = terminal.see()
        request = terminal.withdrawal(50_00)
        advice = terminal.reversal(request)
        terminal.expect("25", advice)
        terminal.expect("94", request)
        terminal.expect("25", advice.repeated())
        self.assertEqual(terminal.see(), before)

    def test_scenario_17_same_reversal_five_times(self):
        terminal = self.host(0, self.customer())
        before = terminal.see()
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        advice = terminal.reversal(request)
        answers = [terminal.expect("00", advice)]
        answers += [terminal.expect("00", advice.repeated()) for _ in range(4)]
        self.assertEqual([answers[0]] * 5, answers)
        ledger, available, number = terminal.see()
        self.assertEqual((ledger, available, number), (before[0], before[1], before[2] + 2))

    def test_scenario_17_reversal_with_another_stan_reverses_once(self):
        terminal = self.host(0, self.customer())
        before = terminal.see()
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request))
        terminal.send(terminal.reversal(request))
        self.assertEqual(terminal.see()[0], before[0])

    def test_scenario_18_same_stan_other_amount(self):
        terminal = self.host(0, self.customer())
        request = terminal.withdrawal(20_00)
        approved = terminal.expect("00", request)
        fresh = terminal.withdrawal(30_00)
        terminal.expect("94", fresh.changed(stan=request.params["stan"]))
        terminal.expect("94", request.changed(amount=30_00))
        self.assertEqual(terminal.expect("00", request.repeated()), approved)
        self.assertEqual(terminal.see()[0], 80_00)

    def test_scenario_18_same_txid_other_terminal_is_no_stored_answer(self):
        card = self.customer()
        terminal = self.host(0, card)
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        other = self.host(1, card)
        answer = other.send(other.withdrawal(20_00).changed(txid=request.txid))
        self.assert_rc("94", answer)
        self.assertEqual(other.see()[0], 80_00)

    def test_confirmation_is_acknowledged_and_cash_leaves_the_books(self):
        terminal = self.host(0, self.customer())
        before = terminal.send(terminal.request("terminal.totals"))
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        during = terminal.send(terminal.request("terminal.totals"))
        self.assertEqual(during["dispense_clearing"] - before["dispense_clearing"], 50_00)
        advice = terminal.confirmation(request)
        first = terminal.expect("00", advice)
        self.assertEqual(terminal.expect("00", advice.repeated()), first)
        after = terminal.send(terminal.request("terminal.totals"))
        self.assertEqual(after["dispense_clearing"], before["dispense_clearing"])
        self.assertEqual(before["cash_balance"] - after["cash_balance"], 50_00)

    def test_partial_reversal_credits_the_rest(self):
        terminal = self.host(0, self.customer())
        request = terminal.withdrawal(100_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request, 60_00, "partial_dispense"))
        self.assertEqual(terminal.see()[0], 40_00)

    def test_reversal_of_more_than_was_approved_is_refused(self):
        terminal = self.host(0, self.customer())
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        advice = terminal.reversal(request)
        answer = terminal.send(advice.changed(amount=60_00))
        self.assertNotEqual(answer["rc"], "00")
        self.assertEqual(terminal.see()[0], 50_00)

    def test_scenario_24_two_terminals_one_account(self):
        card = self.customer(200_00)
        second = self.network.new_card(self.network.customer_of(card), card.accounts)
        terminals = [self.host(0, card), self.host(1, second)]
        approved = [0, 0]

        def drain(place):
            terminal = terminals[place]
            for _ in range(30):
                request = terminal.withdrawal(10_00)
                if terminal.settle(request)["rc"] == "00":
                    terminal.settle(terminal.confirmation(request))
                    approved[place] += 10_00

        threads = [threading.Thread(target=drain, args=(place,)) for place in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(sum(approved), 200_00)
        self.assertEqual(terminals[0].see()[:2], (0, 0))


class Cards(NetworkCase):
    shape = {"terminals": 2, "cards": 0, "middlewares": 2}

    def test_scenario_05_wrong_pin_three_times(self):
        card = self.network.new_customer("Someone")
        terminal, elsewhere = self.host(0), self.host(1)
        terminal.expect("55", terminal.session_open(card, "9999"))
        elsewhere.expect("55", elsewhere.session_open(card, "9998"))
        answer = terminal.expect("75", terminal.session_open(card, "9997"))
        self.assertTrue(answer["retain_card"])
        for one in (terminal, elsewhere):
            answer = one.expect("75", one.session_open(card))
            self.assertNotIn("session", answer)
            self.assertTrue(answer["retain_card"])

    def test_scenario_05_right_pin_gives_the_tries_back(self):
        card = self.network.new_customer("Someone")
        terminal = self.host(0)
        for _ in range(2):
            terminal.expect("55", terminal.session_open(card, "9999"))
            terminal.expect("55", terminal.session_open(card, "9999"))
            terminal.open(card)

    def test_scenario_05_repeating_a_wrong_pin_costs_one_try(self):
        card = self.network.new_customer("Someone")
        terminal = self.host(0)
        request = terminal.session_open(card, "9999")
        first = terminal.expect("55", request)
        for _ in range(4):
            self.assertEqual(terminal.expect("55", request.repeated()), first)
        terminal.open(card)

    def test_scenario_07_expired_card(self):
        card = self.network.new_customer("Someone", expiry="2001")
        terminal = self.host(0)
        terminal.expect("54", terminal.session_open(card))

    def test_scenario_07_lost_and_stolen_cards_are_kept(self):
        terminal = self.host(0)
        for status, rc in (("lost", "41"), ("stolen", "43")):
            card = self.network.new_customer("Someone")
            self.network.bankctl("card", "block", "--pan-stdin", "--reason", status,
                                 text=card.pan + "\n")
            self.assertTrue(terminal.expect(rc, terminal.session_open(card))["retain_card"])

    def test_scenario_07_unknown_iin(self):
        card = self.network.new_customer("Someone")
        card.pan = "9999000000000004"
        terminal = self.host(0)
        terminal.expect("92", terminal.session_open(card))
        answer = terminal.send(terminal.request("pin.key", iin="99990000"))
        self.assert_rc("92", answer)

    def test_scenario_22_old_pin_after_a_change(self):
        card = self.network.new_customer("Someone")
        terminal = self.host(0, card)
        terminal.expect("00", terminal.pin_change(card.pin, "8642"))
        terminal.expect("00", terminal.in_session("session.close"))
        terminal.expect("55", terminal.session_open(card))
        terminal.open(card, "8642")

    def test_scenario_22_pin_change_needs_the_old_pin(self):
        card = self.network.new_customer("Someone")
        terminal = self.host(0, card)
        terminal.expect("55", terminal.pin_change("9999", "8642"))
        terminal.open(card)

    def test_scenario_23_another_terminals_identity(self):
        card = self.network.new_customer("Someone")
        terminal = self.host(0, card)
        request = terminal.withdrawal(10_00)
        with self.assertRaises(RpcError) as refused:
            terminal.send(request.changed(terminal_id=self.network.terminal_ids[1]))
        self.assertEqual(refused.exception.code, -32002)
        self.assertEqual(refused.exception.data["rc"], "63")
        self.assertEqual(terminal.see()[0], self.network.balance)

    def test_scenario_23_session_of_another_terminal(self):
        card = self.network.new_customer("Someone")
        terminal, thief = self.host(0, card), self.host(1)
        thief.session, thief.account = terminal.session, terminal.account
        answer = thief.send(thief.withdrawal(10_00))
        self.assert_rc("63", answer)
        self.assertEqual(terminal.see()[0], self.network.balance)


class DepositsAndTransfers(NetworkCase):
    shape = {"terminals": 2, "cards": 2}

    def test_scenario_21_deposit_credits_match_the_notes(self):
        terminal = self.host(0, self.network.cards[0])
        ledger, _, number = terminal.see()
        cash = terminal.send(terminal.request("terminal.totals"))["cash_balance"]
        request = terminal.deposit(70_00)
        answer = terminal.expect("00", request)
        self.assertEqual(terminal.expect("00", request.repeated()), answer)
        self.assertEqual(terminal.see(), (ledger + 70_00, ledger + 70_00, number + 1))
        after = terminal.send(terminal.request("terminal.totals"))["cash_balance"]
        self.assertEqual(after - cash, 70_00)

    def test_scenario_21_notes_that_do_not_add_up(self):
        terminal = self.host(0, self.network.cards[0])
        before = terminal.see()
        request = terminal.deposit(70_00).changed(amount=80_00)
        try:
            self.assertIn(terminal.send(request)["rc"], ("13", "30"))
        except RpcError as error:
            self.assertEqual(error.code, -32602)
        self.assertEqual(terminal.see(), before)

    def test_scenario_21_deposit_given_back(self):
        terminal = self.host(0, self.network.cards[0])
        before = terminal.see()[0]
        request = terminal.deposit(70_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request, reason="returned"))
        self.assertEqual(terminal.see()[0], before)

    def test_transfer_moves_once_and_is_found_again(self):
        terminal = self.host(0, self.network.cards[0])
        before = terminal.see()[0]
        payee = self.network.cards[1].accounts[0]
        request = terminal.transfer(12_34, payee)
        answer = terminal.expect("00", request)
        self.assertEqual(answer["status"], "COMPLETED")
        self.assertEqual(terminal.expect("00", request.repeated()), answer)
        self.assertEqual(terminal.see()[0], before - 12_34)
        terminal.expect("00", terminal.in_session("session.close"))
        terminal.expect("00", terminal.request("network.sign_off"))
        status = terminal.send(terminal.transfer_status(request.txid))
        self.assertEqual((status["status"], status["amount"], status["rrn"]),
                         ("COMPLETED", 12_34, answer["rrn"]))
        self.assertEqual({"ledger_balance", "available_balance", "entry_no"} & status.keys(), set())

    def test_transfer_repeated_without_mark_gets_the_stored_answer(self):
        terminal = self.host(0, self.network.cards[0])
        payee = self.network.cards[1].accounts[0]
        before = terminal.see()[0]
        request = terminal.transfer(1_00, payee)
        answer = terminal.expect("00", request)
        self.assertEqual(terminal.expect("00", request), answer)
        terminal.expect("94", request.changed(amount=2_00))
        fresh = terminal.transfer(3_00, payee)
        terminal.expect("94", fresh.changed(stan=request.params["stan"]))
        self.assertEqual(terminal.see()[0], before - 1_00)

    def test_transfer_status_is_for_the_terminal_that_sent_it(self):
        terminal, other = self.host(0, self.network.cards[0]), self.host(1)
        request = terminal.transfer(1_00, self.network.cards[1].accounts[0])
        terminal.expect("00", request)
        self.assertNotIn("status", other.expect("63", other.transfer_status(request.txid)))
        cash = terminal.withdrawal(10_00)
        terminal.expect("00", cash)
        self.assertNotIn("status", terminal.expect("25", terminal.transfer_status(cash.txid)))
        terminal.expect("00", terminal.confirmation(cash))

    def test_days_are_noted_only_where_limits_were_used(self):
        payer, payee = (self.network.new_customer(name) for name in ("Payer", "Payee"))
        terminal = self.host(0, payer)
        terminal.expect("00", terminal.transfer(1_00, payee.accounts[0]))
        customers = ", ".join(str(self.network.customer_of(card)) for card in (payer, payee))
        days = self.network.postgres.query(
            "SELECT coalesce(daily_date::text, 'none') FROM bank.account "
            f"WHERE customer_id IN ({customers}) ORDER BY customer_id").split()
        self.assertEqual(days, [terminal.business_date, "none"])
        self.assertEqual(int(self.network.postgres.query(  # a session was opened, no cash taken
            f"SELECT count(usage_date) FROM bank.card WHERE customer_id IN ({customers})")), 0)

    def test_transfer_asked_about_before_it_arrives_is_refused_for_ever(self):
        terminal = self.host(0, self.network.cards[0])
        before = terminal.see()
        request = terminal.transfer(12_34, self.network.cards[1].accounts[0])
        status = terminal.send(terminal.transfer_status(request.txid))
        self.assertEqual(status["status"], "REJECTED")
        self.assert_rc("94", terminal.send(request))
        self.assertEqual(terminal.see(), before)

    def test_transfer_to_an_unknown_account(self):
        terminal = self.host(0, self.network.cards[0])
        before = terminal.see()
        payee = iban(self.network.bank_code, 9_999_999_998)
        answer = terminal.send(terminal.transfer(1, payee))
        self.assertEqual((answer["rc"], answer["status"], answer["reason"]),
                         ("76", "REJECTED", "AC01"))
        self.assertEqual(terminal.see(), before)


if __name__ == "__main__":
    unittest.main()
