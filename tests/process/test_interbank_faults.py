"""One message between two banks is lost, late, early, or answered by a server that dies; numbers
are those of the scenario catalogue. Whatever happens, tearDown demands that both books agree."""

import re
import threading
import unittest

from banks import INTERCHANGE, PEER_LIMIT, SURCHARGE, decimal, hurry
from case import BanksCase
from history import account_number
from message_proxy import ANSWERS, REQUESTS
from processes import wait_until
from wire import RpcError

REQUEST, REVERSAL, OUTCOME, CREDIT, RETURN, FEE = 0, 2, 4, 5, 6, 7  # phases of a decision
WAITS = {"issuer_wait_ms": 800, "beneficiary_wait_ms": 800}


def decided(network, txid, phase):
    """The response code, or "" when there is no such decision."""
    return network.postgres.query("SELECT rc FROM bank.decision WHERE txid = "
                                  f"'{txid}' AND phase = {phase}").strip()


def entries(network, txid):
    return int(network.postgres.query(f"SELECT count(*) FROM bank.entry WHERE txid = '{txid}'"))


def waiting(network):
    """(method, txid) of the messages for peers."""
    return [(row["method"], row["txid"]) for row in network.bankctl("saf")]


class Issuer(BanksCase):
    """Birch's cards at alder's terminals."""

    shape = {"count": 2, "terminals": 2, "cards": 2, "waits": WAITS}

    def begin(self):
        """(terminal, proxy before the issuer, balance)"""
        card = self.birch.cards[0]
        return (self.host(self.alder, card), self.banks.proxy(self.birch), self.balance(card))

    def assert_whole(self, before):
        """The card's account is as before, and no cash is in doubt."""
        self.banks.heal()
        self.banks.settle()
        self.assertEqual(self.balance(self.birch.cards[0]), before)
        self.assertEqual(self.alder.bankctl("suspects"), [])

    def test_scenario_13_silent_issuer_is_reversed_when_it_is_back(self):
        terminal, proxy, before = self.begin()
        silence = proxy.lose("withdrawal.*", REQUESTS)
        request = terminal.withdrawal(50_00)
        terminal.expect("91", request)
        silence.wait(2)
        self.assertEqual(waiting(self.alder), [("withdrawal.reverse", request.txid)])
        silence.end()
        self.banks.settle()
        self.assertEqual(decided(self.birch, request.txid, REVERSAL), "25")
        self.assertEqual(entries(self.birch, request.txid), 0)
        self.assertEqual(entries(self.alder, request.txid), 0)
        terminal.expect("91", request.repeated())
        self.assert_whole(before)

    def test_scenario_13_stopped_issuer(self):
        terminal, _, before = self.begin()
        server = self.birch.bank_servers[0]
        server.freeze()
        requests = [terminal.withdrawal(50_00), terminal.deposit(20_00)]
        for request in requests:
            terminal.expect("91", request)
        server.thaw()
        self.assert_whole(before)
        for request in requests:
            terminal.expect("91", request.repeated())

    def test_issuer_that_cannot_be_reached(self):
        terminal, proxy, before = self.begin()
        proxy.refuse = True
        proxy.cut()
        requests = [terminal.withdrawal(50_00), terminal.deposit(50_00)]
        for request in [*requests, terminal.balance()]:
            terminal.expect("91", request)
        self.assert_whole(before)
        for request in requests:
            terminal.expect("91", request.repeated())
            self.assertEqual(entries(self.birch, request.txid), 0)

    def test_approval_under_a_used_stan_is_reversed(self):
        """A terminal that lost its journal counts from one again."""
        terminal = self.host(self.alder, self.alder.cards[0])
        earlier = terminal.deposit(10_00)
        terminal.expect("00", earlier)
        terminal, _, before = self.begin()
        for request in (terminal.withdrawal(50_00), terminal.deposit(50_00)):
            terminal.expect("94", request.changed(stan=earlier.params["stan"]))
        self.assert_whole(before)

    def test_scenario_14_late_approval_is_68_and_pays_nothing(self):
        terminal, proxy, before = self.begin()
        late = proxy.hold("withdrawal.request", ANSWERS)
        logged = self.late_approvals()
        request = terminal.withdrawal(50_00)
        terminal.expect("91", request)
        self.assertEqual(decided(self.birch, request.txid, REQUEST), "00")
        late.end()
        server = self.alder.bank_servers[0]
        wait_until(lambda: any('"approval too late"' in line and request.txid in line
                               and '"68"' in line for line in server.log().splitlines()),
                   server.log_tail)
        self.assertEqual(self.late_approvals(), logged + 1)
        terminal.expect("91", request.repeated())
        self.assert_whole(before)

    def late_approvals(self):
        metrics = self.alder.bank_servers[0].metrics()
        return int(re.search(r"^tellerwire_late_approvals_total (\d+)$", metrics, re.MULTILINE)[1])

    def test_scenario_15_answer_to_the_acquirer_lost(self):
        terminal, proxy, before = self.begin()
        for request in (terminal.withdrawal(50_00), terminal.deposit(40_00)):
            proxy.lose(request.method, ANSWERS, times=1)
            terminal.expect("91", request)
            self.assertEqual(decided(self.birch, request.txid, REQUEST), "00")
        self.assert_whole(before)

    def test_scenario_15_answer_to_the_terminal_lost(self):
        terminal, proxy, before = self.begin()
        request = terminal.withdrawal(50_00)
        answers = proxy.hold("withdrawal.request", ANSWERS, times=1)
        terminal.client().send(request.method, request.params)
        answers.wait()
        terminal.close()
        answers.end()
        answer = terminal.settle(request.repeated())
        self.assert_rc("00", answer)
        self.assertEqual(answer["ledger_balance"], before - 50_00 - SURCHARGE)
        terminal.expect("00", terminal.confirmation(request))
        self.assertEqual(self.balance(self.birch.cards[0]), before - 50_00 - SURCHARGE)

    def test_terminal_reverses_what_it_heard_nothing_of(self):
        terminal, proxy, before = self.begin()
        answers = proxy.hold("withdrawal.request", ANSWERS, times=1)
        request = terminal.withdrawal(50_00)
        terminal.client().send(request.method, request.params)
        answers.wait()
        terminal.close()
        terminal.expect("00", terminal.reversal(request))
        answers.end()
        self.assert_whole(before)
        terminal.expect("94", request.repeated())

    def test_scenario_16_reversal_overtakes_its_original(self):
        terminal, proxy, before = self.begin()
        for request in (terminal.withdrawal(50_00), terminal.deposit(40_00)):
            with self.subTest(request.method):
                slow = proxy.hold(request.method, REQUESTS, times=1)
                terminal.expect("91", request)
                self.banks.settle()
                self.assertEqual(decided(self.birch, request.txid, REVERSAL), "25")
                answered = proxy.counts[ANSWERS, request.method]
                slow.end()
                proxy.wait(request.method, ANSWERS, answered + 1)
                late = proxy.seen(request.method, ANSWERS)[-1].content
                self.assert_rc("94", late["result"])
                self.assertEqual(entries(self.birch, request.txid), 0)
        self.assert_whole(before)

    def test_scenario_17_reversal_delivered_five_times(self):
        terminal, proxy, before = self.begin()
        for request in (terminal.withdrawal(50_00), terminal.deposit(40_00)):
            advice = terminal.reversal(request)
            lost = proxy.lose(advice.method, ANSWERS, times=4)
            terminal.expect("00", request)
            terminal.expect("00", advice)
            for count in range(1, 5):
                lost.wait(count)
                hurry(self.alder)
            self.banks.settle()
            sent = proxy.seen(advice.method, REQUESTS, request.txid)
            self.assertEqual([one.params.get("repeat", False) for one in sent],
                             [False, True, True, True, True])
        self.assert_whole(before)

    def test_reversal_lost_for_a_while_is_delivered_by_itself(self):
        terminal, proxy, before = self.begin()
        proxy.lose("withdrawal.reverse", REQUESTS, times=1)
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request))
        proxy.wait("withdrawal.reverse", REQUESTS, 2)  # after its five seconds, unasked
        wait_until(lambda: not waiting(self.alder), lambda: waiting(self.alder))
        self.assertEqual(self.balance(self.birch.cards[0]), before)

    def test_repeat_of_an_approval_is_approved_whatever_changed_meanwhile(self):
        """Other fees, no room, a suspended or silent issuer: what was said first is said again."""
        terminal, proxy, before = self.begin()
        withdrawal, deposit = terminal.withdrawal(20_00), terminal.deposit(20_00)
        first = [terminal.expect("00", request) for request in (withdrawal, deposit)]

        def repeat():
            for request, answer in zip((withdrawal, deposit), first):
                again = terminal.expect("00", request.repeated())
                self.assertEqual(again["entry_no"], answer["entry_no"])

        birch = self.birch.bank_code
        for change, back in ((("bank", "surcharge", "2.00"),
                              ("bank", "surcharge", decimal(SURCHARGE))),
                             (("peer", "limit", birch, "0.00"),
                              ("peer", "limit", birch, decimal(PEER_LIMIT))),
                             (("peer", "suspend", birch), ("peer", "resume", birch))):
            with self.subTest(change):
                self.alder.bankctl(*change)
                repeat()
                self.alder.bankctl(*back)
        proxy.refuse = True
        proxy.cut()
        repeat()
        self.banks.heal()
        terminal.expect("00", terminal.reversal(withdrawal))
        terminal.expect("00", terminal.reversal(deposit))
        self.assert_whole(before)

    def test_changed_answer_is_not_booked_but_reversed(self):
        terminal, proxy, before = self.begin()
        for member, value in (("amount", 60_00), ("surcharge", 0), ("window_no", 5000)):
            with self.subTest(member):
                def lie(content, member=member, value=value):
                    content["result"][member] = value
                    return content

                proxy.change("withdrawal.request", ANSWERS, lie, times=1)
                request = terminal.withdrawal(50_00)
                terminal.expect("91", request)
                terminal.expect("91", request.repeated())
        self.assert_whole(before)

    def test_reversal_of_a_closed_account_waits_until_it_is_reopened(self):
        card = self.birch.new_customer("Closes her account", balance=52_00 - 50)
        account = card.accounts[0]
        terminal = self.host(self.alder, card)
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        self.assertEqual(self.balance(card), 0)
        closed = self.birch.run_bankctl("account", "close", account)
        if closed.returncode != 0:
            self.skipTest("an account with a foreign withdrawal is not closed")
        terminal.expect("00", terminal.reversal(request))
        proxy = self.banks.proxy(self.birch)
        proxy.wait("withdrawal.reverse", ANSWERS)
        hurry(self.alder)
        self.assertEqual(waiting(self.alder), [("withdrawal.reverse", request.txid)])
        self.birch.bankctl("account", "reopen", account)
        self.banks.settle()
        self.assertEqual(self.balance(card), 50_00 + SURCHARGE)


