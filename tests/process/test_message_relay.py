"""The real message-relay between a client with one bank's certificate and a server with another's
that answers every request with its parameters: each fault, each command, and what it refuses."""

import json
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import paths
from message_proxy import ECHO, server_context
from pki import Authority
from processes import wait_until
from relay import Refused, Relay, credentials, free_address
from test_message_proxy import CALLED, CALLER, SILENCE, STRANGER, EchoBank
from wire import Identity, Lost, RpcClient

LINK = "alder>birch"
PAN, PIN_BLOCK = "9276000100000016", "eyJhbGciOiJFQ0RILUVTIn0.canary"


class RelayCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="tw-test-relay-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.ca = Authority(folder / "pki")
        cls.ca("init")
        cls.folders = {code: cls.ca.issue("bank", code) for code in (CALLER, CALLED, STRANGER)}

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tw-test-relay-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.bank = self.start_bank()
        self.address = free_address()
        self.relay = self.start_relay([self.link(LINK, [self.address], [self.bank.address])])

    def start_bank(self):
        bank = EchoBank(server_context(self.folders[CALLED], self.ca.root))
        self.addCleanup(bank.close)
        return bank

    def start_relay(self, links, **more):
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        relay = Relay(folder, links, self.ca.root, self.ca.folder / "crl.pem", **more)
        self.addCleanup(relay.close)
        return relay

    def link(self, name, listen, to, **more):
        return {"name": name, "listen": listen, "to": to, "expect": "bank",
                "server": credentials(self.folders[CALLED]),
                "client": credentials(self.folders[CALLER]), **more}

    def connect(self, code=CALLER, address=None):
        client = RpcClient(address or self.address, Identity(self.folders[code], self.ca.root), 5)
        self.addCleanup(client.close)
        return client.connect()

    def assert_silent(self, client, number):
        with self.assertRaises(Lost):
            client.receive(number, SILENCE)


class TestPassing(RelayCase):
    def test_both_sides_see_each_others_certificates(self):
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})
        self.assertEqual(self.bank.callers, [f"tellerwire://bank/{CALLER}"])

    def test_requests_pass_unchanged(self):
        self.connect().call("work", {"number": 1, "deadline_ms": 1234})
        self.assertEqual(self.bank.requests, [{
            "jsonrpc": "2.0", "id": 1, "method": "work",
            "params": {"number": 1, "deadline_ms": 1234}}])

    def test_caller_with_another_identity_gets_nothing(self):
        with self.assertRaises(Lost):
            self.connect(STRANGER).call("work", {"number": 1})
        self.assertEqual(self.bank.requests, [])

    def test_target_of_another_kind_gets_nothing(self):
        address = free_address()
        self.start_relay([self.link("x", [address], [self.bank.address], expect="agent")])
        with self.assertRaises(Lost):
            self.connect(address=address).call("work", {"number": 1})
        self.assertEqual(self.bank.requests, [])

    def test_target_that_ends_ends_the_connection(self):
        client = self.connect()
        client.call("work", {"number": 1})
        self.bank.hang_up()
        self.assertEqual(client.read_line(5), b"")

    def test_target_that_does_not_listen_ends_the_connection(self):
        self.bank.close()
        with self.assertRaises(Lost):
            self.connect().call("work", {"number": 1})

    def test_one_listener_leads_to_the_next_target_each_time(self):
        other, address = self.start_bank(), free_address()
        self.start_relay([self.link("x", [address], [self.bank.address, other.address])])
        for number in (1, 2):
            self.connect(address=address).call("work", {"number": number})
        self.assertEqual((self.bank.numbers(), other.numbers()), ([1], [2]))

    def test_target_that_is_down_is_passed_over_when_there_is_another(self):
        other, address = self.start_bank(), free_address()
        self.start_relay([self.link("x", [address], [self.bank.address, other.address])])
        self.bank.close()
        for number in (1, 2):
            self.connect(address=address).call("work", {"number": number})
        self.assertEqual(other.numbers(), [1, 2])

    def test_listeners_lead_to_their_own_targets(self):
        other, addresses = self.start_bank(), [free_address(), free_address()]
        self.start_relay([self.link("x", addresses, [self.bank.address, other.address])])
        for number in (1, 2):
            self.connect(address=addresses[1]).call("work", {"number": number})
        self.assertEqual((self.bank.numbers(), other.numbers()), ([], [1, 2]))


