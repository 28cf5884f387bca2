"""What the settlement agent takes from banks and what it refuses, with played banks."""

import unittest

from agent import tampered
from agent_case import EUR, AgentCase
from wire import Identity, Lost, RpcClient, RpcError


class SubmissionCase(AgentCase):
    def setUp(self):
        super().setUp()
        self.window = self.agent.cut_over()
        self.positions = self.matrix({(self.two, self.one): 30 * EUR,
                                      (self.one, self.two): 10 * EUR,
                                      (self.three, self.one): 5 * EUR})

    def stored(self):
        return self.agent.postgres.query("SELECT window_no, bank_code, revision FROM"
                                         " agent.submission ORDER BY 1, 2, 3")

    def assert_refused(self, rc, send, *arguments, **options):
        """Refused with this rc, and nothing is stored."""
        before = self.stored()
        answer = send(*arguments, **options)
        self.assert_rc(rc, answer)
        self.assertTrue(answer["reason"], answer)
        self.assertEqual(self.stored(), before)
        return answer

    def send_signed(self, changed=None, **options):
        """Bank one's positions of this window, with a payload that is changed before it is signed."""
        payload = {**self.one.positions(self.window, self.positions[self.one]), **(changed or {})}
        return self.one.send(self.window, self.one.sign(payload, **options))


class Senders(SubmissionCase):
    spoils = True

    def test_stranger_is_not_let_in_on_anything(self):
        stranger = self.agent.bank("90000009", register=False)
        self.assert_refused("63", stranger.submit, self.window, {self.one: (0, 0)})
        self.assert_rc("63", stranger.status(self.window))
        account = stranger.account()
        self.assert_rc("63", account)
        self.assertNotIn("reserve", account)

    def test_only_banks_may_connect(self):
        for kind, name in (("middleware", "mw1"), ("operator", "90000001/alice"),
                           ("terminal", "90000001/00000017"), ("agent", "settlement")):
            folder = self.agent.authority.holder(kind, name)
            if not folder.exists():
                self.agent.authority.issue(kind, name)
            with self.subTest(kind), self.assertRaises(Lost):
                client = RpcClient(self.agent.processes[0].address,
                                   Identity(folder, self.agent.root)).connect()
                self.addCleanup(client.close)
                client.call("rpc.ping", {})

    def test_participant_that_came_later_is_no_member_of_the_window(self):
        late = self.agent.bank("90000004", reserve=EUR)
        self.assert_refused("63", late.submit, self.window, {self.one: (0, 0)})
        self.submit_all(self.window, {})
        self.agent.wait_final(self.window)


class Statements(SubmissionCase):
    def test_forged_statement_is_refused(self):
        payload = self.one.positions(self.window, self.positions[self.one])
        good = self.one.sign(payload)
        forged = {
            "payload changed": tampered(good, net=0),
            "signed by a peer, with our certificate": self.two.sign(payload),
            "unsigned": good.rpartition(".")[0] + ".",
            "no JWS": "nonsense",
            "another type": self.one.sign(payload, kind="tellerwire-totals"),
            "another algorithm": self.one.sign(payload, algorithm="none"),
        }
        for what, statement in forged.items():
            with self.subTest(what):
                self.assert_refused("63", self.one.send, self.window, statement)

    def test_statement_of_another_bank_is_refused(self):
        payload = self.two.positions(self.window, self.positions[self.two])
        with self.subTest("signed by the peer, sent by us"):
            self.assert_refused("63", self.one.send, self.window, self.two.sign(payload),
                                certificate=self.two.certificate)
        with self.subTest("signed by us in the peer's name"):
            self.assert_refused("63", self.one.send, self.window, self.one.sign(payload))

    def test_statement_must_be_whole_and_add_up(self):
        listed = self.one.positions(self.window, self.positions[self.one])["positions"]
        wrong = {
            "net": {"net": 24 * EUR + 1},
            "currency": {"currency": "USD"},
            "a peer is missing": {"positions": listed[:1], "net": 20 * EUR},
            "a peer twice": {"positions": listed + listed[:1], "net": 45 * EUR},
            "about itself": {"positions": listed + [{**listed[0], "peer": self.one.code}],
                             "net": 45 * EUR},
            "a stranger owes": {"positions": listed + [{**listed[0], "peer": "90000008"}],
                                "net": 45 * EUR},
            "negative": {"positions": [{**listed[0], "debit_amount": -1}, listed[1]],
                         "net": 0},
            "no revision": {"revision": 0},
            "something more": {"comment": "none"},
        }
        for what, changed in wrong.items():
            with self.subTest(what):
                self.assert_refused("30", self.send_signed, changed)
        with self.subTest("another window"):
            self.assert_refused("30", self.send_signed, {"window_no": self.window + 1})

    def test_empty_position_about_a_stranger_does_no_harm(self):
        payload = self.one.positions(self.window, {**self.positions[self.one], "90000008": (0, 0)})
        self.assert_rc("00", self.one.send(self.window, self.one.sign(payload)))


