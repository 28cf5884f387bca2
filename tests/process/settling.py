"""Base of the tests in which banks settle: a settlement agent that says what the test wants."""

from fake_agent import FakeAgent
from pki import Authority
from processes import wait_until
from test_clearing import PACE, Clearing, pairs, window_of

WINDOW_SECONDS = 40.0


class Settling(Clearing):
    shape = {**Clearing.shape, "settlement": {**PACE, "drain_ms": 0}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = cls.alder
        host = first.environment["TW_ADDRESS"]
        authority = Authority(first.folder / "pki")
        folder = authority.issue("agent", "settlement", "--address", host)
        cls.agent = FakeAgent(host, folder, first.root,
                              [int(network.bank_code) for network in cls.banks])
        cls.addClassCleanup(cls.agent.close)
        for network in cls.banks:
            for server in network.bank_servers:
                network.append(server.name, "settlement", {"agent": cls.agent.address})
                server.restart()
        cls.banks.wait_peers()

    def setUp(self):
        self.agent.open_window = max(network.bankctl("window", "show")["window"]
                                     for network in self.banks)

    def close(self, *networks):
        window = super().close(*networks)
        if len(networks) == len(self.banks.networks):
            self.agent.open_window = window + 1
        return window

    def wait_window(self, network, window, state, reason=""):
        def there():
            found = window_of(network, window)
            return found[0] == state and reason in found[1]

        wait_until(there, lambda: f"window {window} of {network.bank_code} is {state}: "
                   f"{window_of(network, window)} {pairs(network, window)}\n"
                   f"{network.bank_servers[0].log_tail()}", WINDOW_SECONDS)

    def wait_settled(self, window):
        for network in self.banks:
            self.wait_window(network, window, "SETTLED")

    @staticmethod
    def balance_of(network, kind, window=None):
        """All accounts of this kind, or those of one window."""
        where = {"IB": "account_id / 100 % 100000000", "SettleCtl": "account_id % 10000000000"}
        of_window = f" AND {where[kind]} = {window}" if window is not None else ""
        return int(network.postgres.query(
            "SELECT coalesce(sum(balance_minor), 0) FROM bank.account JOIN bank.account_kind USING"
            f" (kind) WHERE code = '{kind}'{of_window}"))
