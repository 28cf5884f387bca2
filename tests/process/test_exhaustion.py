"""Peers that want all of something: connections, time, descriptors, memory, attention. The surplus is
refused, the greedy connection ends, everybody else is served, and nothing spins."""

import contextlib
import json
import os
import resource
import socket
import time
import urllib.request

from case import NetworkCase
from processes import wait_until
from wire import Lost, RpcClient, RpcError

BUSY, DEADLINE = -32003, -32004
PING = b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}\n'
LIMITS = """[limits]
connections = 40
connections_per_identity = 10
handshake_ms = 1500
line_ms = 1500
idle_ms = 4000
output_bytes = 65536
in_flight_per_connection = 16
"""


class ExhaustionCase(NetworkCase):
    shape = {"terminals": 3, "cards": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.middleware = cls.network.middlewares[0]
        cls.network.edit("middleware-1", "[log]", LIMITS + "\n[log]")
        cls.middleware.restart()

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.bystander = self.host(1, self.network.cards[1])
        self.pid = self.middleware.pid

    def tearDown(self):
        self.stack.close()
        self.assertEqual(self.middleware.pid, self.pid)
        self.assertTrue(self.middleware.alive)
        super().tearDown()

    def plain(self):
        """A TCP connection and nothing more."""
        host, port = self.middleware.address.split(":")
        connection = socket.create_connection((host, int(port)), 5.0)
        self.stack.callback(connection.close)
        connection.settimeout(5.0)
        return connection

    def client(self, number=0, timeout=8.0):
        identity = self.network.identity(
            f"terminal-{self.network.bank_code}-{self.network.terminal_ids[number]}")
        client = RpcClient(self.middleware.address, identity, timeout)
        self.stack.callback(client.close)
        return client.connect()

    def assert_served(self, seconds=1.0):
        """The bystander gets its answer on its old connection, in time."""
        connection = self.bystander.client()
        started = time.monotonic()
        self.bystander.see()
        self.assertIs(self.bystander.client(), connection)
        self.assertLess(time.monotonic() - started, seconds)

    def can_connect(self):
        """A terminal that was not there before is let in and served."""
        try:
            with contextlib.closing(self.client(2, timeout=1.0)) as client:
                client.write(PING)
                return bool(client.read_line())
        except (Lost, ValueError):
            return False

    def cpu_seconds(self):
        with open(f"/proc/{self.middleware.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self):
        with open(f"/proc/{self.middleware.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def metric(self, name):
        address = f"http://{self.middleware.ready_address}/metrics"
        with urllib.request.urlopen(address, timeout=5) as page:
            for line in page.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def assert_closed_within(self, connection, least, most, feed=b""):
        """Feeds a byte every 0.1 s until the other side ends the connection."""
        started = time.monotonic()
        connection.settimeout(0.1)
        feed = iter(feed)
        while True:
            try:
                byte = next(feed, None)
                if byte is not None:
                    connection.sendall(bytes([byte]))
                if not connection.recv(4096):
                    break
            except TimeoutError:
                self.assertLess(time.monotonic() - started, most + 1.0)
            except OSError:
                break
        self.assertGreater(time.monotonic() - started, least)
        self.assertLess(time.monotonic() - started, most)


class SlowClients(ExhaustionCase):
    def test_silent_tcp_connections_are_cut(self):
        silent = [self.plain() for _ in range(20)]
        self.assert_served()
        for connection in silent:
            self.assert_closed_within(connection, -1.0, 3.0)
        self.assert_served()

    def test_handshake_byte_by_byte_is_cut(self):
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(100))
        self.assert_closed_within(self.plain(), 1.0, 3.0, hello)
        self.assert_served()

    def test_line_byte_by_byte_is_cut(self):
        client = self.client()
        self.assert_closed_within(client._socket, 1.0, 3.5, b"{" + b" " * 100)
        self.assert_served()

    def test_idle_connection_is_ended_and_one_in_use_is_not(self):
        client, busy = self.client(), self.client(2)
        started = time.monotonic()
        while time.monotonic() - started < 5.0:
            busy.write(PING)
            self.assertTrue(busy.read_line())
            self.assert_served()
            time.sleep(0.2)
        self.assertEqual(client.read_line(1.0), b"")

    def test_reader_that_never_reads_is_cut(self):
        client = self.client()
        before = self.memory_bytes()
        client._socket.settimeout(0.5)
        sent = 0
        with self.assertRaises(OSError):
            while sent < 256 * 2**20:
                sent += client._socket.send(PING * 300)
                self.assertLess(self.memory_bytes() - before, 100 * 2**20)
        self.assert_served()
        wait_until(lambda: self.metric("tellerwire_connections") == 1, "the greedy one is closed")


class Floods(ExhaustionCase):
    def test_connections_over_the_limit_are_closed_at_once(self):
        flood = [self.plain() for _ in range(100)]
        closed = 0
        for connection in flood:
            connection.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                with contextlib.suppress(ConnectionResetError):
                    self.assertEqual(connection.recv(1), b"")
                closed += 1
        self.assertGreaterEqual(closed, 100 - 40)
        self.assert_served()
        self.stack.close()
        wait_until(self.can_connect, "a new terminal is served again")

    def test_connections_of_one_terminal_are_limited(self):
        own = [self.client(0) for _ in range(10)]
        for client in own:
            client.write(PING)
            self.assertTrue(client.read_line())
        surplus = self.client(0)
        self.assertEqual(json.loads(surplus.read_line())["error"]["code"], BUSY)
        self.assertEqual(surplus.read_line(), b"")
        self.assertTrue(self.can_connect())
        own.pop().close()
        wait_until(lambda: self.is_welcome(0), "a place is free again")

    def is_welcome(self, number):
        with contextlib.closing(self.client(number)) as client:
            client.write(PING)
            return "result" in json.loads(client.read_line())

    def test_requests_over_the_limit_are_told_busy(self):
        greedy = self.host(0)
        self.network.bank_servers[0].freeze()
        client = greedy.client()
        numbers = []
        for _ in range(40):
            request = greedy.request("network.echo", deadline_ms=1000)
            numbers.append(client.send(request.method, request.params))
        codes = []
        for number in numbers:
            with self.assertRaises(RpcError) as refused:
                client.receive(number)
            codes.append(refused.exception.code)
        self.network.bank_servers[0].thaw()
        self.assertEqual(codes.count(BUSY), 40 - 16)
        self.assertEqual(codes.count(DEADLINE), 16)

    def test_storm_of_handshakes_starves_nobody(self):
        for _ in range(200):
            host, port = self.middleware.address.split(":")
            connection = socket.create_connection((host, int(port)), 5.0)
            connection.sendall(b"\x16\x03\x01")
            connection.close()
        self.assert_served()
        wait_until(lambda: self.metric("tellerwire_connections") == 1, "all are gone")


class Descriptors(ExhaustionCase):
    def test_out_of_descriptors_without_spinning(self):
        used = len(os.listdir(f"/proc/{self.middleware.pid}/fd"))
        limits = resource.prlimit(self.middleware.pid, resource.RLIMIT_NOFILE)
        self.stack.callback(resource.prlimit, self.middleware.pid, resource.RLIMIT_NOFILE, limits)
        resource.prlimit(self.middleware.pid, resource.RLIMIT_NOFILE, (used + 5, limits[1]))
        flood = [self.plain() for _ in range(30)]
        wait_until(lambda: "cannot accept connections" in self.middleware.log(), "it is noticed")
        before = self.cpu_seconds()
        time.sleep(1.0)
        self.assertLess(self.cpu_seconds() - before, 0.2)
        self.assert_served()
        for connection in flood:
            connection.close()
        wait_until(self.can_connect, "new connections are accepted again")
