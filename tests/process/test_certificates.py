"""The certificate is the identity: who is refused, when, and with which reason in the log."""

import json
import re
import signal
import time

from case import NetworkCase
from machine import step
from pki import Authority, BareIdentity, OldIdentity
from processes import wait_until
from wire import Identity, Lost, RpcClient, RpcError

IDENTITY = -32002
UNAVAILABLE = -32005
REFUSED = "refused"


class CertificateCase(NetworkCase):
    shape = {"terminals": 2, "cards": 0}

    def setUp(self):
        self.pki = Authority(self.network.folder / "pki")
        self.middleware, self.bank_server = self.network.middlewares[0], self.network.bank_servers[0]
        self.terminal_id = self.network.terminal_ids[0]
        self.name = f"{self.network.bank_code}/{self.terminal_id}"

    def own(self, number=0):
        return self.network.identity(f"terminal-{self.network.bank_code}-"
                                     f"{self.network.terminal_ids[number]}")

    def client(self, identity, address=None, timeout=5.0):
        client = RpcClient(address or self.middleware.address, identity, timeout)
        self.addCleanup(client.close)
        return client.connect()

    def outcome(self, identity, address=None, method="network.echo", terminal_id=None):
        """What somebody hears who shows this certificate: a result, a JSON-RPC error code, or
        REFUSED when the connection ends without a word."""
        params = {"terminal_id": terminal_id or self.terminal_id, "business_date": "1970-01-01",
                  "stan": 1, "txid": "0198f1d0-7c7a-7d3e-8a55-0123456789ab"}
        try:
            return self.client(identity, address).call(method, params)
        except Lost as lost:
            self.assertNotIn("timed out", str(lost))
            return REFUSED
        except RpcError as error:
            return error.code

    def reasons(self, daemon):
        """The reasons in a daemon's log, one JSON object per line."""
        lines = [json.loads(line) for line in daemon.log().splitlines() if line.startswith("{")]
        return [line["reason"] for line in lines if "reason" in line]

    def assert_refused(self, identity, reason, daemon=None, address=None):
        """No answer but a refusal, for this reason, and everybody else is still served."""
        daemon = daemon or self.middleware
        before = len(self.reasons(daemon))
        self.assertIn(self.outcome(identity, address), (REFUSED, IDENTITY))
        wait_until(lambda: any(reason in one for one in self.reasons(daemon)[before:]),
                   lambda: f"{reason!r} in the log, not {self.reasons(daemon)[before:]}", 5.0)
        self.assert_served()

    def assert_served(self, number=1):
        answer = self.outcome(self.own(number), terminal_id=self.network.terminal_ids[number])
        self.assertIsInstance(answer, dict, answer)

    def reload(self, *daemons):
        for daemon in daemons:
            before = daemon.log().count("reloading")
            daemon.signal(signal.SIGHUP)
            wait_until(lambda: daemon.log().count("reloading") > before, "reload")

    def identity_in(self, folder):
        return Identity(folder, self.network.root)