class TestRules(RelayCase):
    def test_lost_request_never_arrives(self):
        rule = self.relay.rule("lose", "work", times=1)
        client = self.connect()
        first, second = (client.send("work", {"number": number}) for number in (1, 2))
        self.assertEqual(client.receive(second), {"number": 2})
        self.assertEqual(self.bank.numbers(), [2])
        self.assert_silent(client, first)
        self.assertEqual(self.relay.ask(do="hits", rule=rule)["hits"], 1)

    def test_lost_answer_was_decided_all_the_same(self):
        rule = self.relay.rule("lose", "work", "answer", times=1)
        client = self.connect()
        number = client.send("work", {"number": 1})
        self.assertTrue(self.relay.wait(rule)["ok"])
        self.assertEqual(self.bank.numbers(), [1])
        self.assert_silent(client, number)

    def test_any_method_does_not_mean_echoes(self):
        self.relay.rule("lose")
        client = self.connect()
        client.call(ECHO, {})
        self.assert_silent(client, client.send("work", {"number": 1}))

    def test_rule_is_for_its_link_method_and_direction(self):
        self.relay.rule("lose", "other")
        self.relay.rule("lose", "w?rk", "answer", link="a*h", times=1)
        self.relay.rule("lose", "w*", times=1, chance_permille=0)
        client = self.connect()
        first = client.send("work", {"number": 1})
        self.assertEqual(client.call("work", {"number": 2}), {"number": 2})
        self.assert_silent(client, first)
        self.assertEqual(self.bank.numbers(), [1, 2])

    def test_delayed_message_is_overtaken(self):
        self.relay.rule("delay", "work", ms=200, times=1)
        client = self.connect()
        numbers = [client.send("work", {"number": number}) for number in (1, 2)]
        for number in numbers:
            client.receive(number)
        self.assertEqual(self.bank.numbers(), [2, 1])

    def test_duplicated_request_arrives_more_often_and_is_answered_once(self):
        self.relay.rule("duplicate", "work", copies=2, times=1)
        client = self.connect()
        self.assertEqual(client.call("work", {"number": 1}), {"number": 1})
        wait_until(lambda: self.bank.numbers() == [1, 1, 1], lambda: str(self.bank.numbers()))
        self.relay.traced(2, fate="dropped")
        client.send("work", {"number": 2})
        self.assertEqual(json.loads(client.read_line())["result"], {"number": 2})

    def test_copies_may_come_later(self):
        self.relay.rule("duplicate", "work", copies=1, ms=100, times=1)
        client = self.connect()
        for number in (1, 2):
            client.call("work", {"number": number})
        wait_until(lambda: len(self.bank.requests) == 3, lambda: str(self.bank.numbers()))
        self.assertEqual(self.bank.numbers(), [1, 2, 1])

    def test_duplicated_answer_comes_twice(self):
        self.relay.rule("duplicate", "work", "answer")
        client = self.connect()
        client.send("work", {"number": 1})
        lines = [client.read_line() for _ in range(2)]
        self.assertEqual(lines[0], lines[1])

    def test_reordered_messages_change_places(self):
        self.relay.rule("reorder", "work")
        client = self.connect()
        numbers = [client.send("work", {"number": number}) for number in range(4)]
        for number in numbers:
            client.receive(number)
        self.assertEqual(self.bank.numbers(), [1, 0, 3, 2])

    def test_reordered_message_is_passed_by_one_of_another_connection(self):
        rule = self.relay.rule("reorder", "work", times=1, ms=20000)
        one, other = self.connect(), self.connect()
        number = one.send("work", {"number": 1})
        self.relay.wait(rule)
        other.call("work", {"number": 2})
        self.assertEqual(one.receive(number), {"number": 1})
        first, second = self.relay.traced(2, way="request")
        self.assertEqual((first["fate"], second["fate"]), ("delivered", "reordered"))
        self.assertLess(second["at_us"], first["at_us"])

    def test_message_without_a_next_one_is_not_held_for_ever(self):
        self.relay.rule("reorder", "work", ms=100)
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})

    def test_changed_members_are_what_arrives(self):
        self.relay.rule("change", "work", set={"number": 7, "gone": None, "new": "x"})
        answer = self.connect().call("work", {"number": 1, "gone": True, "kept": 0})
        self.assertEqual(answer, {"number": 7, "kept": 0, "new": "x"})

    def test_end_of_a_rule_lets_go_what_it_holds(self):
        rule = self.relay.rule("reorder", "work", ms=20000)
        client = self.connect()
        number = client.send("work", {"number": 1})
        self.relay.wait(rule)
        self.relay.ask(do="end", rule=rule)
        self.assertEqual(client.receive(number), {"number": 1})
        self.assertEqual(client.call("work", {"number": 2}), {"number": 2})

    def test_end_ends_all_rules(self):
        self.relay.rule("lose")
        self.relay.rule("lose", which="answer")
        self.relay.ask(do="end")
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})

    def test_wait_says_when_it_was_too_short(self):
        rule = self.relay.rule("lose")
        answer = self.relay.wait(rule, 1, 10)
        self.assertEqual((answer["ok"], answer["hits"]), (False, 0))

    def test_chance_is_that_of_the_seed(self):
        def play(seed):
            address = free_address()
            relay = self.start_relay([self.link("x", [address], [self.bank.address])], seed=seed)
            self.bank.requests.clear()
            relay.rule("lose", "work", chance_permille=500)
            client = self.connect(address=address)
            for number in range(20):
                client.send("work", {"number": number})
            client.call(ECHO, {})
            return [number for number in self.bank.numbers() if number is not None]

        one, again, other = play(1), play(1), play(2)
        self.assertEqual(one, again)
        self.assertNotEqual(one, other)
        self.assertLess(len(one), 20)


