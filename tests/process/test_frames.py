"""Frames and JSON that nobody should send, through the real middleware to the real bank: an error
with the right code, no change of any account, the right connection closed and no other, both
processes alive."""

import json
import os
import socket

from case import NetworkCase
from wire import RpcError

PARSE, INVALID, UNKNOWN_METHOD, PARAMS = -32700, -32600, -32601, -32602
TOO_LARGE, IDENTITY, BUSY = -32001, -32002, -32003
LINE_MAX = 65536
PING = b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}'
PONG = b'{"jsonrpc":"2.0","id":1,"result":{}}'


def half_close(client):
    """Our direction of the TCP connection ends; Python's ssl could not read on after more."""
    with socket.socket(fileno=os.dup(client._socket.fileno())) as twin:
        twin.shutdown(socket.SHUT_WR)


class FrameCase(NetworkCase):
    shape = {"terminals": 2, "cards": 2}

    def setUp(self):
        self.terminal = self.host(0, self.network.cards[0])
        self.bystander = self.host(1, self.network.cards[1])
        self.before = self.state()
        self.pids = [one.pid for one in self.network.middlewares + self.network.bank_servers]

    def state(self):
        return self.terminal.see(), self.bystander.see()

    def tearDown(self):
        """Nothing changed, nobody died, and the bystander kept its connection all the time."""
        bystander = self.bystander.client()
        self.assertEqual(self.state(), self.before)
        self.assertIs(self.bystander.client(), bystander)
        self.assertEqual([one.pid for one in self.network.middlewares + self.network.bank_servers],
                         self.pids)
        super().tearDown()

    def say(self, data):
        """Raw bytes on the terminal's connection; the line that comes back."""
        client = self.terminal.client()
        client.write(data)
        return client.read_line(5.0)

    def assert_error(self, data, code, closes=False):
        answer = json.loads(self.say(data))
        self.assertEqual(answer["error"]["code"], code, answer)
        self.assertIn("reason", answer["error"]["data"])
        if closes:
            self.assertEqual(self.terminal.client().read_line(5.0), b"")
            self.terminal.close()
        else:
            self.assertEqual(self.say(PING + b"\n"), PONG)
        return answer


class Frames(FrameCase):
    def test_empty_and_blank_lines_are_skipped(self):
        self.assertEqual(self.say(b"\n\r\n   \n\t\n" + PING + b"\r\n"), PONG)

    def test_longest_line_is_taken_and_one_byte_more_is_not(self):
        padding = b" " * (LINE_MAX - len(PING))
        self.assertEqual(self.say(PING + padding + b"\n"), PONG)
        self.assert_error(PING + padding + b"  \n", TOO_LARGE, closes=True)

    def test_line_without_end_is_cut_off_at_the_limit(self):
        self.assert_error(b"x" * (4 * LINE_MAX), TOO_LARGE, closes=True)

    def test_oversized_line_takes_what_was_pipelined_behind_it_along(self):
        withdrawal = self.terminal.withdrawal(10_00)
        line = json.dumps({"jsonrpc": "2.0", "id": 2, "method": withdrawal.method,
                           "params": withdrawal.params}).encode()
        self.assert_error(b"x" * (2 * LINE_MAX) + b"\n" + line + b"\n", TOO_LARGE, closes=True)

    def test_truncated_line_at_half_close(self):
        client = self.terminal.client()
        client.write(b'{"jsonrpc":"2.0","id":1,"method":"rpc.p')
        half_close(client)
        self.assertEqual(json.loads(client.read_line(5.0))["error"]["code"], PARSE)
        self.assertEqual(client.read_line(5.0), b"")
        self.terminal.close()

    def test_nul_bytes(self):
        self.assert_error(PING[:20] + b"\x00" + PING[20:] + b"\n", PARSE, closes=True)

    def test_noise(self):
        self.assert_error(bytes(range(11, 256)) + b"\n", PARSE)

    def test_noise_without_end_is_answered_for_a_while_only(self):
        client = self.terminal.client()
        client.write(b"noise\n" * 100)
        answers = []
        while line := client.read_line(5.0):
            answers.append(json.loads(line)["error"]["code"])
        self.assertEqual(set(answers), {PARSE})
        self.assertLess(len(answers), 20)
        self.terminal.close()

    def test_plain_text_instead_of_tls(self):
        host, port = self.network.middlewares[0].address.split(":")
        with socket.create_connection((host, int(port)), 5.0) as plain:
            plain.settimeout(5.0)
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n" + PING + b"\n")
            heard = b""
            try:
                while piece := plain.recv(4096):
                    heard += piece
            except ConnectionResetError:
                pass
        self.assertNotIn(b"jsonrpc", heard)

    def test_byte_by_byte(self):
        client = self.terminal.client()
        for byte in PING + b"\n":
            client.write(bytes([byte]))
        self.assertEqual(client.read_line(5.0), PONG)

    def test_many_requests_in_one_write_are_all_answered(self):
        client = self.terminal.client()
        count = 500
        client.write(b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"rpc.ping"}\n' % number
                              for number in range(count)))
        ids = [json.loads(client.read_line(5.0))["id"] for _ in range(count)]
        self.assertEqual(sorted(ids), list(range(count)))

    def test_half_close_is_honoured(self):
        client = self.terminal.client()
        numbers = [client.send(one.method, one.params)
                   for one in (self.terminal.balance(), self.terminal.statement())]
        half_close(client)
        self.assertEqual([client.receive(number)["rc"] for number in numbers], ["00", "00"])
        self.assertEqual(client.read_line(5.0), b"")
        self.terminal.close()