class TwoIssuerServers(BanksCase):
    shape = {"count": 2, "terminals": 1, "cards": 2, "bank_servers": 2}

    def test_scenario_20_issuer_killed_after_its_commit(self):
        """The other server of the issuer is asked again and gives the stored answer."""
        card = self.birch.cards[0]
        terminal = self.host(self.alder, card)
        before = self.balance(card)
        armed = self.birch.bank_servers[0]
        armed.restart(crash_at="bank.commit_received:2")
        self.banks.wait_peers()
        done = 0
        while armed.alive:
            request = terminal.withdrawal(10_00)
            answer = terminal.expect("00", request)
            done += 1
            self.assertEqual(answer["ledger_balance"], before - done * (10_00 + SURCHARGE))
            self.assertLess(done, 40, "the armed server is never asked")
            terminal.expect("00", terminal.confirmation(request))
        self.assertEqual(self.balance(card), before - done * (10_00 + SURCHARGE))
        repeats = self.banks.proxy(self.birch).seen("withdrawal.request", REQUESTS, request.txid)
        # at least: the dead server may have been tried over its other link first
        self.assertGreaterEqual(len(repeats), 2)


class Beneficiary(BanksCase):
    """Transfers from alder to birch."""

    shape = {"count": 2, "terminals": 2, "cards": 2, "waits": WAITS}

    def setUp(self):
        self.payer, self.payee = self.alder.cards[0], self.birch.cards[0]
        self.terminal = self.host(self.alder, self.payer)
        self.proxy = self.banks.proxy(self.birch)
        self.before = self.balance(self.payer), self.balance(self.payee)

    def transfer(self, amount=25_00, **more):
        return self.terminal.transfer(amount, self.payee.accounts[0], **more)

    def status(self, request):
        answer = self.terminal.send(self.terminal.transfer_status(request.txid))
        return answer["status"], answer.get("reason")

    def wait_status(self, request, status, reason=None):
        def check():
            hurry(self.alder)
            return self.status(request) == (status, reason)

        wait_until(check, lambda: f"{request.txid} is {status}, not {self.status(request)}")

    def moved(self):
        """(paid, received) since the test began"""
        return (self.before[0] - self.balance(self.payer),
                self.balance(self.payee) - self.before[1])

    def pending(self, **more):
        request = self.transfer(**more)
        answer = self.terminal.expect("00", request)
        self.assertEqual(answer["status"], "PENDING")
        return request

    def rejected(self, account, reason, **more):
        request = self.transfer(**more).changed(to_account=account)
        for answer in (self.terminal.send(request), self.terminal.send(request.repeated())):
            self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", reason))
        self.assertEqual(self.status(request), ("REJECTED", reason))
        self.assertEqual(self.moved()[0], 0)

    def test_scenario_27_closed_payee(self):
        card = self.birch.new_customer("Has closed his account")
        self.birch.bankctl("account", "withdraw", card.accounts[0], decimal(self.balance(card)))
        self.birch.bankctl("account", "close", card.accounts[0])
        self.rejected(card.accounts[0], "AC04")

    def test_scenario_27_payee_in_another_currency(self):
        account = self.birch.new_account(self.birch.customer_of(self.payee))

        def trade_in(currency):
            self.birch.postgres.query(f"UPDATE bank.account SET currency = '{currency}' WHERE "
                                      f"account_id = {account_number(account)}")

        trade_in("USD")
        self.rejected(account, "AM03")
        trade_in("EUR")

    def test_scenario_28_lost_answer_becomes_one_credit(self):
        self.proxy.lose("transfer.*", ANSWERS, times=2)
        request = self.pending()
        self.assertEqual(self.status(request), ("PENDING", None))
        self.assertEqual(self.terminal.send(request.repeated())["status"], "PENDING")
        self.assertEqual(waiting(self.alder), [("transfer.credit", request.txid)])
        self.wait_status(request, "COMPLETED")
        self.assertEqual(self.terminal.send(request.repeated())["status"], "COMPLETED")
        self.assertEqual(self.moved(), (25_00, 25_00))
        self.assertEqual(len(self.proxy.seen("transfer.credit", REQUESTS, request.txid)), 1)

    def test_scenario_29_late_transfer_after_its_inquiry_is_refused(self):
        slow = self.proxy.hold("transfer.credit", REQUESTS, times=1)
        request = self.pending()
        self.wait_status(request, "REJECTED", "AB05")
        self.assertEqual(self.moved(), (0, 0))
        slow.end()
        self.proxy.wait("transfer.credit", ANSWERS,
                        self.proxy.counts[REQUESTS, "transfer.credit"])
        late = self.proxy.seen("transfer.credit", ANSWERS)[-1].content["result"]
        self.assertEqual((late["rc"], late["status"]), ("94", "REFUSED"))
        self.assertEqual(self.moved(), (0, 0))
        self.assertEqual(self.terminal.send(request.repeated())["status"], "REJECTED")

    def test_bank_that_cannot_be_reached_rejects_at_once(self):
        self.proxy.refuse = True
        self.proxy.cut()
        request = self.transfer()
        answer = self.terminal.send(request)
        self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", "AB05"))
        self.assertEqual(self.moved(), (0, 0))
        self.assertEqual(waiting(self.alder), [])

    def test_stopped_beneficiary_means_pending_then_one_final_state(self):
        server = self.birch.bank_servers[0]
        server.freeze()
        request = self.pending()
        server.thaw()
        self.banks.settle()
        status, _ = self.status(request)
        self.assertIn(status, ("COMPLETED", "REJECTED"))
        self.assertEqual(self.moved(), (25_00, 25_00) if status == "COMPLETED" else (0, 0))

    def test_transfer_delivered_twice_is_credited_once(self):
        self.proxy.duplicate("transfer.credit", REQUESTS, times=1)
        request = self.transfer()
        self.assertEqual(self.terminal.expect("00", request)["status"], "COMPLETED")
        self.proxy.wait("transfer.credit", ANSWERS, 2)
        self.assertEqual(self.moved(), (25_00, 25_00))

    def test_changed_outcome_is_not_booked(self):
        """The beneficiary's bank lies about the amount: it stays unknown, nothing is adjusted."""
        def lie(content):
            content["result"]["amount"] = 1_00
            return content

        lies = self.proxy.change("transfer.*", ANSWERS, lie, times=2)
        request = self.pending()
        hurry(self.alder)
        lies.wait(2)
        self.assertEqual(self.status(request), ("PENDING", None))
        self.wait_status(request, "COMPLETED")
        self.assertEqual(self.moved(), (25_00, 25_00))

    def completed(self):
        request = self.transfer()
        self.assertEqual(self.terminal.expect("00", request)["status"], "COMPLETED")
        return request

    def test_scenario_38_returned(self):
        request = self.completed()
        self.proxy_of_alder().duplicate("transfer.return", REQUESTS, times=1)
        for _ in range(2):
            self.birch.bankctl("transfer", "return", request.txid)
        self.banks.settle()
        self.assertEqual(self.status(request), ("RETURNED", None))
        self.assertEqual(self.moved(), (0, 0))
        self.birch.bankctl("transfer", "return", request.txid)
        self.banks.settle()
        self.assertEqual(self.moved(), (0, 0))

    def proxy_of_alder(self):
        return self.banks.proxy(self.alder)

    def test_scenario_38_return_lost_and_repeated(self):
        request = self.completed()
        self.proxy_of_alder().lose("transfer.return", REQUESTS, times=1)
        self.proxy_of_alder().lose("transfer.return", ANSWERS, times=1)
        self.birch.bankctl("transfer", "return", request.txid)
        self.banks.settle()
        self.assertEqual(self.status(request), ("RETURNED", None))
        self.assertEqual(self.moved(), (0, 0))

    def test_return_that_overtakes_the_completion(self):
        self.proxy.lose("transfer.*", ANSWERS, times=1)
        request = self.pending()
        self.birch.bankctl("transfer", "return", request.txid)
        hurry(self.birch)
        self.proxy_of_alder().wait("transfer.return", ANSWERS)
        self.banks.settle()
        self.assertEqual(self.status(request), ("RETURNED", None))
        self.assertEqual(self.moved(), (0, 0))

    def test_return_to_a_payer_who_closed_the_account(self):
        payer = self.alder.new_customer("Leaves", balance=25_00)
        terminal = self.host(self.alder, payer, number=1)
        request = terminal.transfer(25_00, self.payee.accounts[0])
        self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")
        self.alder.bankctl("account", "close", payer.accounts[0])
        self.birch.bankctl("transfer", "return", request.txid)
        self.banks.settle()
        self.assertEqual(decided(self.alder, request.txid, RETURN), "00")

    def test_what_cannot_be_returned(self):
        spent = self.birch.new_customer("Spends it", balance=0)
        request = self.terminal.transfer(25_00, spent.accounts[0])
        self.terminal.expect("00", request)
        self.birch.bankctl("account", "withdraw", spent.accounts[0], "20.00")
        for txid, reason in ((request.txid, "51|funds"), (self.terminal.transfer(1, "").txid,
                                                          "no incoming")):
            refused = self.birch.run_bankctl("transfer", "return", txid)
            self.assertNotEqual(refused.returncode, 0, refused.stdout)
            self.assertRegex(refused.stderr, reason)