class TestCuts(RelayCase):
    def test_cut_link_ends_connections_and_takes_none(self):
        client = self.connect()
        client.call("work", {"number": 1})
        self.relay.ask(do="cut", link=LINK)
        with self.assertRaises(Lost):
            client.call("work", {"number": 2})
        with self.assertRaises(Lost):
            self.connect().call(ECHO, {})
        self.relay.ask(do="heal", link=LINK)
        self.assertEqual(self.connect().call("work", {"number": 3}), {"number": 3})

    def test_silent_link_answers_not_even_echoes(self):
        client = self.connect()
        client.call("work", {"number": 1})
        self.relay.ask(do="cut", how="silent")
        self.assert_silent(client, client.send(ECHO, {}))
        self.assert_silent(self.connect(), 1)
        self.relay.ask(do="heal")
        self.assertEqual(self.connect().call("work", {"number": 3}), {"number": 3})
        self.assertEqual(self.bank.numbers(), [1, 3])

    def test_connections_that_were_silent_end_when_the_link_is_healed(self):
        client = self.connect()
        client.call("work", {"number": 1})
        self.relay.ask(do="cut", how="silent")
        self.assert_silent(client, client.send("work", {"number": 2}))
        client = self.connect()
        self.relay.ask(do="heal")
        self.assertEqual(client.read_line(5), b"")

    def test_what_waits_is_cut_with_its_link(self):
        rule = self.relay.rule("delay", "work", ms=20000)
        self.connect().send("work", {"number": 1})
        self.relay.wait(rule)
        self.relay.ask(do="cut")
        self.relay.traced(1, fate="cut", method="work", way="request")
        self.assertEqual(self.bank.requests, [])

    def test_cut_is_for_the_links_of_its_pattern(self):
        address = free_address()
        relay = self.start_relay([self.link("one", [address], [self.bank.address]),
                                  self.link("two", [free_address()], [self.bank.address])])
        relay.ask(do="cut", link="tw*")
        self.assertEqual([(link["name"], link["cut"]) for link in relay.ask(do="links")["links"]],
                         [("one", False), ("two", True)])
        self.assertEqual(self.connect(address=address).call("work", {"number": 1}), {"number": 1})