class Json(FrameCase):
    def test_not_json(self):
        for line in (b"{", b"}", b"nonsense", b"'a'", b"{'a':1}", b"[1,]", b'{"a":1,}', b"01", b"1.",
                     b"+1", b".5", b"NaN", b"Infinity", b"nul", b'"', b'"\\x"', b"/* */ {}"):
            with self.subTest(line=line):
                self.assert_error(line + b"\n", PARSE)

    def test_bytes_behind_the_document(self):
        for tail in (b"x", b"{}", PING, b",", b"]"):
            with self.subTest(tail=tail):
                self.assert_error(PING + tail + b"\n", PARSE)

    def test_byte_order_mark(self):
        self.assert_error(b"\xef\xbb\xbf" + PING + b"\n", PARSE)

    def test_bad_utf8(self):
        for text in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3"):
            with self.subTest(text=text):
                self.assert_error(PING.replace(b"rpc.ping", text) + b"\n", PARSE)

    def test_lone_surrogates(self):
        for text in (rb"\ud800", rb"\udc00", rb"\ud800\ud800", rb"\ud800x"):
            with self.subTest(text=text):
                self.assert_error(PING.replace(b"rpc.ping", text) + b"\n", PARSE)

    def test_duplicate_members_escaped_too(self):
        for double in (b'"id":2', rb'"\u0069d":2', rb'"i\u0064":2'):
            with self.subTest(double=double):
                self.assert_error(b"{" + double + b"," + PING[1:] + b"\n", PARSE)

    def test_depth(self):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            for depth in (17, 100, 10_000):
                with self.subTest(opening=opening, depth=depth):
                    self.assert_error(opening * depth + b"1" + closing * depth + b"\n", TOO_LARGE)

    def test_too_many_values(self):
        self.assert_error(b"[" + b"{}," * 15_000 + b"{}]\n", TOO_LARGE)

    def test_not_a_request(self):
        for line in (b"1", b'"a"', b"null", b"true", b"[]", b"{}", b'{"jsonrpc":"2.0"}',
                     PING.replace(b"2.0", b"1.0"), PING.replace(b'"id":1', b'"id":{}'),
                     PING.replace(b'"id":1', b'"id":1e2'), PING.replace(b'"id":1', b'"id":true'),
                     PING.replace(b'"rpc.ping"', b"7"), PING[:-1] + b',"more":1}'):
            with self.subTest(line=line):
                self.assert_error(line + b"\n", INVALID)

    def test_positional_parameters(self):
        for params in (b"[1]", b"null", b"1", b'"a"'):
            with self.subTest(params=params):
                self.assert_error(PING[:-1] + b',"params":' + params + b"}\n", PARAMS)

    def test_long_method_name(self):
        self.assert_error(PING.replace(b"rpc.ping", b"x" * 1000) + b"\n", UNKNOWN_METHOD)

    def test_ids_come_back_as_they_were(self):
        for number in (b"0", b"-1", b"9007199254740993", b"9223372036854775807", b'""', b'"\\u00e4"',
                       b"null"):
            with self.subTest(number=number):
                answer = self.say(PING.replace(b'"id":1', b'"id":' + number) + b"\n")
                self.assertEqual(json.loads(answer)["id"], json.loads(number))

    def test_batch_is_one_array_in_the_order_asked(self):
        line = b"[" + PING + b",1," + PING.replace(b'"id":1', b'"id":"b"') + b"]\n"
        answers = json.loads(self.say(line))
        self.assertEqual([answer["id"] for answer in answers], [1, None, "b"])
        self.assertEqual(answers[1]["error"]["code"], INVALID)

    def test_batch_of_notifications_is_silent(self):
        note = PING.replace(b'"id":1,', b"")
        self.assertEqual(self.say(b"[" + note + b"," + note + b"]\n" + PING + b"\n"), PONG)

    def test_batch_that_is_too_big(self):
        self.assert_error(b"[" + b",".join([PING] * 33) + b"]\n", TOO_LARGE)


