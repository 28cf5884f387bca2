"""Peer banks that lie, shout, are silent, or are not who they say: refused or recorded, with the
reason in the log, nothing of ours changed by it and nobody else the worse for it.

The test is the peer: it has that bank's certificate and asks alder's server itself, or stands in
the proxy and changes what the peer really said.
"""

import json
import random
import re
import time
import unittest
import uuid

from banks import INTERCHANGE, SURCHARGE, items, mirror_findings
from case import SEED, BanksCase
from harness import iban
from host import Request
from message_proxy import ANSWERS, REQUESTS
from mutate import Mutator
from pki import Authority
from processes import wait_until
from wire import Lost, RpcClient, RpcError

IDENTITY = -32002
TERMINAL_METHODS = ("network.sign_on", "network.sign_off", "network.echo", "terminal.replenish",
                    "terminal.remove", "terminal.balance", "terminal.totals", "terminal.cut_over",
                    "withdrawal.confirm")
PEER_METHODS = ("transfer.credit", "transfer.inquiry", "transfer.return", "directory.get")
WAITS = {"issuer_wait_ms": 1500, "beneficiary_wait_ms": 1200}
FLOOD = 20_000


class PeerCase(BanksCase):
    shape = {"count": 3, "terminals": 2, "cards": 2, "waits": WAITS}

    def peer(self, network, timeout=10.0):
        """A connection to alder's bank server with the certificate of this bank."""
        client = RpcClient(self.alder.bank_servers[0].address,
                           network.identity(f"bank-{network.bank_code}"), timeout)
        self.addCleanup(client.close)
        return client.connect()

    def assert_identity(self, call):
        with self.assertRaises(RpcError) as refused:
            call()
        self.assertEqual((refused.exception.code, refused.exception.data["rc"]), (IDENTITY, "63"))

    def state(self):
        """All decisions and entries of alder: whether anything changed."""
        return self.alder.postgres.query("SELECT (SELECT count(*) FROM bank.decision),"
                                         " (SELECT count(*) FROM bank.entry)")

    def reasons(self, network=None):
        lines = (network or self.alder).bank_servers[0].log().splitlines()
        return [line["reason"] for line in map(json.loads, lines) if "reason" in line]

    def wait_reason(self, pattern, before=(), network=None):
        wait_until(lambda: any(re.search(pattern, one)
                               for one in self.reasons(network)[len(before):]),
                   lambda: f"{pattern} among {self.reasons(network)[len(before):]}")

    def credit(self, network, amount=1_00, txid=None, **changed):
        params = {"txid": txid or str(uuid.uuid4()), "from_account": network.cards[0].accounts[0],
                  "to_account": self.alder.cards[0].accounts[0], "amount": amount,
                  "currency": "EUR", **changed}
        return params

    def paid(self, sender, receiver):
        """A transfer that was completed."""
        terminal = self.host(sender, sender.cards[0])
        request = terminal.transfer(3_00, receiver.cards[0].accounts[0])
        self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")
        return terminal, request


