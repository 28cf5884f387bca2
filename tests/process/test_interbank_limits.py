"""What a peer may owe: reached, raised, never exceeded, and no hindrance to what gives back. And who
earns what at a terminal of a third bank. Scenarios 30 and 31."""

import threading
import unittest

from banks import INTERCHANGE, PEER_LIMIT, SURCHARGE, decimal, items, minor
from case import BanksCase
from message_proxy import ANSWERS, REQUESTS
from processes import wait_until
from test_interbank import booked
from test_interbank_faults import entries, waiting

FEES = SURCHARGE + INTERCHANGE


def owed(network, peer):
    """What a peer owes this bank; negative: what this bank owes the peer."""
    return next(minor(row["owed"]) for row in network.bankctl("peers")
                if row["peer"] == peer.bank_code)


def limit(network, peer, amount):
    """Room for so much more than the peer owes already."""
    network.bankctl("peer", "limit", peer.bank_code, decimal(max(0, owed(network, peer) + amount)))


class Limits(BanksCase):
    shape = {"count": 2, "terminals": 2, "cards": 2}

    def setUp(self):
        self.even_out()
        self.home = self.host(self.alder, self.alder.cards[0])
        self.guest = self.host(self.alder, self.birch.cards[0], number=1)

    def even_out(self):
        """Nobody owes anybody, no limit is near."""
        for one, other in ((self.alder, self.birch), (self.birch, self.alder)):
            one.bankctl("peer", "limit", other.bank_code, decimal(PEER_LIMIT))
        debt = owed(self.alder, self.birch)
        if debt:
            payer, payee = ((self.alder, self.birch) if debt > 0 else (self.birch, self.alder))
            terminal = self.host(payer, payer.cards[1])
            request = terminal.transfer(abs(debt), payee.cards[1].accounts[0])
            self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")

    def assert_nothing_posted(self, request):
        self.banks.settle()
        for network in self.banks:
            self.assertEqual(entries(network, request.txid), 0, network.bank_code)

    def test_scenario_30_withdrawal(self):
        limit(self.alder, self.birch, 100_00)
        request = self.guest.withdrawal(110_00)
        self.guest.expect("91", request)
        self.assertEqual(self.banks.proxy(self.birch).seen(request.method, REQUESTS, request.txid),
                         [])
        self.assert_nothing_posted(request)
        limit(self.alder, self.birch, 110_00 + FEES)
        request = self.guest.withdrawal(110_00)
        self.guest.expect("00", request)
        self.assertEqual(owed(self.alder, self.birch), 110_00 + FEES)
        self.guest.expect("91", self.guest.withdrawal(10_00))
        self.guest.expect("00", self.guest.reversal(request))

    def test_scenario_30_transfer(self):
        limit(self.birch, self.alder, 50_00)
        payee = self.birch.cards[0].accounts[0]
        before = self.balance(self.alder.cards[0])
        request = self.home.transfer(50_01, payee)
        answer = self.home.send(request)
        self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", "AM14"))
        self.assertEqual(entries(self.birch, request.txid), 0)
        self.assertEqual(self.balance(self.alder.cards[0]), before)
        limit(self.birch, self.alder, 50_01)
        self.assertEqual(self.home.send(request.repeated())["reason"], "AM14")
        again = self.home.transfer(50_01, payee)
        self.assertEqual(self.home.expect("00", again)["status"], "COMPLETED")

    def test_scenario_30_deposit(self):
        limit(self.birch, self.alder, 50_00)
        request = self.guest.deposit(60_00)
        self.guest.expect("61", request)
        self.assert_nothing_posted(request)
        limit(self.birch, self.alder, 60_00)
        request = self.guest.deposit(60_00)
        self.guest.expect("00", request)
        self.guest.expect("00", self.guest.reversal(request))

    def test_limit_reached_while_the_issuer_decides_is_reversed(self):
        proxy = self.banks.proxy(self.birch)
        before = self.balance(self.birch.cards[0])
        answer = proxy.hold("withdrawal.request", ANSWERS, times=1)
        request = self.guest.withdrawal(50_00)
        number = self.guest.client().send(request.method, request.params)
        answer.wait()
        limit(self.alder, self.birch, 0)
        answer.end()
        self.assert_rc("91", self.guest.client().receive(number))
        self.banks.settle()
        self.assertEqual(self.balance(self.birch.cards[0]), before)
        self.assertEqual(owed(self.alder, self.birch), 0)

    def test_reversals_and_returns_pass_at_the_limit(self):
        withdrawal, deposit = self.guest.withdrawal(50_00), self.guest.deposit(30_00)
        for request in (withdrawal, deposit):
            self.guest.expect("00", request)
        out = self.home.transfer(20_00, self.birch.cards[0].accounts[0])
        payer = self.host(self.birch, self.birch.cards[1])
        back = payer.transfer(10_00, self.alder.cards[0].accounts[0])
        for terminal, request in ((self.home, out), (payer, back)):
            self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")
        for one, other in ((self.alder, self.birch), (self.birch, self.alder)):
            one.bankctl("peer", "limit", other.bank_code, "0.00")
        for request in (withdrawal, deposit):
            self.guest.expect("00", self.guest.reversal(request))
        self.birch.bankctl("transfer", "return", out.txid)
        self.alder.bankctl("transfer", "return", back.txid)
        self.banks.settle()
        for terminal, request in ((self.home, out), (payer, back)):
            status = terminal.send(terminal.transfer_status(request.txid))["status"]
            self.assertEqual(status, "RETURNED")
        self.assertEqual(owed(self.alder, self.birch), 0)
        self.even_out()

    def test_suspended_peer_gets_nothing_new_but_what_is_under_way_ends(self):
        request = self.guest.withdrawal(50_00)
        self.guest.expect("00", request)
        self.alder.bankctl("peer", "suspend", self.birch.bank_code)
        self.guest.expect("91", self.guest.withdrawal(10_00))
        rejected = self.home.send(self.home.transfer(5_00, self.birch.cards[0].accounts[0]))
        self.assertEqual((rejected["status"], rejected["reason"]), ("REJECTED", "RC01"))
        self.guest.expect("00", self.guest.reversal(request))
        self.banks.settle()
        self.assertEqual(owed(self.alder, self.birch), 0)
        self.alder.bankctl("peer", "resume", self.birch.bank_code)
        self.guest.expect("00", self.guest.deposit(10_00))


