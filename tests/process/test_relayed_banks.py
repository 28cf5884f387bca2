"""Two real banks, a terminal and a middleware with the real message-relay on each of their links: what
it does to one message has the effect that it is to have, and its trace tells no secret."""

import unittest

from banks import SURCHARGE, Banks
from case import SEED, BanksCase
from processes import wait_until
from relay import Relay, credentials, free_address

WAITS = {"issuer_wait_ms": 800, "beneficiary_wait_ms": 800}


class RelayedBanks(Banks):
    """The directory names the relay's listeners; it starts when the banks' certificates exist."""

    relay = None

    def _prepare(self):
        for network in self.networks:
            network.listener = free_address()
        self.terminal_address = free_address()
        super()._prepare()

    def addresses(self, network):
        if self.relay is None:
            self.start_relay()
        return [network.listener]

    def start_relay(self):
        alder, birch = self.networks
        pki = alder.folder / "pki"
        files = {network: credentials(network.folder / "pki" / f"bank-{network.bank_code}")
                 for network in self.networks}
        terminal = f"terminal-{alder.bank_code}-{alder.terminal_ids[0]}"
        links = [{"name": name, "listen": [target.listener], "to": [target.bank_servers[0].address],
                  "server": files[target], "client": files[source], "expect": "bank"}
                 for name, source, target in (("alder>birch", alder, birch),
                                              ("birch>alder", birch, alder))]
        middleware = alder.middlewares[0]
        links.append({"name": "a1>alder", "listen": [self.terminal_address],
                      "to": [middleware.address], "expect": "middleware",
                      "server": {"certificate": alder.setting(middleware.name, "tls", "certificate"),
                                 "key": alder.setting(middleware.name, "tls", "key")},
                      "client": credentials(pki / terminal)})
        folder = alder.folder / "relay"
        folder.mkdir()
        self.relay = Relay(folder, links, alder.root, pki / "crl.pem", SEED)

    def close(self):
        if self.relay is not None:
            self.relay.close()
        super().close()

    def heal(self):
        self.relay.ask(do="end")
        self.relay.ask(do="heal")
        super().heal()


class ThroughTheRelay(BanksCase):
    shape = {"count": 2, "proxied": False, "terminals": 1, "cards": 2, "waits": WAITS}
    kind = RelayedBanks

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relay = cls.banks.relay

    def setUp(self):
        self.card = self.birch.cards[0]
        self.before = self.balance(self.card)
        self.terminal = self.host(self.alder, self.card, addresses=[self.banks.terminal_address])

    def spent(self):
        self.banks.heal()
        self.banks.settle()
        return self.before - self.balance(self.card)

    def traced(self, request, **members):
        return self.relay.traced(1, txid=request.txid, **members)

    def test_messages_pass_both_hops_and_are_traced(self):
        request = self.terminal.withdrawal(50_00)
        self.terminal.expect("00", request)
        self.terminal.expect("00", self.terminal.confirmation(request))
        for link in ("a1>alder", "alder>birch"):
            asked, = self.traced(request, link=link, way="request", method="withdrawal.request")
            answered, = self.traced(request, link=link, way="answer", call=asked["call"])
            self.assertEqual((asked["brief"]["amount"], answered["rc"]), (50_00, "00"))
        self.assertEqual(self.spent(), 50_00 + SURCHARGE)

    def test_lost_request_is_reversed(self):
        rule = self.relay.rule("lose", "withdrawal.request", link="alder>birch", times=1)
        request = self.terminal.withdrawal(50_00)
        self.terminal.expect("91", request)
        self.assertEqual(self.relay.ask(do="hits", rule=rule)["hits"], 1)
        self.traced(request, fate="lost")
        self.assertEqual(self.spent(), 0)

    def test_lost_answer_is_reversed(self):
        self.relay.rule("lose", "withdrawal.request", "answer", link="alder>birch", times=1)
        request = self.terminal.withdrawal(50_00)
        self.terminal.expect("91", request)
        self.assertEqual(self.spent(), 0)

    def test_duplicated_requests_are_one_withdrawal(self):
        self.relay.rule("duplicate", "withdrawal.*", copies=3)
        request = self.terminal.withdrawal(50_00)
        self.terminal.expect("00", request)
        self.terminal.expect("00", self.terminal.confirmation(request))
        self.traced(request, fate="duplicated", link="alder>birch")
        self.assertEqual(self.spent(), 50_00 + SURCHARGE)

    def test_late_answer_pays_nothing(self):
        self.relay.rule("delay", "withdrawal.request", "answer", link="alder>birch", times=1,
                        ms=1500)
        request = self.terminal.withdrawal(50_00)
        self.terminal.expect("91", request)
        self.traced(request, fate="delayed")
        self.assertEqual(self.spent(), 0)

    def test_changed_amount_is_not_booked(self):
        self.relay.rule("change", "withdrawal.request", "answer", link="alder>birch", times=1,
                        set={"amount": 60_00})
        self.terminal.expect("91", self.terminal.withdrawal(50_00))
        self.assertEqual(self.spent(), 0)

    def test_cut_in_either_way_is_the_peers_absence(self):
        for how in ("close", "silent"):
            with self.subTest(how):
                self.relay.ask(do="cut", link="alder>birch", how=how)
                self.terminal.expect("91", self.terminal.withdrawal(50_00))
                self.assertEqual(self.spent(), 0)

    def test_peer_that_stops_is_silent_through_the_relay(self):
        self.birch.bank_servers[0].freeze()
        self.terminal.expect("91", self.terminal.withdrawal(50_00))
        self.birch.bank_servers[0].thaw()
        self.assertEqual(self.spent(), 0)

    def test_peer_that_dies_and_comes_back_is_found_again(self):
        self.birch.bank_servers[0].restart()
        self.banks.wait_peers()

        def answered():
            self.terminal.open(self.card)
            return self.terminal.settle(self.terminal.withdrawal(50_00))["rc"] == "00"

        wait_until(answered, "a withdrawal after the restart")
        self.assertEqual(self.spent(), 50_00 + SURCHARGE)

    def test_trace_tells_no_secret(self):
        self.terminal.expect("00", self.terminal.withdrawal(50_00))
        self.relay.traced(1, method="withdrawal.request", link="alder>birch", way="answer")
        text = self.relay.trace_path.read_text(encoding="utf-8") + self.relay.log()
        for secret in (self.card.pan, self.terminal.session, "pin_block", "eyJ"):
            self.assertNotIn(secret, text)


if __name__ == "__main__":
    unittest.main()
