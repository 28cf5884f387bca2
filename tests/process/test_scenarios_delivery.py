"""Scenarios about answers that are lost, late or asked for again, by catalogue number."""

import unittest

from case import NetworkCase
from proxy import DOWN, UP
from wire import Lost, RpcError


class AnswerLost(NetworkCase):
    shape = {"terminals": 1, "cards": 1, "proxied_banks": True}

    def setUp(self):
        self.proxy = self.network.proxy(self.network.middlewares[0])
        self.terminal = self.host(0, self.network.cards[0], addresses=[self.proxy.address],
                                  timeout=2.0)
        self.before = self.terminal.see()

    def decided(self, request, phase=0):
        return self.network.postgres.query(
            f"SELECT count(*) FROM bank.decision WHERE txid = '{request.txid}' AND phase = {phase}"
        ).strip()

    def lose_answer(self, request):
        """The request arrives and is decided, its answer never comes back."""
        self.proxy.drop(DOWN)
        with self.assertRaises(Lost):
            self.terminal.send(request)
        self.proxy.release()
        self.assertEqual(self.decided(request), "1")

    def test_scenario_15_asked_again_the_stored_answer_comes(self):
        request = self.terminal.withdrawal(10_00)
        self.lose_answer(request)
        answer = self.terminal.expect("00", request.repeated())
        self.assertEqual(answer["entry_no"], self.before[2] + 1)
        self.assertEqual(answer["ledger_balance"], self.before[0] - 10_00)
        self.assertEqual(self.terminal.expect("00", request.repeated()), answer)
        self.assertEqual(self.terminal.see()[0], self.before[0] - 10_00)

    def test_scenario_15_reversed_instead(self):
        request = self.terminal.withdrawal(10_00)
        self.lose_answer(request)
        self.terminal.expect("00", self.terminal.reversal(request))
        self.assertEqual(self.terminal.see()[0], self.before[0])

    def test_scenario_15_request_lost_then_reversed(self):
        request = self.terminal.withdrawal(10_00)
        self.proxy.drop(UP)
        with self.assertRaises(Lost):
            self.terminal.send(request)
        self.proxy.release()
        self.assertEqual(self.decided(request), "0")
        self.terminal.expect("25", self.terminal.reversal(request))
        self.terminal.expect("94", request.repeated())
        self.assertEqual(self.terminal.see(), self.before)

    def test_scenario_15_lost_between_middleware_and_bank(self):
        request = self.terminal.withdrawal(10_00)
        link = self.network.bank_proxies[0]
        link.drop(DOWN)
        with self.assertRaises((Lost, RpcError)):
            self.terminal.send(request)
        link.release()
        link.cut()
        answer = self.terminal.settle(request.repeated())
        self.assert_rc("00", answer)
        self.assertEqual(answer["entry_no"], self.before[2] + 1)
        self.assertEqual(self.terminal.see()[0], self.before[0] - 10_00)

    def test_scenario_15_reversal_acknowledgement_lost(self):
        request = self.terminal.withdrawal(10_00)
        self.terminal.expect("00", request)
        advice = self.terminal.reversal(request)
        self.proxy.drop(DOWN)
        with self.assertRaises(Lost):
            self.terminal.send(advice)
        self.proxy.release()
        self.terminal.expect("00", advice.repeated())
        self.assertEqual(self.terminal.see()[0], self.before[0])

    def test_bank_unreachable_is_91_and_nothing_happened(self):
        link = self.network.bank_proxies[0]
        link.refuse = True
        link.cut()
        self.terminal.timeout = 10.0
        self.terminal.close()
        with self.assertRaises(RpcError) as refused:
            self.terminal.send(self.terminal.withdrawal(10_00))
        self.assertEqual(refused.exception.data.get("rc"), "91")
        link.release()
        self.terminal.settle(self.terminal.request("network.echo"))
        self.assertEqual(self.terminal.see(), self.before)

    def test_slow_links_only_delay(self):
        self.proxy.delay_seconds = self.network.bank_proxies[0].delay_seconds = 0.1
        self.terminal.expect("00", self.terminal.withdrawal(10_00))
        self.network.bank_proxies[0].release()


class IssuerKilled(NetworkCase):
    shape = {"terminals": 1, "cards": 1}

    def crash_on(self, point):
        terminal = self.host(0, self.network.cards[0], timeout=5.0)
        before = terminal.see()
        server = self.network.bank_servers[0]
        server.restart(crash_at=point)
        request = terminal.withdrawal(10_00)
        with self.assertRaises((Lost, RpcError)):
            terminal.send(request)
        server.wait_death()
        stored = self.network.postgres.query(
            f"SELECT rc, entry_no FROM bank.decision WHERE txid = '{request.txid}'").strip()
        server.start()
        answer = terminal.settle(request.repeated())
        self.assert_rc("00", answer)
        self.assertEqual(terminal.see()[0], before[0] - 10_00)
        return stored, answer

    def test_scenario_20_killed_after_its_commit(self):
        for point in ("bank.commit_received", "bank.answer_sent"):
            with self.subTest(point):
                stored, answer = self.crash_on(point)
                self.assertEqual(stored, f"00|{answer['entry_no']}")
                self.assertTrue(answer["authorization_id"])

    def test_scenario_20_killed_before_its_commit(self):
        for point in ("bank.before_begin", "bank.after_begin"):
            with self.subTest(point):
                self.assertEqual(self.crash_on(point)[0], "")


class IssuerKilledWithAnother(NetworkCase):
    shape = {"terminals": 1, "cards": 1, "bank_servers": 2}

    def test_scenario_20_the_other_server_answers_the_same_authorization(self):
        terminal = self.host(0, self.network.cards[0])
        for server in self.network.bank_servers:
            before = terminal.see()
            server.restart(crash_at="bank.commit_received")
            while server.alive:
                request = terminal.withdrawal(10_00)
                answer = terminal.expect("00", request)
                self.assertEqual(terminal.expect("00", request.repeated()), answer)
                terminal.expect("00", terminal.reversal(request))
            server.start()
            self.assertEqual(terminal.see()[0], before[0])


if __name__ == "__main__":
    unittest.main()
