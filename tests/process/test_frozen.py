"""Processes that are stopped (SIGSTOP) look alive to TCP: only application deadlines notice."""

import time
import unittest

from case import LoadCase

NOTICE_SECONDS = 15


class Frozen(LoadCase):
    weight = 3
    timeout = 3.0

    def test_frozen_bank_server_is_left_for_the_other(self):
        def freeze(load):
            for server in self.network.bank_servers:
                server.freeze()
                load.wait_done(40, NOTICE_SECONDS)
                server.thaw()
                load.wait_done(10)

        self.under_load(freeze)

    def test_frozen_middleware_is_left_for_the_other(self):
        def freeze(load):
            for middleware in self.network.middlewares:
                middleware.freeze()
                load.wait_done(40, NOTICE_SECONDS)
                middleware.thaw()
                load.wait_done(10)

        self.under_load(freeze)

    def test_frozen_bank_servers_answer_late_and_never_twice(self):
        """What waits in a frozen server's sockets is decided after the terminals gave up."""
        def freeze(load):
            for server in self.network.bank_servers:
                server.freeze()
            time.sleep(self.timeout + 1)  # the fault is the time itself
            for server in self.network.bank_servers:
                server.thaw()
            load.wait_done(20)

        self.under_load(freeze)


if __name__ == "__main__":
    unittest.main()