class Handshake(CertificateCase):
    """Certificates that never get as far as a request."""

    def test_own_certificate_is_served(self):
        self.assertIsInstance(self.outcome(self.own()), dict)

    def test_expired(self):
        folder = self.pki.issue("terminal", f"{self.network.bank_code}/00000901", "--days", "0")
        self.assert_refused(self.identity_in(folder), "certificate has expired")

    def test_of_another_authority(self):
        other = Authority(self.network.folder / "other")
        other("init")
        folder = other.issue("terminal", self.name)
        self.assert_refused(self.identity_in(folder), "certificate refused: ")

    def test_signed_by_itself(self):
        folder = self.pki.forge("itself", f"subjectAltName=URI:tellerwire://terminal/{self.name}")
        self.pki.openssl("req", "-new", "-x509", "-config", "ca/openssl.cnf", "-extensions",
                          "client", "-key", "itself/key.pem", "-subj", "/CN=itself", "-out",
                          "itself/cert.pem")
        self.assert_refused(self.identity_in(folder), "certificate refused: self-signed")

    def test_signed_by_another_terminal(self):
        folder = self.pki.forge("child", f"subjectAltName=URI:tellerwire://terminal/{self.name}")
        issuer = self.pki.holder("terminal", self.name).name
        self.pki.openssl("req", "-new", "-x509", "-config", "ca/openssl.cnf", "-extensions",
                          "client", "-CA", f"{issuer}/cert.pem", "-CAkey", f"{issuer}/key.pem",
                          "-key", "child/key.pem", "-subj", "/CN=child", "-out", "child/cert.pem")
        chain = (folder / "cert.pem").read_text() + (self.pki.folder / issuer / "cert.pem").read_text()
        (folder / "cert.pem").write_text(chain)
        self.assert_refused(self.identity_in(folder), "certificate refused: ")

    def test_none(self):
        self.assert_refused(BareIdentity(self.network.root), "did not return a certificate")

    def test_tls_1_2(self):
        folder = self.pki.holder("terminal", self.name)
        with self.assertRaises(Lost):
            self.client(OldIdentity(folder, self.network.root))
        wait_until(lambda: any("unsupported protocol" in one
                               for one in self.reasons(self.middleware)), "reason in the log")
        self.assert_served()

    def test_usage_of_a_server_only(self):
        folder = self.pki.forge("server-only", f"subjectAltName=URI:tellerwire://terminal/{self.name}",
                                "extendedKeyUsage=serverAuth")
        self.assert_refused(self.identity_in(folder), "purpose")

    def test_no_usage_at_all(self):
        folder = self.pki.forge("no-usage", f"subjectAltName=URI:tellerwire://terminal/{self.name}")
        self.assert_refused(self.identity_in(folder), "purpose")

    def test_key_for_pin_blocks(self):
        self.assert_refused(self.network.identity(f"pin-{self.network.bank_code}"),
                            "certificate refused: ")

    def test_certificate_without_a_name(self):
        folder = self.pki.forge("nameless", "extendedKeyUsage=clientAuth")
        self.assert_refused(self.identity_in(folder), "names no party")

    def test_certificate_with_two_names(self):
        folder = self.pki.forge("two", "extendedKeyUsage=clientAuth",
                                f"subjectAltName=URI:tellerwire://terminal/{self.name},"
                                f"URI:tellerwire://bank/{self.network.bank_code}")
        self.assert_refused(self.identity_in(folder), "more than one party")

    def test_certificate_with_another_spelling(self):
        folder = self.pki.forge("spelling", "extendedKeyUsage=clientAuth",
                                f"subjectAltName=URI:tellerwire://Terminal/{self.name}")
        self.assert_refused(self.identity_in(folder), "not the name of a party")