class LimitUnderLoad(BanksCase):
    """Two bank servers with two lanes each: four stripes are in use at once."""

    shape = {"count": 2, "terminals": 6, "cards": 6, "bank_servers": 2}

    def all_at_once(self, work):
        """work(number), each on a thread of its own."""
        failures = []

        def run(number):
            try:
                work(number)
            except BaseException as failure:  # told below
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(failures, [])

    def test_transfers_never_exceed_it_and_use_all_of_it(self):
        limit(self.birch, self.alder, 20_05)
        completed = []

        def pay(number):
            terminal = self.host(self.alder, self.alder.cards[number], number)
            for _ in range(15):
                request = terminal.transfer(50, self.birch.cards[number].accounts[0])
                answer = terminal.settle(request)
                self.assertIn(answer.get("reason"), (None, "AM14"))
                completed.append(answer["status"] == "COMPLETED")

        start = owed(self.birch, self.alder)
        self.all_at_once(pay)
        self.assertEqual(sum(completed), 20_05 // 50)
        self.assertEqual(owed(self.birch, self.alder), start + 20_00)

    def test_withdrawals_never_exceed_it_and_use_all_of_it(self):
        most = 20 * (10_00 + FEES) + 5_00
        limit(self.alder, self.birch, most)
        start = owed(self.alder, self.birch)

        def withdraw(number):
            terminal = self.host(self.alder, self.birch.cards[number], number)
            for _ in range(8):
                request = terminal.withdrawal(10_00)
                if terminal.settle(request)["rc"] == "00":
                    terminal.expect("00", terminal.confirmation(request))
                self.assertLessEqual(owed(self.alder, self.birch), start + most)

        self.all_at_once(withdraw)
        terminal = self.host(self.alder, self.birch.cards[0])
        while owed(self.alder, self.birch) - start < 20 * (10_00 + FEES):
            terminal.expect("00", terminal.withdrawal(10_00))
        terminal.expect("91", terminal.withdrawal(10_00))


class ThreeBanks(BanksCase):
    """Scenario 31: a card of birch at alder's terminal pays accounts everywhere."""

    shape = {"count": 3, "terminals": 1, "cards": 1,
             "waits": {"issuer_wait_ms": 15000, "beneficiary_wait_ms": 800}}

    def setUp(self):
        self.card = self.birch.cards[0]
        self.terminal = self.host(self.alder, self.card)
        self.before = self.balance(self.card)
        self.income, self.expense = booked(self.alder, "FeeInc"), booked(self.birch, "FeeExp")

    def pay(self, network, amount=30_00):
        payee = network.new_account(network.customer_of(network.cards[0]))
        return self.terminal.transfer(amount, payee)

    def assert_earned(self, times):
        self.assertEqual(self.income - booked(self.alder, "FeeInc"), times * FEES)
        self.assertEqual(booked(self.birch, "FeeExp") - self.expense, times * INTERCHANGE)
        self.assertEqual(booked(self.birch, "Transit"), 0)

    def completed(self, network):
        request = self.pay(network)
        answer = self.terminal.expect("00", request)
        self.assertEqual((answer["status"], answer["surcharge"]), ("COMPLETED", SURCHARGE))
        self.assertEqual(self.terminal.send(request.repeated())["status"], "COMPLETED")
        self.banks.settle()
        self.assertEqual(self.balance(self.card), self.before - 30_00 - SURCHARGE)
        self.assert_earned(1)
        return request

    def test_scenario_31_payee_at_a_third_bank(self):
        request = self.completed(self.cedar)
        self.assertEqual([amount for txid, _, amount in items(self.alder, self.birch)
                          if txid == request.txid], [FEES])
        self.assertEqual([amount for txid, _, amount in items(self.cedar, self.birch)
                          if txid == request.txid], [30_00])
        self.assertEqual(items(self.alder, self.cedar), {})

    def test_scenario_31_payee_at_the_terminals_bank(self):
        request = self.completed(self.alder)
        self.assertEqual(sorted(amount for txid, _, amount in items(self.alder, self.birch)
                                if txid == request.txid), [FEES, 30_00])

    def test_scenario_31_payee_at_the_cards_bank(self):
        self.completed(self.birch)

    def test_scenario_31_pending_earns_when_it_completes(self):
        self.banks.proxy(self.cedar).lose("transfer.*", ANSWERS, times=1)
        request = self.pay(self.cedar)
        self.assertEqual(self.terminal.expect("00", request)["status"], "PENDING")
        self.assertEqual(self.income, booked(self.alder, "FeeInc"))
        self.assertEqual(waiting(self.alder), [("transfer.status", request.txid)])
        self.banks.settle()
        self.assertEqual(self.terminal.send(request.repeated())["status"], "COMPLETED")
        self.assert_earned(1)

    def test_scenario_31_rejected_earns_nothing(self):
        request = self.pay(self.cedar)
        self.cedar.bankctl("account", "close", request.params["to_account"])
        answer = self.terminal.send(request)
        self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", "AC04"))
        self.banks.settle()
        self.assertEqual(self.balance(self.card), self.before)
        self.assert_earned(0)

    def test_repeat_is_told_its_outcome_though_it_would_be_refused_now(self):
        """Else the terminal would sign on again and pay a second time."""
        request = self.completed(self.cedar)
        self.alder.bankctl("bank", "advance-date")
        self.assertEqual(self.terminal.send(request.repeated())["status"], "COMPLETED")
        late = self.pay(self.cedar)
        self.terminal.expect("90", late)
        self.assertEqual(self.balance(self.card), self.before - 30_00 - SURCHARGE)
        self.terminal.sign_on()
        again = self.terminal.transfer(30_00, late.params["to_account"])
        self.assertEqual(self.terminal.expect("00", again)["status"], "COMPLETED")

    def test_scenario_31_fees_stay_when_it_is_returned(self):
        request = self.completed(self.cedar)
        self.cedar.bankctl("transfer", "return", request.txid)
        self.banks.settle()
        status = self.terminal.send(self.terminal.transfer_status(request.txid))
        self.assertEqual(status["status"], "RETURNED")
        self.assertEqual(self.balance(self.card), self.before - SURCHARGE)
        self.assert_earned(1)


class Backlog(BanksCase):
    """Birch is away for long: what is for it waits, what is for cedar does not."""

    shape = {"count": 3, "terminals": 2, "cards": 1, "balance": 10_000_00}
    messages = 500

    def test_500_messages_wait_and_drain_and_hold_up_nobody(self):
        card, other = self.birch.cards[0], self.cedar.cards[0]
        before = self.balance(card), self.balance(other)
        terminal, second = self.host(self.alder, card), self.host(self.alder, other, number=1)
        requests = [terminal.withdrawal(10_00) for _ in range(self.messages)]
        for request in requests:
            terminal.expect("00", request)
        proxy = self.banks.proxy(self.birch)
        proxy.refuse = True
        proxy.cut()
        for request in requests:
            terminal.expect("00", terminal.reversal(request))
        self.assertEqual(len(waiting(self.alder)), self.messages)
        request = second.withdrawal(10_00)
        second.expect("00", request)
        second.expect("00", second.reversal(request))
        wait_until(lambda: self.balance(other) == before[1], "cedar has its reversal", 5)
        self.assertEqual(len(waiting(self.alder)), self.messages)
        proxy.refuse = False
        wait_until(lambda: not waiting(self.alder), lambda: f"{len(waiting(self.alder))} wait", 30)
        self.assertEqual(self.balance(card), before[0])


if __name__ == "__main__":
    unittest.main()
