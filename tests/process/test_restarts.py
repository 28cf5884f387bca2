"""What operators do every day must not be noticed: restarts one by one, reloads."""

import signal
import unittest

from case import LoadCase


class Restarts(LoadCase):
    weight = 2

    def unanswered(self):
        """Requests of the latest history that the terminals had to send again."""
        return [event for event in self.history.events() if event["event"] == "unknown"]

    def test_bank_servers_one_by_one_are_not_noticed(self):
        def restart(load):
            for _ in range(2):
                for server in self.network.bank_servers:
                    self.assertEqual(server.terminate(), 0, server.log_tail())
                    load.wait_done(10)
                    server.start()
                    load.wait_done(10)

        self.under_load(restart)
        self.assertEqual(self.unanswered(), [])

    def test_middlewares_one_by_one(self):
        def restart(load):
            for middleware in self.network.middlewares:
                self.assertEqual(middleware.terminate(), 0, middleware.log_tail())
                load.wait_done(10)
                middleware.start()
                load.wait_done(10)

        self.under_load(restart)

    def test_reloads_are_not_noticed(self):
        daemons = self.network.bank_servers + self.network.middlewares

        def reload(load):
            for _ in range(5):
                for daemon in daemons:
                    daemon.signal(signal.SIGHUP)
                load.wait_done(10)

        pids = [daemon.pid for daemon in daemons]
        self.under_load(reload)
        self.assertEqual([daemon.pid for daemon in daemons if daemon.alive], pids)
        self.assertEqual(self.unanswered(), [])

    def test_everything_stops_cleanly_without_a_database(self):
        self.network.postgres.stop()
        for daemon in self.network.middlewares + self.network.bank_servers:
            self.assertEqual(daemon.terminate(), 0, daemon.log_tail())


if __name__ == "__main__":
    unittest.main()