class Kinds(CertificateCase):
    """Good certificates at the wrong door."""

    def test_bank_and_middleware_are_no_terminals(self):
        for folder in (f"bank-{self.network.bank_code}", "middleware-mw1"):
            self.assert_refused(self.network.identity(folder), "is not served here")

    def test_terminal_does_not_get_past_the_middleware(self):
        self.assert_refused(self.own(), "is not served here", self.bank_server,
                            self.bank_server.address)

    def test_operator_may_ping_and_nothing_else(self):
        operator = self.network.identity(f"operator-{self.network.bank_code}-operator")
        for address in (self.middleware.address, self.bank_server.address):
            self.assertEqual(self.outcome(operator, address, "rpc.ping"), {})
            for method in ("network.echo", "network.sign_on", "terminal.totals"):
                self.assertEqual(self.outcome(operator, address, method), IDENTITY)

    def test_scenario_23_another_terminals_identity(self):
        for method in ("network.echo", "network.sign_on", "terminal.totals", "session.open"):
            with self.assertRaises(RpcError) as caught:
                self.client(self.own(0)).call(
                    method, {"terminal_id": self.network.terminal_ids[1], "stan": 1,
                             "business_date": "1970-01-01",
                             "txid": "0198f1d0-7c7a-7d3e-8a55-0123456789ab"})
            self.assertEqual(caught.exception.code, IDENTITY)
            self.assertEqual(caught.exception.data["rc"], "63")

    def test_scenario_23_another_acquirers_name(self):
        self.assertEqual(self.outcome_with(acquirer="90000002"), IDENTITY)
        self.assertIsInstance(self.outcome_with(acquirer=self.network.bank_code), dict)

    def outcome_with(self, **members):
        params = {"terminal_id": self.terminal_id, "business_date": "1970-01-01", "stan": 2,
                  "txid": "0198f1d0-7c7a-7d3e-8a55-0123456789ac", **members}
        try:
            return self.client(self.own()).call("network.echo", params)
        except RpcError as error:
            return error.code

    def test_terminal_of_an_unknown_bank_has_no_route(self):
        folder = self.pki.issue("terminal", "90000009/00000017")
        self.assertEqual(self.outcome(self.identity_in(folder), terminal_id="00000017"), -32006)

    def test_session_of_another_terminal_is_void(self):
        card = self.network.new_customer("Someone", balance=0)
        terminal, thief = self.host(0, card), self.host(1)
        thief.session, thief.account = terminal.session, terminal.account
        self.assert_rc("63", thief.send(thief.balance()))
        self.assert_rc("63", thief.send(thief.withdrawal(10_00)))
        self.assert_rc("63", thief.send(thief.in_session("session.close")))
        terminal.expect("00", terminal.balance())


class Revocation(CertificateCase):
    spoils = True
    shape = {"terminals": 3, "cards": 0}

    def tearDown(self):
        """The next test finds every party with a good certificate and a fresh list."""
        for kind, name in (("terminal", self.name), ("middleware", "mw1"),
                           ("bank", self.network.bank_code)):
            latest = [line for line in self.pki("list").splitlines()
                      if line.endswith(f" {kind} {name}")][-1]
            if latest.startswith("revoked"):
                self.pki("issue", kind, name, "--renew", *self.addresses(kind))
        self.pki("crl")
        for daemon in self.network.bank_servers + self.network.middlewares:
            daemon.restart(wait=False)
        super().tearDown()

    def addresses(self, kind):
        host = self.middleware.address.rpartition(":")[0]
        return [] if kind == "terminal" else ["--address", host]

    def test_terminal_is_cut_off_on_a_live_connection(self):
        live, other = self.client(self.own(0)), self.client(self.own(2))
        self.assertEqual(live.call("rpc.ping", {}), {})
        self.pki("revoke", "terminal", self.name)
        self.assertEqual(live.call("rpc.ping", {}), {})  # nobody has told the middleware yet
        self.reload(self.middleware)
        self.assert_closed(live)
        self.assertEqual(other.call("rpc.ping", {}), {})
        self.assert_refused(self.own(0), "certificate refused: certificate revoked")

    def assert_closed(self, client):
        """The other side ends the connection by itself, perhaps after one line that says why."""
        try:
            for _ in range(2):
                line = client.read_line(5.0)
                if not line:
                    return
                self.assertEqual(json.loads(line)["error"]["code"], IDENTITY)
        except Lost as lost:
            self.assertNotIn("timed out", str(lost))
            return
        self.fail("the connection is still open")

    def test_terminal_that_was_issued_again_is_served(self):
        self.pki("revoke", "terminal", self.name)
        self.reload(self.middleware)
        self.assert_refused(self.own(0), "certificate revoked")
        self.pki("issue", "terminal", self.name, "--renew")
        self.assertIsInstance(self.outcome(self.own(0)), dict)

    def test_middleware_is_cut_off_by_the_bank(self):
        self.assert_served()
        self.pki("revoke", "middleware", "mw1")
        self.reload(self.bank_server)
        wait_until(lambda: self.outcome(self.own()) == UNAVAILABLE, "no server available", 10.0)
        wait_until(lambda: any("certificate revoked" in one
                               for one in self.reasons(self.bank_server)), "reason in the log")

    def test_bank_server_is_cut_off_by_the_middleware(self):
        self.assert_served()
        self.pki("revoke", "bank", self.network.bank_code)
        self.reload(self.middleware)
        wait_until(lambda: self.outcome(self.own()) == UNAVAILABLE, "no server available", 10.0)
        wait_until(lambda: any("certificate revoked" in one
                               for one in self.reasons(self.middleware)), "reason in the log")

    def test_stale_list_is_not_loaded_over_a_good_one(self):
        self.pki("crl", "--days", "0")
        self.reload(self.middleware)
        wait_until(lambda: any("has expired" in one for one in self.reasons(self.middleware)),
                   "reason in the log")
        self.assert_served()

    def test_daemons_do_not_start_with_a_stale_list(self):
        self.pki("crl", "--days", "0")
        for daemon in (self.middleware, self.bank_server):
            daemon.kill()
            daemon.start(wait=False)
            self.assertNotEqual(daemon.wait_death(), 0)
            self.assertIn("has expired", daemon.log_tail(1))

    def test_list_that_goes_stale_closes_every_door(self):
        live = self.client(self.own(0), timeout=15.0)
        self.pki.expire_crl_in(3)
        self.reload(self.middleware)
        self.assert_served()
        started = time.monotonic()
        self.assert_closed_within(live, 15.0)
        self.assertGreater(time.monotonic() - started, 0.5)
        self.assertEqual(self.outcome(self.own(1)), REFUSED)
        self.pki("crl")
        self.reload(self.middleware)
        wait_until(lambda: isinstance(self.outcome(self.own(0)), dict), "served again", 10.0)

    def assert_closed_within(self, client, seconds):
        try:
            line = client.read_line(seconds)
            self.assertIn(json.loads(line)["error"]["code"] if line else IDENTITY, (IDENTITY,))
        except Lost as lost:
            self.assertNotIn("timed out", str(lost))

    def test_reload_with_missing_files_keeps_the_old_ones(self):
        crl = self.pki.folder / "crl.pem"
        hidden = crl.rename(crl.with_suffix(".hidden"))
        self.reload(self.middleware)
        wait_until(lambda: "reload failed" in self.middleware.log(), "it says so")
        hidden.rename(crl)
        self.assert_served()


