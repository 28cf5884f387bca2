"""The proxy is a tool of other tests: each of its faults is shown on a plain echo server."""

import socket
import threading
import time
import unittest

from proxy import DOWN, UP, Proxy


class ProxyFaults(unittest.TestCase):
    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        threading.Thread(target=self._serve, daemon=True).start()
        self.proxy = Proxy("{}:{}".format(*self.server.getsockname()))
        self.addCleanup(self.proxy.close)

    def _serve(self):
        while True:
            try:
                one, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(one,), daemon=True).start()

    @staticmethod
    def _echo(one):
        with one:
            while True:
                try:
                    piece = one.recv(65536)
                    if not piece:
                        return
                    one.sendall(piece)
                except OSError:
                    return

    def connect(self):
        host, port = self.proxy.address.split(":")
        one = socket.create_connection((host, int(port)), 5)
        self.addCleanup(one.close)
        return one

    def assert_silent(self, one, seconds=0.2):
        one.settimeout(seconds)
        with self.assertRaises(TimeoutError):
            one.recv(1)
        one.settimeout(5)

    def test_passes_both_ways_and_half_closes(self):
        one = self.connect()
        data = b"x" * 1_000_000
        threading.Thread(target=lambda: (one.sendall(data), one.shutdown(socket.SHUT_WR))).start()
        received = b""
        while piece := one.recv(65536):
            received += piece
        self.assertEqual(received, data)

    def test_hold_keeps_bytes_until_release(self):
        one = self.connect()
        self.proxy.hold(DOWN)
        one.sendall(b"hello")
        self.proxy.wait_bytes(DOWN, 5)
        self.assert_silent(one)
        self.proxy.release()
        self.assertEqual(one.recv(5), b"hello")

    def test_drop_loses_the_rest_and_keeps_the_connection(self):
        one = self.connect()
        self.proxy.drop(DOWN, 3)
        one.sendall(b"hello")
        self.assertEqual(one.recv(5), b"hel")
        self.assert_silent(one)
        self.proxy.release()
        one.sendall(b"again")
        self.assertEqual(one.recv(5), b"again")

    def test_drop_upwards_reaches_nobody(self):
        one = self.connect()
        self.proxy.drop(UP)
        one.sendall(b"hello")
        self.proxy.wait_bytes(UP, 5)
        self.assertEqual(self.proxy.bytes[DOWN], 0)

    def test_cut_resets_and_new_connections_work(self):
        one = self.connect()
        one.sendall(b"a")
        self.assertEqual(one.recv(1), b"a")
        self.proxy.cut()
        with self.assertRaises(ConnectionResetError):
            one.recv(1)
        other = self.connect()
        other.sendall(b"b")
        self.assertEqual(other.recv(1), b"b")

    def test_refuse_closes_new_connections(self):
        self.proxy.refuse = True
        with self.assertRaises(OSError):
            one = self.connect()
            if not one.recv(1):
                raise ConnectionResetError

    def test_delay_delays(self):
        one = self.connect()
        self.proxy.delay_seconds = 0.1
        start = time.monotonic()
        one.sendall(b"a")
        self.assertEqual(one.recv(1), b"a")
        self.assertGreaterEqual(time.monotonic() - start, 0.2)


if __name__ == "__main__":
    unittest.main()
