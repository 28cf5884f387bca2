"""The message proxy is a tool of other tests: each of its faults is shown between a client with one
bank's certificate and a server with another's that answers every request with its parameters."""

import contextlib
import json
import shutil
import socket
import ssl
import tempfile
import threading
import unittest
from pathlib import Path

from message_proxy import ANSWERS, ECHO, REQUESTS, MessageProxy, server_context
from pki import Authority
from wire import Identity, Lost, RpcClient

CALLER, CALLED, STRANGER = "90000001", "90000002", "90000003"
SILENCE = 0.3  # seconds without an answer that must not come


class EchoBank:
    """Answers in the order of arrival; keeps what it was asked and by whom."""

    def __init__(self, context):
        self.requests, self.callers = [], []
        self.error = None  # what it answers in place of a result
        self._context = context
        self._connections = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def hang_up(self):
        """Ends all its connections."""
        for one in self._connections:
            with contextlib.suppress(OSError):  # ended already
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, plain):
        try:
            with self._context.wrap_socket(plain, server_side=True) as one:
                self._connections.append(one)
                self.callers.append(dict(one.getpeercert()["subjectAltName"])["URI"])
                for line in one.makefile("rb"):
                    request = json.loads(line)
                    self.requests.append(request)
                    answer = {"jsonrpc": "2.0", "id": request["id"], "result": request["params"]}
                    if self.error is not None:
                        answer["error"] = self.error
                        del answer["result"]
                    one.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            return

    def numbers(self):
        return [request["params"].get("number") for request in self.requests]


class MessageProxyCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="tw-test-messages-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.ca = Authority(folder / "pki")
        cls.ca("init")
        cls.folders = {code: cls.ca.issue("bank", code) for code in (CALLER, CALLED, STRANGER)}

    def setUp(self):
        self.bank = EchoBank(server_context(self.folders[CALLED], self.ca.root))
        self.addCleanup(self.bank.close)
        self.proxy = MessageProxy([self.bank.address], "127.0.0.1", self.folders[CALLED],
                                  {CALLER: self.folders[CALLER]}, self.ca.root)
        self.addCleanup(self.proxy.close)

    def connect(self, code=CALLER):
        client = RpcClient(self.proxy.addresses[0], Identity(self.folders[code], self.ca.root), 5)
        self.addCleanup(client.close)
        return client.connect()

    def assert_silent(self, client, number):
        with self.assertRaises(Lost):
            client.receive(number, SILENCE)

    def test_both_sides_see_each_others_certificates(self):
        client = self.connect()
        self.assertEqual(client.call("work", {"number": 1}), {"number": 1})
        self.assertEqual(self.bank.callers, [f"tellerwire://bank/{CALLER}"])
        self.assertEqual(self.proxy.counts[REQUESTS, "work"], 1)
        self.assertEqual(self.proxy.counts[ANSWERS, "work"], 1)

    def test_bank_that_it_does_not_know_gets_nothing(self):
        with self.assertRaises(Lost):
            self.connect(STRANGER).call("work", {"number": 1})
        self.assertEqual(self.bank.requests, [])

    def test_lost_request_never_arrives(self):
        rule = self.proxy.lose("work", REQUESTS, times=1)
        client = self.connect()
        first, second = (client.send("work", {"number": number}) for number in (1, 2))
        self.assertEqual(client.receive(second), {"number": 2})
        self.assertEqual(self.bank.numbers(), [2])
        self.assert_silent(client, first)
        self.assertEqual(rule.hits, 1)

    def test_lost_answer_was_decided_all_the_same(self):
        self.proxy.lose("work", ANSWERS, times=1)
        client = self.connect()
        number = client.send("work", {"number": 1})
        self.proxy.wait("work", ANSWERS)
        self.assertEqual(self.bank.numbers(), [1])
        self.assert_silent(client, number)

    def test_rule_is_for_its_method_direction_and_sender(self):
        self.proxy.lose("other", REQUESTS)
        self.proxy.lose("work", REQUESTS, sender=STRANGER)
        rule = self.proxy.lose("w*", REQUESTS, times=0)
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})
        self.assertEqual(rule.hits, 0)

    def test_any_method_does_not_mean_echoes(self):
        self.proxy.lose("*", REQUESTS)
        client = self.connect()
        client.call(ECHO, {})
        self.assert_silent(client, client.send("work", {"number": 1}))

    def test_duplicated_request_arrives_twice(self):
        self.proxy.duplicate("work", REQUESTS)
        client = self.connect()
        client.call("work", {"number": 1})
        self.proxy.wait("work", ANSWERS, 2)
        self.assertEqual(self.bank.numbers(), [1, 1])
        self.assertEqual(self.bank.requests[0], self.bank.requests[1])

    def test_delayed_message_is_overtaken(self):
        self.proxy.delay("work", REQUESTS, 0.2, times=1)
        client = self.connect()
        numbers = [client.send("work", {"number": number}) for number in (1, 2)]
        for number in numbers:
            client.receive(number)
        self.assertEqual(self.bank.numbers(), [2, 1])

    def test_swapped_messages_change_places(self):
        self.proxy.swap("work", REQUESTS)
        client = self.connect()
        numbers = [client.send("work", {"number": number}) for number in range(4)]
        for number in numbers:
            client.receive(number)
        self.assertEqual(self.bank.numbers(), [1, 0, 3, 2])

    def test_message_without_a_next_one_is_not_swapped_for_ever(self):
        self.proxy.swap("work", REQUESTS, seconds=0.1)
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})

    def test_held_messages_go_on_when_released(self):
        rule = self.proxy.hold("work", ANSWERS)
        client = self.connect()
        numbers = [client.send("work", {"number": number}) for number in range(3)]
        rule.wait(3)
        self.assertEqual(client.call("other", {}), {})
        rule.release()
        self.assertEqual([client.receive(number)["number"] for number in numbers], [0, 1, 2])
        again = client.send("work", {"number": 3})
        rule.wait(4)
        rule.end()
        self.assertEqual(client.receive(again), {"number": 3})
        self.assertEqual(client.call("work", {"number": 4}), {"number": 4})

    def test_changed_message_is_what_arrives(self):
        def raise_number(content):
            content["params"]["number"] += 1
            return content

        self.proxy.change("work", REQUESTS, raise_number)
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 2})
        self.assertEqual(self.proxy.seen("work", REQUESTS)[0].params, {"number": 1})

    def test_chance_is_that_of_the_seed(self):
        def play(seed):
            self.proxy.dice.seed(seed)
            self.bank.requests.clear()
            rule = self.proxy.lose("work", REQUESTS, chance=0.5)
            client = self.connect()
            for number in range(20):
                client.send("work", {"number": number})
            client.call(ECHO, {})
            rule.end()
            return [number for number in self.bank.numbers() if number is not None]

        one, again, other = play(1), play(1), play(2)
        self.assertEqual(one, again)
        self.assertNotEqual(one, other)
        self.assertLess(len(one), 20)

    def test_release_ends_everything(self):
        self.proxy.lose("*", REQUESTS)
        self.proxy.refuse = True
        self.proxy.release()
        self.assertEqual(self.connect().call("work", {"number": 1}), {"number": 1})

    def test_cut_resets_and_a_new_connection_works(self):
        client = self.connect()
        client.call("work", {"number": 1})
        self.proxy.cut()
        with self.assertRaises(Lost):
            client.call("work", {"number": 2})
        self.assertEqual(self.connect().call("work", {"number": 3}), {"number": 3})

    def test_refused_connection_is_closed(self):
        self.proxy.refuse = True
        with self.assertRaises(Lost):
            self.connect().call("work", {"number": 1})

    def test_bank_that_does_not_listen_is_not_reached(self):
        self.bank.close()
        with self.assertRaises(Lost):
            self.connect().call("work", {"number": 1})

    def test_caller_without_a_certificate_is_refused(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(str(self.ca.root))
        host, port = self.proxy.addresses[0].split(":")
        with self.assertRaises(OSError), socket.create_connection((host, int(port)), 5) as plain, \
                context.wrap_socket(plain) as one:
            one.sendall(b"{}\n")
            if not one.recv(1):
                raise OSError("closed")


if __name__ == "__main__":
    unittest.main()
