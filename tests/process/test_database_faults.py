"""PostgreSQL killed, stopped, hung and cut off under load: unavailable rather than wrong, and well
again without help."""

import os
import signal
import time
import unittest

from case import LoadCase, NetworkCase
from processes import wait_until
from wire import RpcError

# A lane without a batch is ready: its first one may come only when a terminal asks again, after
# 10 s, and is overdue 5 s later.
NOT_READY_SECONDS = 25


class DatabaseFaults(LoadCase):
    weight = 4

    def test_postmaster_killed(self):
        def kill(load):
            self.network.postgres.kill_postmaster()
            self.network.postgres.start()
            load.wait_done(20)

        self.under_load(kill)

    def test_one_backend_killed(self):
        """PostgreSQL restarts all backends and recovers."""
        def kill(load):
            self.network.postgres.kill_backend(self.network.postgres.backends()[0])
            load.wait_done(20)

        self.under_load(kill)

    def test_connections_terminated_again_and_again(self):
        def terminate(load):
            for _ in range(5):
                self.assertGreater(self.network.postgres.terminate_backends(), 0)
                load.wait_done(10)

        self.under_load(terminate)

    def test_stopped_for_seconds(self):
        def stop(load):
            self.network.postgres.stop()
            self.assert_bank_servers_alive()
            done = load.done
            wait_until(lambda: not any(server.ready() for server in self.network.bank_servers),
                       "bank servers say that they are not ready")
            self.assertLess(load.done - done, len(load.workers) * 2)
            self.network.postgres.start()
            load.wait_done(20)

        self.under_load(stop)
        self.assert_bank_servers_alive()

    def test_backends_hang(self):
        """As with a disk that does not answer: the sockets stay open and say nothing."""
        def hang(load):
            hung = self.network.postgres.backends()
            for pid in hung:
                os.kill(pid, signal.SIGSTOP)
            try:
                wait_until(lambda: not any(server.ready() for server in self.network.bank_servers),
                           "bank servers say that they are not ready", NOT_READY_SECONDS)
            finally:
                for pid in hung:
                    _continue(pid)
            load.wait_done(20)

        self.under_load(hang)
        self.assert_bank_servers_alive()

    def assert_bank_servers_alive(self):
        for server in self.network.bank_servers:
            self.assertTrue(server.alive, server.log_tail())


def _continue(pid):
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


class DatabaseAbsent(NetworkCase):
    shape = {"terminals": 1, "cards": 1}

    def test_withdrawal_without_database_is_unavailable_and_never_half_done(self):
        card = self.network.cards[0]
        terminal = self.host(0, card)
        before = terminal.see()
        request = terminal.withdrawal(10_00)
        self.network.postgres.stop()
        began = time.monotonic()
        with self.assertRaises(RpcError) as refused:
            terminal.send(request)
        self.assertEqual((refused.exception.code, refused.exception.data["rc"]), (-32005, "91"))
        self.assertLess(time.monotonic() - began, 8, "the bank's own budget, not the terminal's")
        self.network.postgres.start()
        self.assert_rc("00", terminal.settle(request.repeated()))
        self.assertEqual(terminal.see()[0], before[0] - 10_00)

    def test_pin_is_right_when_its_batch_runs_again(self):
        """The PIN was judged, then the connection is lost before the decision could be stored."""
        card = self.network.cards[0]
        terminal = self.host(0)
        postgres = self.network.postgres
        with postgres.holding("LOCK TABLE bank.decision IN SHARE MODE"):
            call = terminal.client().send("session.open", terminal.session_open(card).params)
            wait_until(lambda: postgres.waiting() > 0, "the decision waits to be stored")
            self.assertGreater(postgres.terminate_backends(), 0)
        self.assert_rc("00", terminal.client().receive(call))

    def test_bank_server_starts_before_its_database(self):
        self.network.postgres.stop()
        server = self.network.bank_servers[0]
        server.restart(wait=False)
        wait_until(lambda: "database" in server.log().lower(), "it says what it waits for")
        self.network.postgres.start()
        server.wait_ready()


if __name__ == "__main__":
    unittest.main()
