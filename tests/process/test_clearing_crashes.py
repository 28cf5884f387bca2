"""A bank server dies at each step of clearing and settling; when it runs again, or another one of
its bank goes on, the window is settled once."""

import unittest

from case import sweep
from message_proxy import ANSWERS
from settling import Settling
from test_clearing import breaks
from test_interbank_limits import owed


class Crashes(Settling):
    def prepare(self, point):
        """What makes a server come to this point: totals that are signed and wrong, or positions
        that the agent finds contradicted."""
        self.some_traffic()
        self.lie = None
        if point == "clearing.comparing":
            self.lie = self.banks.proxy(self.birch).change(
                "window.totals", ANSWERS, self.forged(self.birch, credit_amount=1))
        self.agent.dispute = ({int(self.alder.bank_code)} if point == "clearing.disputed"
                              else set())

    def tell_the_truth(self, window):
        if self.lie is not None:
            self.wait_pair(self.alder, self.birch, window, "COMPARING")
            self.lie.end()

    def assert_settled_once(self, window):
        self.wait_settled(window)
        self.assertEqual(breaks(self.alder, window), {})
        for network in self.banks:
            self.assertEqual(self.balance_of(network, "IB"), 0)
            self.assertEqual(self.balance_of(network, "SettleCtl"), 0)
        self.assertEqual(self.balance_of(self.alder, "Settle"),
                         -self.balance_of(self.birch, "Settle"))
        self.assertEqual(owed(self.alder, self.birch), 0)


@sweep("clearing|window")
class TheOnlyServer(Crashes):
    weight = 6

    def sweep(self, point):
        self.prepare(point)
        server = self.alder.bank_servers[0]
        server.restart(crash_at=point)
        window = self.close(self.alder, self.birch)
        server.wait_death(40)
        self.tell_the_truth(window)
        server.start()
        self.assert_settled_once(window)


@sweep("clearing|window")
class OneOfTwoServers(Crashes):
    """Nobody starts it again: the other one finishes."""

    shape = {**Crashes.shape, "bank_servers": 2}
    weight = 6

    def sweep(self, point):
        self.prepare(point)
        self.alder.bank_servers[0].restart(crash_at=point)
        window = self.close(self.alder, self.birch)
        self.tell_the_truth(window)
        self.assert_settled_once(window)


if __name__ == "__main__":
    unittest.main()