class Windows(SubmissionCase):
    def test_window_that_is_not_closed_is_refused(self):
        for ahead in (1, 2, 1000):
            with self.subTest(ahead):
                answer = self.assert_refused("90", self.one.submit, self.window + ahead,
                                             self.positions[self.one])
                self.assertEqual(answer["status"], "OPEN")
                self.assertEqual(answer["open_window_no"], self.window + 1)

    def test_same_content_gets_the_same_answer_and_other_content_94(self):
        first = self.one.submit(self.window, self.positions[self.one], revision=2)
        self.assert_rc("00", first)
        before = self.stored()
        self.assertEqual(self.one.submit(self.window, self.positions[self.one], revision=2), first)
        self.assertEqual(self.stored(), before)
        other = self.matrix({(self.two, self.one): 1})[self.one]
        for revision in (2, 1):
            with self.subTest(revision):
                self.assert_refused("94", self.one.submit, self.window, other, revision=revision)
        self.assert_rc("00", self.one.submit(self.window, other, revision=3))

    def test_status_tells_who_is_missing(self):
        self.one.submit(self.window, self.positions[self.one])
        for bank, submitted in ((self.one, True), (self.two, False)):
            answer = bank.status(self.window)
            self.assert_rc("00", answer)
            self.assertEqual(answer["status"], "CLOSED")
            self.assertEqual(answer.get("submitted", False), submitted)
            self.assertEqual([one["bank_code"] for one in answer["missing"]],
                             [self.two.code, self.three.code])
            self.assertNotIn("finality", answer)

    def test_final_window_gives_the_stored_result_whatever_is_sent(self):
        for bank in self.banks:
            bank.submit(self.window, self.positions[bank])
        self.agent.wait_final(self.window)
        text = self.one.finality(self.window)["text"]
        same = self.one.submit(self.window, self.positions[self.one])
        self.assert_rc("00", same)
        self.assertEqual((same["status"], same["finality"]), ("SETTLED", text))
        other = self.assert_refused("94", self.one.submit, self.window,
                                    self.matrix({})[self.one], revision=7)
        self.assertEqual((other["status"], other["finality"]), ("SETTLED", text))

    def test_result_says_the_same_to_everybody_for_ever(self):
        for bank in self.banks:
            bank.submit(self.window, self.positions[bank])
        self.agent.wait_final(self.window)
        results = [bank.finality(self.window) for bank in self.banks]
        self.assertEqual([one["net"] for one in results], [25 * EUR, -20 * EUR, -5 * EUR])
        self.assertEqual([one["reserve"] for one in results], self.reserves())
        self.assertEqual({pair["peer"]: (pair["net"], pair["settled"])
                          for pair in results[0]["pairs"]},
                         {self.two.code: (20 * EUR, True), self.three.code: (5 * EUR, True)})
        self.agent.processes[0].restart()
        again = [bank.finality(self.window)["text"] for bank in self.banks]
        self.assertEqual(again, [one["text"] for one in results])