class Asking(PeerCase):
    def test_bank_is_no_peer_of_itself(self):
        client = self.peer(self.alder)
        self.assert_identity(lambda: client.call("directory.get",
                                                 {"txid": str(uuid.uuid4()), "serial": 0}))

    def test_acquirer_is_the_bank_of_the_certificate(self):
        terminal = self.host(self.birch, self.alder.cards[0])
        before = self.state()
        params = dict(terminal.withdrawal(10_00).params, acquirer=self.cedar.bank_code)
        client = self.peer(self.birch)
        self.assert_identity(lambda: client.call("withdrawal.request", params))
        self.assertEqual(self.state(), before)

    def test_peer_may_not_act_as_our_terminal(self):
        client, before = self.peer(self.birch), self.state()
        params = {"terminal_id": self.alder.terminal_ids[0], "business_date": "2026-01-01",
                  "stan": 1, "txid": str(uuid.uuid4())}
        for method in TERMINAL_METHODS:
            with self.subTest(method=method):
                self.assert_identity(lambda method=method: client.call(method, params))
        self.assertEqual(self.state(), before)

    def test_terminal_may_not_act_as_a_peer(self):
        terminal, before = self.host(self.alder), self.state()
        for method in PEER_METHODS:
            with self.subTest(method=method):
                self.assert_identity(lambda method=method:
                                     terminal.send(terminal.request(method)))
        self.assertEqual(self.state(), before)

    def test_peer_with_another_banks_certificate_gets_no_calls(self):
        """The directory sends us to cedar's server for birch."""
        addresses, before = self.banks.addresses, self.reasons()
        wrong = {self.birch.bank_code: [self.cedar.bank_servers[0].address]}
        self.banks.addresses = lambda one: wrong.get(one.bank_code) or addresses(one)
        try:
            self.banks.publish(at=[self.alder])
            self.wait_reason("bank/90000003", before)
            terminal = self.host(self.alder)
            self.assert_rc("91", terminal.send(terminal.session_open(self.birch.cards[0])))
            terminal.open(self.cedar.cards[0])
        finally:
            self.banks.addresses = addresses
            self.banks.publish()
        self.banks.wait_peers()

    def assert_refused(self, network, method, params, rc):
        before = self.state()
        answer = self.peer(network).call(method, params)
        self.assertEqual(answer["rc"], rc, answer)
        self.assertNotIn(answer.get("status"), ("ACCEPTED", "REJECTED", "RETURNED"), answer)
        self.assertEqual(self.state(), before)

    def test_inquiry_about_another_banks_transfer(self):
        _, request = self.paid(self.birch, self.alder)
        self.assert_refused(self.cedar, "transfer.inquiry", {"txid": request.txid}, "63")

    def test_return_of_another_banks_transfer(self):
        terminal, request = self.paid(self.alder, self.birch)
        before = terminal.see()
        returned = {"txid": request.txid, "amount": 3_00, "currency": "EUR", "window_no": 1,
                    "reason": "CUST"}
        self.assert_refused(self.cedar, "transfer.return", returned, "25")
        for changed in ({"amount": 4_00}, {"window_no": 99_999}):
            self.assert_refused(self.birch, "transfer.return", {**returned, **changed}, "95")
        self.assertEqual(terminal.see(), before)

    def test_reversal_of_another_banks_withdrawal(self):
        terminal = self.host(self.birch, self.alder.cards[0])
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        reversal = terminal.reversal(request).params
        reversal.pop("account")
        self.assert_refused(self.cedar, "withdrawal.reverse", reversal, "94")
        terminal.expect("00", terminal.confirmation(request))

    def test_status_of_another_banks_transfer(self):
        terminal = self.host(self.birch, self.alder.cards[0])
        request = terminal.transfer(2_00, self.alder.cards[1].accounts[0])
        terminal.expect("00", request)
        self.assert_refused(self.cedar, "transfer.status",
                            terminal.transfer_status(request.txid).params, "63")

    def test_credit_of_somebody_elses_money(self):
        for payer in (self.alder.cards[1], self.cedar.cards[0]):
            params = self.credit(self.birch, from_account=payer.accounts[0])
            self.assert_refused(self.birch, "transfer.credit", params, "63")

    def test_other_amount_under_a_used_id(self):
        _, request = self.paid(self.birch, self.alder)
        params = {name: request.params[name] for name in
                  ("txid", "from_account", "to_account", "amount", "currency")}
        for changed in ({"amount": 3_01}, {"to_account": self.alder.cards[1].accounts[0]}):
            self.assert_refused(self.birch, "transfer.credit", {**params, **changed}, "94")
        self.assert_refused(self.cedar, "transfer.credit",
                            {**params, "from_account": self.cedar.cards[0].accounts[0]}, "94")

    def test_interchange_that_was_not_agreed(self):
        terminal = self.host(self.birch, self.alder.cards[0])
        before = terminal.see()
        for interchange in (INTERCHANGE + 1, INTERCHANGE - 1, 10_000_00):
            params = dict(terminal.withdrawal(10_00).params, surcharge=SURCHARGE,
                          interchange=interchange)
            self.assertEqual(self.peer(self.birch).call("withdrawal.request", params)["rc"], "57")
        self.assertEqual(terminal.see(), before)

    def test_payee_that_is_not_ours(self):
        params = self.credit(self.birch, to_account=self.cedar.cards[0].accounts[0])
        answer = self.peer(self.birch).call("transfer.credit", params)
        self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", "RC01"))
        params = self.credit(self.birch, to_account=iban(self.alder.bank_code, 1_999_999_999))
        answer = self.peer(self.birch).call("transfer.credit", params)
        self.assertEqual((answer["status"], answer["reason"]), ("REJECTED", "AC01"))

    def test_flood_of_one_peer_leaves_the_others_their_time(self):
        own = self.host(self.alder, self.alder.cards[0])
        foreign = self.host(self.alder, self.cedar.cards[0], 1)
        flooding = self.peer(self.birch)
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "transfer.credit",
                           "params": self.credit(self.birch, from_account=
                                                 self.cedar.cards[0].accounts[0])}).encode() + b"\n"
        flooding._socket.setblocking(False)
        sent = slowest = 0
        pending = b""
        for _ in range(40):
            deadline = time.monotonic() + 0.05
            while time.monotonic() < deadline and sent < FLOOD:
                try:
                    pending = pending or line * 100
                    pending = pending[flooding._socket.send(pending):]
                    sent += 0 if pending else 100
                except OSError:
                    break
            began = time.monotonic()
            own.expect("00", own.balance())
            own.expect("00", own.transfer(1, self.alder.cards[1].accounts[0]))
            foreign.expect("00", foreign.balance())
            slowest = max(slowest, time.monotonic() - began)
        self.assertGreater(sent, 100)
        self.assertLess(slowest, 2.0, f"{sent} requests sent")

    def test_any_bytes_from_a_peer(self):
        dice = random.Random(f"{SEED}/bytes")
        mutator = Mutator(dice)
        terminal = self.host(self.alder, self.cedar.cards[0])
        before, pid = self.state(), self.alder.bank_servers[0].pid
        for number in range(150):
            client = self.peer(self.birch)
            if dice.random() < 0.3:
                line = mutator.noise()
            else:
                params = self.credit(self.birch,
                                     from_account=self.cedar.cards[0].accounts[0])
                line = mutator.line("transfer.credit", params, number)
            try:
                client.write(line + b"\n")
                client.write(b'{"jsonrpc":"2.0","id":"end","method":"rpc.ping"}\n')
                while client.read_line() not in (b"", b'{"jsonrpc":"2.0","id":"end","result":{}}'):
                    pass
            except Lost as lost:
                self.assertNotIn("timed out", str(lost), f"seed {SEED}, {line[:200]}")
            client.close()
        terminal.expect("00", terminal.balance())
        self.assertEqual(self.alder.bank_servers[0].pid, pid)
        self.assertTrue(self.alder.bank_servers[0].alive)
        self.assertEqual(self.state(), before)