class MoneyMembers(FrameCase):
    """Members of money operations: refused as a whole, with nothing posted."""

    def assert_refused(self, request, **members):
        """By an error that names the parameters, or by a decline that says so."""
        try:
            answer = self.terminal.send(request.changed(**members))
        except RpcError as error:
            self.assertEqual(error.code, PARAMS, error)
        else:
            self.assertIn(answer["rc"], ("12", "13", "30"), answer)

    def test_amounts(self):
        for amount in (0, -1, -10_00, 2**53, 2**53 + 1, 2**63 - 1, -2**63, 10.0, 1e3, "1000", True,
                       None, [], {}, [1000]):
            for request in (self.terminal.withdrawal(10_00), self.terminal.deposit(10_00),
                            self.terminal.transfer(10_00, self.network.cards[1].accounts[0])):
                with self.subTest(amount=amount, method=request.method):
                    self.assert_refused(request, amount=amount)

    def test_amounts_beyond_int64_are_not_even_read(self):
        request = self.terminal.withdrawal(10_00)
        for amount in (2**63, 10**30, -10**30):
            with self.subTest(amount=amount):
                line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": request.method,
                                   "params": request.changed(amount=amount).params})
                self.assert_error(line.encode() + b"\n", PARSE)

    def test_unknown_members(self):
        for request in (self.terminal.withdrawal(10_00), self.terminal.deposit(10_00),
                        self.terminal.transfer(10_00, self.network.cards[1].accounts[0])):
            for name in ("ammount", "Amount", "", "amount ", "__proto__", "id"):
                with self.subTest(name=name, method=request.method):
                    self.assert_refused(request, **{name: 1})

    def test_missing_members(self):
        for request in (self.terminal.withdrawal(10_00),
                        self.terminal.transfer(10_00, self.network.cards[1].accounts[0])):
            for name in sorted(set(request.params) - {"terminal_id"}):
                with self.subTest(name=name, method=request.method):
                    self.assert_refused(request, **{name: None})

    def test_stan_and_txid(self):
        request = self.terminal.withdrawal(10_00)
        for members in ({"stan": 0}, {"stan": 1_000_000}, {"stan": "1"}, {"stan": 1.0},
                        {"txid": "1"}, {"txid": ""}, {"txid": "g" * 36}, {"txid": 1},
                        {"business_date": "2026-02-30"}, {"business_date": "20.11.2026"},
                        {"deadline_ms": -1}, {"deadline_ms": 1.5}, {"deadline_ms": "1"}):
            with self.subTest(members=members):
                self.assert_refused(request, **members)

    def test_identity_members(self):
        request = self.terminal.withdrawal(10_00)
        for members in ({"terminal_id": self.network.terminal_ids[1]}, {"terminal_id": 17},
                        {"terminal_id": ""}, {"acquirer": "90000099"}, {"acquirer": 90000001}):
            with self.subTest(members=members):
                with self.assertRaises(RpcError) as refused:
                    self.terminal.send(request.changed(**members))
                self.assertEqual(refused.exception.code, IDENTITY)
                self.assertEqual(refused.exception.data["rc"], "63")