class Misuse(BanksCase):
    """A terminal and a peer that ask for what is not theirs."""

    shape = {"count": 2, "terminals": 2, "cards": 1}

    def test_another_terminals_transfer_is_not_told(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        request = terminal.transfer(5_00, self.alder.cards[0].accounts[0])
        terminal.expect("00", request)
        other = self.host(self.alder, number=1)
        self.assert_rc("63", other.send(other.transfer_status(request.txid, terminal.account)))

    def test_concurrent_repeats_have_one_winner(self):
        """The same request over two middleware connections at once: one debit, the same answer."""
        card = self.birch.cards[0]
        terminal = self.host(self.alder, card)
        before = self.balance(card)
        request = terminal.withdrawal(30_00)
        answers = []

        def ask():
            again = self.host(self.alder)
            answers.append(again.settle(request))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual([answer["rc"] for answer in answers], ["00"] * 4)
        self.assertEqual(self.balance(card), before - 30_00 - SURCHARGE)
        self.assertEqual({answer["entry_no"] for answer in answers}, {answers[0]["entry_no"]})

    def test_fees_are_no_terminals_business(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        request = terminal.withdrawal(10_00, surcharge=1, interchange=INTERCHANGE)
        with self.assertRaises(RpcError):
            terminal.send(request)


if __name__ == "__main__":
    unittest.main()