class Wire(SubmissionCase):
    def test_wrong_requests_are_errors(self):
        for method, params, code in (("settlement.submit", {"window_no": 1}, -32602),
                                     ("settlement.status", {"window_no": 0}, -32602),
                                     ("settlement.status", {"window_no": 1, "bank": "x"}, -32602),
                                     ("settlement.settle", {}, -32601),
                                     ("balance.inquiry", {}, -32601)):
            with self.subTest(method, params=params), self.assertRaises(RpcError) as caught:
                self.one.call(method, **params)
            self.assertEqual(caught.exception.code, code)

    def test_ping_and_discover_answer(self):
        client = RpcClient(self.agent.processes[0].address, self.one.identity)
        self.addCleanup(client.close)
        self.assertEqual(client.call("rpc.ping", {}), {})
        methods = {one["name"] for one in client.call("rpc.discover", {})["methods"]}
        self.assertIn("settlement.submit", methods)

    def test_account_tells_what_is_there(self):
        self.fund((70 * EUR, 20 * EUR))
        answer = self.one.account()
        self.assertEqual({key: answer[key] for key in ("rc", "currency", "reserve", "prefunding",
                                                       "cap", "status")},
                         {"rc": "00", "currency": "EUR", "reserve": 70 * EUR,
                          "prefunding": 20 * EUR, "cap": 20 * EUR, "status": "ACTIVE"})


class Disputes(AgentCase):
    def disputed(self, answer):
        return [one["bank_code"] for one in answer.get("disputed", [])]

    def test_contradicting_positions_are_told_to_both_until_one_gives_way(self):
        window = self.agent.cut_over()
        right = self.matrix({(self.two, self.one): 30 * EUR})
        wrong = self.matrix({(self.two, self.one): 29 * EUR})
        self.assert_rc("00", self.one.submit(window, right[self.one]))
        answer = self.two.submit(window, wrong[self.two])
        self.assert_rc("95", answer)
        self.assertEqual(self.disputed(answer), [self.one.code])
        self.three.submit(window, right[self.three])
        for bank, other in ((self.one, self.two), (self.two, self.one)):
            answer = bank.status(window)
            self.assert_rc("95", answer)
            self.assertEqual((answer["status"], self.disputed(answer)), ("CLOSED", [other.code]))
        self.assert_rc("00", self.three.status(window))
        self.assert_rc("94", self.two.submit(window, right[self.two], revision=1))
        self.assert_rc("00", self.two.submit(window, right[self.two], revision=2))
        self.agent.wait_final(window)
        self.assertEqual(self.nets(window), [30 * EUR, -30 * EUR, 0])

    def test_counts_that_differ_are_a_contradiction_too(self):
        window = self.agent.cut_over()
        owed = {(self.two, self.one): 30 * EUR}
        self.submit_all(window, owed, [self.one, self.three])
        payload = self.two.positions(window, self.matrix(owed)[self.two])
        payload["positions"][0]["credit_count"] = 2
        self.assert_rc("95", self.two.send(window, self.two.sign(payload)))
        self.assert_rc("00", self.two.submit(window, self.matrix(owed)[self.two], revision=2))
        self.agent.wait_final(window)

    def test_three_banks_that_contradict_each_other(self):
        window = self.agent.cut_over()
        answers = [bank.submit(window, {peer: (EUR, 0) for peer in self.banks if peer is not bank})
                   for bank in self.banks]
        self.assertEqual([one["rc"] for one in answers], ["00", "95", "95"])
        self.assertEqual(self.disputed(self.one.status(window)), [self.two.code, self.three.code])
        positions = self.matrix({(self.three, self.one): EUR})
        for bank in self.banks:
            bank.submit(window, positions[bank], revision=2)
        self.agent.wait_final(window)
        self.assertEqual(self.nets(window), [EUR, 0, -EUR])


if __name__ == "__main__":
    unittest.main()