class Answering(PeerCase):
    """Answers that cannot be true are never booked; what really happened is found out."""

    def lie(self, method, times=1, **members):
        """Birch's next answer to this has other members; the rule."""
        def change(content):
            content["result"].update(members)
            return content

        return self.banks.proxy(self.birch).change(method, ANSWERS, change, times=times)

    def test_other_amount_window_or_fees_of_a_withdrawal(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        balance = terminal.see()[0]
        for members, reason in (({"amount": 90_00}, "another amount"),
                                ({"amount": 10_00}, "another amount"),
                                ({"window_no": 5_000}, "window"),
                                ({"window_no": 0}, "window"),
                                ({"interchange": INTERCHANGE + 1}, "other fees"),
                                ({"surcharge": 0}, "other fees")):
            with self.subTest(members=members):
                before = self.reasons()
                self.lie("withdrawal.request", **members)
                self.assert_rc("91", terminal.send(terminal.withdrawal(50_00)))
                self.wait_reason(reason, before)
                self.banks.settle()
                self.assertEqual(terminal.see()[0], balance)

    def test_other_amount_of_a_deposit(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        balance = terminal.see()[0]
        self.lie("deposit.request", amount=10_00)
        self.assert_rc("91", terminal.send(terminal.deposit(50_00)))
        self.banks.settle()
        self.assertEqual(terminal.see()[0], balance)

    def test_answer_that_is_none(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        balance = terminal.see()[0]
        for result in ({}, {"rc": "00"}, {"rc": "00", "text": "x", "amount": "50"}, [], None, 1):
            with self.subTest(result=result):
                self.banks.proxy(self.birch).change(
                    "withdrawal.request", ANSWERS,
                    lambda content, result=result: {**content, "result": result}, times=1)
                self.assert_rc("91", terminal.settle(terminal.withdrawal(50_00)))
                self.banks.settle()
                self.assertEqual(terminal.see()[0], balance)

    def test_other_amount_or_window_of_a_transfer(self):
        terminal = self.host(self.alder, self.alder.cards[0])
        for members in ({"amount": 4_00}, {"window_no": 7_000}, {"window_no": 0},
                        {"status": "REFUSED"}, {"status": "REJECTED"}, {"rc": "14"}):
            with self.subTest(members=members):
                self.lie("transfer.credit", **members)
                request = terminal.transfer(5_00, self.birch.cards[0].accounts[0])
                self.assertEqual(terminal.expect("00", request)["status"], "PENDING")
                self.banks.settle()
                self.assertEqual(terminal.send(terminal.transfer_status(request.txid))["status"],
                                 "COMPLETED")

    def test_other_fees_of_a_transfer(self):
        """The customer's transfer is done; the fee is not booked as the issuer says."""
        terminal = self.host(self.alder, self.birch.cards[0])
        before = self.reasons()
        self.lie("transfer.request", surcharge=SURCHARGE + 1_00)
        request = terminal.transfer(5_00, self.cedar.cards[0].accounts[0])
        self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")
        self.wait_reason("other fees", before)
        self.banks.settle()
        booked = [amount for (txid, _, amount) in items(self.alder, self.birch)
                  if txid == request.txid]
        self.assertEqual(booked, [SURCHARGE + INTERCHANGE])

    def test_answer_nobody_asked_for(self):
        server = self.alder.bank_servers[0]

        def late():
            found = re.search(r'^tellerwire_peer_late_answers_total\{peer="90000002"\} (\d+)$',
                              server.metrics(), re.MULTILINE)
            return int(found[1])

        terminal = self.host(self.alder, self.birch.cards[0])
        balance, before = terminal.see()[0], late()
        self.banks.proxy(self.birch).duplicate("withdrawal.request", ANSWERS, times=1)
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        wait_until(lambda: late() > before, "the second answer is counted")
        terminal.expect("00", terminal.confirmation(request))
        self.assertEqual(terminal.see()[0], balance - 20_00 - SURCHARGE)

    def test_silence(self):
        """One bank's silence costs its own customers their time, and nobody else."""
        silent = self.host(self.alder, self.birch.cards[0])
        balance = silent.see()[0]
        other = self.host(self.alder, self.cedar.cards[0], 1)
        rules = [self.banks.proxy(self.birch).hold("*", way) for way in (REQUESTS, ANSWERS)]
        request = silent.withdrawal(20_00)
        call = silent.client().send(request.method, request.params)
        began = time.monotonic()
        for _ in range(10):
            other.expect("00", other.balance())
        self.assertLess(time.monotonic() - began, WAITS["issuer_wait_ms"] / 1000)
        self.assert_rc("91", silent.client().receive(call))
        for rule in rules:
            rule.end()
        self.banks.settle()
        self.assertEqual(silent.see()[0], balance)


class Differences(PeerCase):
    """What stays different is recorded and listed, and the rest of the books is untouched."""

    spoils = True

    def tearDown(self):
        self.banks.heal()
        self.banks.settle()
        for network in self.banks:
            network.audit()

    def test_other_amount_in_the_acknowledgement_of_a_reversal(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        request = terminal.withdrawal(50_00)
        terminal.expect("00", request)
        before = self.reasons()
        self.banks.proxy(self.birch).change("withdrawal.reverse", ANSWERS, more_by_one, times=1)
        terminal.expect("00", terminal.reversal(request, 0, "jam"))
        self.wait_reason("reversal differs", before)
        self.banks.settle()
        listed = [one for one in self.alder.bankctl("suspects") if one["txid"] == request.txid]
        self.assertEqual([one["state"] for one in listed], ["difference"], listed)
        owed = SURCHARGE + INTERCHANGE + 50_00
        self.assertEqual(mirror_findings(self.alder, self.birch),
                         [f"only at {self.birch.bank_code} about {self.alder.bank_code}: "
                          f"{(request.txid, 1, -owed)}, seen from there"])


def more_by_one(content):
    content["result"]["amount"] += 1_00
    return content


class Directories(PeerCase):
    def offer(self, jws):
        """Birch answers alder's next question with this directory."""
        def change(content):
            content["result"].update(directory=jws, serial=9_999)
            return content

        proxy = self.banks.proxy(self.birch)
        rule = proxy.change("directory.get", ANSWERS, change, sender=self.alder.bank_code)
        proxy.cut()  # a new link asks
        rule.wait()
        rule.end()

    def stored(self):
        return self.alder.postgres.query("SELECT max(serial) FROM bank.directory").strip()

    def content(self, serial):
        return {"serial": serial, "issued": "2026-01-01T00:00:00Z",
                "banks": [{"bank_code": one.bank_code, "name": one.environment["BANK_NAME"],
                           "currency": "EUR", "iins": [one.iin],
                           "addresses": self.banks.addresses(one)} for one in self.banks]}

    def refused(self, jws, reason):
        before, serial = self.reasons(), self.stored()
        self.offer(jws)
        if reason:
            self.wait_reason(reason, before)
        self.banks.wait_peers()
        terminal = self.host(self.alder, self.birch.cards[0])
        terminal.expect("00", terminal.balance())
        self.assertEqual(self.stored(), serial)

    def test_forged(self):
        jws = self.banks.sign(self.content(500), "forged").read_text().strip()
        head, payload, signature = jws.split(".")
        other = self.banks.sign(self.content(501), "other").read_text().strip().split(".")
        self.refused(f"{head}.{other[1]}.{signature}", "not signed by")
        self.refused(f"{head}.{payload}.", "")
        self.refused("not a directory", "")

    def test_signed_by_a_bank(self):
        folder = Authority(self.alder.folder / "pki").folder
        key = folder / f"bank-{self.birch.bank_code}" / "key.pem"
        jws = self.banks.sign(self.content(600), "by-birch", key=key).read_text().strip()
        self.refused(jws, "not signed by")

    def test_server_that_has_not_read_it_says_no_final_word(self):
        """Whatever it does not know yet may be another bank's: "no route" would be a lie."""
        terminal = self.host(self.alder)
        server = self.alder.bank_servers[0]
        request = terminal.session_open(self.birch.cards[0])
        with self.alder.postgres.holding("LOCK TABLE bank.directory"):
            server.restart(wait=False)
            wait_until(lambda: "lane ready" in server.log().rpartition("started")[2],
                       "it has its database")
            with self.assertRaises(RpcError) as refused:
                terminal.send(request)
            self.assertTrue(refused.exception.retryable, refused.exception)
            self.assertFalse(server.ready())
        server.wait_ready()
        self.banks.wait_peers()
        self.assert_rc("00", terminal.settle(request.repeated()))

    def test_older(self):
        jws = self.banks.sign(self.content(1), "older").read_text().strip()
        self.banks.publish()
        wait_until(lambda: int(self.stored()) > 1, "a newer one is stored")
        self.refused(jws, None)

    def test_without_ourselves(self):
        """The root may do that; it is taken, and said loudly."""
        before = self.reasons()
        content = self.content(700)
        content["banks"] = [one for one in content["banks"]
                            if one["bank_code"] != self.alder.bank_code]
        self.offer(self.banks.sign(content, "without-us").read_text().strip())
        self.wait_reason("does not name this bank", before)
        home = self.host(self.alder, self.alder.cards[0])
        home.expect("00", home.balance())
        again = self.banks.sign(self.content(701), "with-us").read_text().strip()
        self.offer(again)
        wait_until(lambda: self.stored() == "701", "the newer one is stored")


if __name__ == "__main__":
    unittest.main()