class TestTrace(RelayCase):
    def test_request_and_answer_have_one_number_and_rising_times(self):
        before = self.relay.ask(do="now")["at_us"]
        self.connect().call("work", {"txid": "t", "amount": 5, "rc": "51"})
        request, answer = self.relay.traced(2)
        self.assertEqual({key: request[key] for key in ("link", "way", "method", "txid", "fate")},
                         {"link": LINK, "way": "request", "method": "work", "txid": "t",
                          "fate": "delivered"})
        self.assertEqual(request["brief"], {"amount": 5, "rc": "51"})
        self.assertEqual((answer["way"], answer["rc"], answer["txid"]), ("answer", "51", "t"))
        self.assertEqual(request["call"], answer["call"])
        times = [before, request["at_us"], request["passed_us"], answer["at_us"],
                 self.relay.ask(do="now")["at_us"]]
        self.assertEqual(times, sorted(times))

    def test_error_of_the_target_passes_and_is_traced_by_its_number(self):
        self.relay.rule("change", "work", "answer", set={"x": 1})
        self.bank.error = {"code": -32003, "message": "busy"}
        client = self.connect()
        client.send("work", {})
        self.assertEqual(json.loads(client.read_line())["error"], self.bank.error)
        self.assertEqual(self.relay.traced(1, way="answer")[0]["error"], -32003)

    def test_echoes_are_not_traced(self):
        client = self.connect()
        client.call(ECHO, {})
        client.call("work", {})
        self.assertEqual([entry["method"] for entry in self.relay.traced(2)], ["work", "work"])

    def test_fates_are_told(self):
        self.relay.rule("lose", "a")
        self.relay.rule("duplicate", "b", copies=2)
        self.relay.rule("change", "c", set={"amount": 2})
        client = self.connect()
        client.send("a", {})
        client.call("b", {})
        client.call("c", {"amount": 1})
        lost, = self.relay.traced(1, fate="lost")
        doubled, = self.relay.traced(1, fate="duplicated")
        changed, = self.relay.traced(1, fate="changed")
        self.assertEqual((lost["method"], lost["rule"], "passed_us" in lost), ("a", 1, False))
        self.assertEqual((doubled["copies"], doubled["rule"]), (2, 2))
        self.assertEqual((changed["brief"], changed["was"]), ({"amount": 2}, {"amount": 1}))

    def test_secrets_stay_out(self):
        self.relay.rule("change", "c", set={"pan": PAN, "reason": PAN})
        client = self.connect()
        secrets = {"pan": PAN, "pin_block": PIN_BLOCK, "session": "canary-session",
                   "reason": PAN, "remittance": "to a person", "amount": 1}
        for method in ("work", "c"):
            client.call(method, secrets)
        self.relay.traced(4)
        for text in (self.relay.trace_path.read_text(encoding="utf-8"), self.relay.log()):
            for secret in (PAN, "canary", "person"):
                self.assertNotIn(secret, text)

    def test_what_waits_at_the_end_is_traced_as_cut(self):
        rule = self.relay.rule("delay", ms=20000)
        self.connect().send("work", {})
        self.relay.wait(rule)
        self.assertEqual(self.relay.close(), 0)
        self.assertEqual([entry["fate"] for entry in self.relay.trace()], ["cut"])