class OtherBank(CertificateCase):
    def use_certificate_of(self, bank):
        ini = self.network.folder / "etc" / "bank-server-1.ini"
        text = re.sub(r"pki/bank-\d+/", f"pki/bank-{bank}/", ini.read_text())
        ini.write_text(text)
        self.bank_server.restart(wait=False)

    def test_bank_server_with_another_banks_certificate_gets_no_traffic(self):
        """Who answers at the bank's address must be the bank."""
        host = self.middleware.address.rpartition(":")[0]
        self.pki.issue("bank", "90000002", "--address", host)
        try:
            self.use_certificate_of("90000002")
            wait_until(lambda: any("90000002 is not who should be there" in one
                                   for one in self.reasons(self.middleware)),
                       lambda: f"reason in the log: {self.reasons(self.middleware)}")
            self.assertEqual(self.outcome(self.own()), UNAVAILABLE)
        finally:
            self.use_certificate_of(self.network.bank_code)
        self.network.wait_ready()
        self.assert_served()


class PinCertificates(NetworkCase):
    """The certificate PINs are encrypted for, as the real terminal checks it."""

    spoils = True
    shape = {"terminals": 1, "cards": 1}

    def test_revoked_while_the_terminal_runs(self):
        card, machine = self.network.cards[0], self.network.machine(0)
        pki = Authority(self.network.folder / "pki")
        machine.fill()
        with machine.life() as life:
            self.assertEqual(life.play(step("balance", card))["rc"], "00")
            life.play(step("close"))
            decisions = len(self.network.books().decisions)
            pki("revoke", "pin", self.network.bank_code)
            report = life.play(step("balance", card))
        self.assertEqual((report["verdict"], report["rc"]), ("fault", "63"), report)
        self.assertIn("no PIN was sent", report["text"])
        self.assertEqual(len(self.network.books().decisions), decisions)