class TestCommands(RelayCase):
    def test_wrong_commands_are_refused_with_the_reason(self):
        for command, reason in (
                ({"do": "dance"}, "do: no such command"),
                ({"do": "now", "x": 1}, "unknown member 'x'"),
                ({"do": "cut", "link": "nobody"}, "link: no link matches 'nobody'"),
                ({"do": "cut", "how": "loudly"}, "how: not one of close, silent"),
                ({"do": "rule"}, "what: missing"),
                ({"do": "rule", "what": "delay"}, "ms: missing"),
                ({"do": "rule", "what": "lose", "ms": 1}, "ms: only for"),
                ({"do": "rule", "what": "lose", "times": 0}, "times: not an integer"),
                ({"do": "rule", "what": "change"}, "set: missing"),
                ({"do": "rule", "what": "change", "set": []}, "set: not an object"),
                ({"do": "rule", "what": "lose", "which": "both"}, "which: not one of"),
                ({"do": "hits", "rule": 99}, "rule: there is none"),
                ({"do": "wait", "rule": "1", "ms": 1}, "rule: not an integer")):
            with self.subTest(command=command), self.assertRaisesRegex(Refused, reason):
                self.relay.ask(**command)
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})

    def test_line_that_is_not_json_is_refused_and_the_next_is_answered(self):
        self.relay.process.stdin.write(b"{\n")
        self.relay.process.stdin.flush()
        self.assertIn("error", json.loads(self.relay.process.stdout.readline()))
        self.assertTrue(self.relay.ask(do="now")["ok"])

    def test_commands_are_answered_in_their_order_while_one_waits(self):
        rule = self.relay.rule("lose", "work")
        for command in ({"do": "wait", "rule": rule, "ms": 20000}, {"do": "hits", "rule": rule}):
            self.relay.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.relay.process.stdin.flush()
        self.connect().send("work", {})
        answers = [json.loads(self.relay.process.stdout.readline()) for _ in range(2)]
        self.assertEqual([answer["hits"] for answer in answers], [1, 1])

    def test_reload_takes_the_new_revocation_list(self):
        self.ca("crl")
        self.assertTrue(self.relay.ask(do="reload")["ok"])
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})

    def test_end_of_input_and_sigterm_end_it_cleanly(self):
        self.assertEqual(self.relay.close(), 0)
        relay = self.start_relay([self.link("x", [free_address()], [self.bank.address])])
        relay.process.send_signal(signal.SIGTERM)
        self.assertEqual(relay.process.wait(10), 0)


class TestConfiguration(RelayCase):
    def refusal(self, document):
        path = self.folder / "bad.json"
        text = document if isinstance(document, str) else json.dumps(document)
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([paths.binary("message-relay"), "--config", path],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def test_files_that_are_missing_are_named(self):
        bad = self.link("x", [free_address()], [self.bank.address])
        bad["client"] = {"certificate": "no.pem", "key": "no.pem"}
        whole = {"root": str(self.ca.root), "crl": str(self.ca.folder / "crl.pem"), "links": [bad]}
        self.assertRegex(self.refusal(whole), r"link x: .*no\.pem")

    def test_address_in_use_is_named(self):
        whole = {"root": str(self.ca.root), "crl": str(self.ca.folder / "crl.pem"),
                 "links": [self.link("x", [self.address], [self.bank.address])]}
        self.assertIn(self.address, self.refusal(whole))

    def test_wrong_documents_are_refused_with_the_place(self):
        self.assertIn("byte 1", self.refusal("{"))
        self.assertIn("links: not a list", self.refusal({}))
        self.assertIn("links[0]: unknown member 'colour'", self.refusal(
            {"links": [{"colour": "red"}]}))


if __name__ == "__main__":
    unittest.main()
