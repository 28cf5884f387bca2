"""Closed windows are reconciled by the banks themselves: agreed when the books are alike, drained
while something is on its way, compared item by item when they differ; what differs is left out."""

import json
import unittest

from banks import hurry
from case import BanksCase
from fake_agent import base64url, payload_of, sign
from message_proxy import ANSWERS, REQUESTS
from processes import wait_until
from wire import RpcClient, RpcError
from wrong_books import REVERSAL, new_txid, put_both, put_item, put_items

PACE = {"poll_ms": 200, "drain_ms": 500, "drain_max_ms": 20000}
PAIR_SECONDS = 30.0


def pairs(network, window):
    """{peer: (state, reason)} of a closed window."""
    rows = network.postgres.query("SELECT peer_code, state, coalesce(reason, '') FROM"
                                  f" bank.window_pair WHERE window_no = {window}")
    return {peer: (state, reason)
            for peer, state, reason in (row.split("|") for row in rows.splitlines())}


def window_of(network, window):
    """(state, reason)"""
    row = network.postgres.query("SELECT state, coalesce(reason, '') FROM bank.settlement_window"
                                 f" WHERE window_no = {window}").strip()
    return tuple(row.split("|"))


def agreed(network, peer, window):
    """What was agreed: counts and sums of debits and credits, and the net of all stripes."""
    row = network.postgres.query(
        "SELECT agreed_debit_count, agreed_debit_minor, agreed_credit_count, agreed_credit_minor,"
        " (SELECT coalesce(sum(agreed_minor), 0) FROM bank.position AS p WHERE p.window_no ="
        " w.window_no AND p.peer_code = w.peer_code) FROM bank.window_pair AS w"
        f" WHERE window_no = {window} AND peer_code = {peer.bank_code} AND state = 'AGREED'")
    return tuple(int(number) for number in row.split("|"))


def breaks(network, window):
    """{txid: (id, class, ours, theirs, other window, entries)}"""
    rows = network.postgres.query(
        "SELECT txid, break_id, class, ours_minor, theirs_minor, coalesce(other_window_no, 0),"
        " (SELECT count(*) FROM bank.break_entry AS e WHERE e.break_id = b.break_id)"
        f" FROM bank.recon_break AS b WHERE window_no = {window}")
    found = {}
    for row in rows.splitlines():
        txid, identity, kind, *numbers = row.split("|")
        found[txid] = (identity, kind, *map(int, numbers))
    return found


class Clearing(BanksCase):
    shape = {"count": 2, "terminals": 1, "cards": 1, "settlement": PACE}

    def close(self, *networks):
        """Cuts over; the number of the window that is closed now, the same at all."""
        closed = {network.bankctl("window", "show")["window"] for network in networks}
        self.assertEqual(len(closed), 1, closed)
        for network in networks:
            network.bankctl("window", "advance")
        return closed.pop()

    def wait_pair(self, network, peer, window, state, reason=""):
        wait_until(lambda: pairs(network, window).get(peer.bank_code, ("", ""))[0] == state
                   and reason in pairs(network, window)[peer.bank_code][1],
                   lambda: f"{network.bank_code} is {state} with {peer.bank_code} in {window}: "
                   f"{pairs(network, window)}\n{network.bank_servers[0].log_tail()}", PAIR_SECONDS)

    def wait_agreed(self, window):
        self.wait_pair(self.alder, self.birch, window, "AGREED")
        self.wait_pair(self.birch, self.alder, window, "AGREED")
        ours, theirs = agreed(self.alder, self.birch, window), agreed(self.birch, self.alder, window)
        self.assertEqual(ours, (*theirs[2:4], *theirs[:2], -theirs[4]))
        self.assertEqual(ours[4], ours[1] - ours[3])
        return ours

    def some_traffic(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        terminal.expect("00", terminal.withdrawal(20_00))
        terminal.expect("00", terminal.transfer(5_00, self.alder.cards[0].accounts[0]))


    def totals_of(self, signer, payload):
        return {"statement": sign(payload, self.folder_of(signer) / "key.pem",
                                  "tellerwire-totals"),
                "certificate": (self.folder_of(signer) / "cert.pem").read_text()}

    @staticmethod
    def folder_of(network):
        return network.folder / "pki" / f"bank-{network.bank_code}"

    def forged(self, signer, **members):
        """Birch's own totals with other members, signed by somebody."""

        def change(content):
            result = content.get("result", {})
            if "statement" in result:
                payload = {**payload_of(result["statement"]), **members}
                result.update(self.totals_of(signer, payload))
            return content

        return change


class Agreement(Clearing):
    def test_books_that_are_alike_are_agreed(self):
        self.some_traffic()
        window = self.close(self.alder, self.birch)
        counts = self.wait_agreed(window)
        self.assertGreater(counts[0], 0)
        self.assertEqual(breaks(self.alder, window), {})

    def test_window_without_items_is_agreed(self):
        window = self.close(self.alder, self.birch)
        self.assertEqual(self.wait_agreed(window), (0, 0, 0, 0, 0))
        self.assertEqual(window_of(self.alder, window)[0], "RECONCILING")

    def test_waits_for_a_bank_that_has_not_closed(self):
        self.some_traffic()
        window = self.close(self.alder)
        self.wait_pair(self.alder, self.birch, window, "WAITING",
                       f"bank {self.birch.bank_code} has not closed window {window}")
        self.close(self.birch)
        self.wait_agreed(window)

    def test_waits_for_a_bank_that_cannot_be_reached(self):
        self.banks.proxy(self.birch).refuse = True
        self.banks.proxy(self.birch).cut()
        window = self.close(self.alder, self.birch)
        self.wait_pair(self.alder, self.birch, window, "WAITING", "cannot be reached")
        self.banks.proxy(self.birch).release()
        self.wait_agreed(window)

    def test_waits_by_name_without_an_agent(self):
        window = self.close(self.alder, self.birch)
        self.wait_agreed(window)
        wait_until(lambda: "no settlement agent" in window_of(self.alder, window)[1],
                   lambda: window_of(self.alder, window))


class Draining(Clearing):
    shape = {**Clearing.shape, "waits": {"issuer_wait_ms": 1000}}

    def test_reversal_on_its_way_is_waited_for(self):
        """Birch approved a withdrawal of which alder heard nothing: alder books both items when the
        reversal is acknowledged, each in its window."""
        proxy = self.banks.proxy(self.birch)
        terminal = self.host(self.alder, self.birch.cards[0])
        proxy.lose("withdrawal.request", ANSWERS, times=1)
        lost = proxy.lose("withdrawal.reverse", REQUESTS)
        terminal.expect("91", terminal.withdrawal(20_00))
        window = self.close(self.alder, self.birch)
        self.wait_pair(self.alder, self.birch, window, "DRAINING", "not acknowledged")
        self.wait_pair(self.birch, self.alder, window, "DRAINING", "not acknowledged here")
        lost.end()
        hurry(self.alder)
        self.wait_agreed(window)
        self.assertEqual(breaks(self.alder, window), {})
        self.assertEqual(breaks(self.birch, window), {})


class WrongBooks(Clearing):
    """Each kind of wrong book is found by both banks alike, and the rest is agreed. The banks' own
    audits are no judge here: books were made wrong on purpose, and their hash chains say so."""

    spoils = True
    shape = {**Clearing.shape, "settlement": {**PACE, "drain_ms": 0}}

    def tearDown(self):
        self.banks.heal()
        self.banks.settle()
        for network in self.banks:
            self.assertNotEqual(network.run_bankctl("audit").returncode, 0)

    def seeded(self, seed):
        """Some traffic, then seed(window); both banks find the same. {txid: alder's break}"""
        self.some_traffic()
        before = self.alder.bankctl("window", "show")["window"]
        put_both(self.alder, self.birch, before, new_txid(), 77_00)
        seed(before)
        window = self.close(self.alder, self.birch)
        self.assertGreaterEqual(self.wait_agreed(window)[0], 2)
        ours, theirs = breaks(self.alder, window), breaks(self.birch, window)
        mirrored = {"MISSING_HERE": "MISSING_THERE", "MISSING_THERE": "MISSING_HERE"}
        self.assertEqual({txid: (one[0], one[1], one[2], one[3]) for txid, one in ours.items()},
                         {txid: (one[0], mirrored.get(one[1], one[1]), -one[3], -one[2])
                          for txid, one in theirs.items()})
        return ours

    def assert_break(self, found, txid, kind, ours, theirs, entries, other=0):
        self.assertEqual(found[txid][1:], (kind, ours, theirs, other, entries))

    def test_missing_there(self):
        txid = new_txid()
        found = self.seeded(lambda window: put_item(self.alder, self.birch, window, txid, 30_00))
        self.assertEqual(list(found), [txid])
        self.assert_break(found, txid, "MISSING_THERE", 30_00, 0, 1)

    def test_missing_here(self):
        txid = new_txid()
        found = self.seeded(lambda window: put_item(self.birch, self.alder, window, txid, 30_00))
        self.assert_break(found, txid, "MISSING_HERE", 0, -30_00, 0)

    def test_amount(self):
        txid = new_txid()

        def seed(window):
            put_item(self.alder, self.birch, window, txid, 30_00)
            put_item(self.birch, self.alder, window, txid, -30_01)

        self.assert_break(self.seeded(seed), txid, "AMOUNT", 30_00, 30_01, 1)

    def test_duplicate(self):
        txid = new_txid()

        def seed(window):
            put_both(self.alder, self.birch, window, txid, 30_00)
            put_item(self.alder, self.birch, window, txid, 30_00)

        self.assert_break(self.seeded(seed), txid, "DUPLICATE", 30_00, 0, 1)

    def test_status(self):
        txid = new_txid()

        def seed(window):
            put_both(self.alder, self.birch, window, txid, 30_00)
            put_item(self.birch, self.alder, window, txid, 30_00, REVERSAL)

        self.assert_break(self.seeded(seed), txid, "STATUS", 0, -30_00, 0)

    def test_window(self):
        txid = new_txid()
        wrong = []

        def seed(window):
            put_item(self.alder, self.birch, window, txid, 30_00)
            put_item(self.birch, self.alder, window + 1, txid, -30_00)
            wrong.append(window + 1)

        found = self.seeded(seed)
        self.assert_break(found, txid, "WINDOW", 30_00, 0, 1, wrong[0])
        window = self.close(self.alder, self.birch)
        self.wait_agreed(window)
        self.assert_break(breaks(self.alder, window), txid, "WINDOW", 0, 30_00, 0, window - 1)

    def test_several_at_once(self):
        txids = [new_txid() for _ in range(6)]

        def seed(window):
            for txid in txids[:3]:
                put_item(self.alder, self.birch, window, txid, 10_00)
            for txid in txids[3:]:
                put_item(self.birch, self.alder, window, txid, 10_00)

        found = self.seeded(seed)
        self.assertEqual(sorted(found), sorted(txids))
        self.assertEqual({found[txid][1] for txid in txids[:3]}, {"MISSING_THERE"})
        self.assertEqual({found[txid][1] for txid in txids[3:]}, {"MISSING_HERE"})

    def test_few_differences_in_a_large_window(self):
        """Too many items to be listed, all of one bucket: it is divided again."""
        alike = [(new_txid()[:-2] + "ab", amount) for amount in range(1_00, 41_00)]
        doubled, lost = alike[17], (new_txid()[:-2] + "ab", 5_00)

        def seed(window):
            put_items(self.alder, self.birch, window, [*alike, lost])
            put_items(self.birch, self.alder, window, [(txid, -amount) for txid, amount in alike])
            put_item(self.birch, self.alder, window, doubled[0], -doubled[1])

        found = self.seeded(seed)
        self.assertEqual(len(found), 2)
        self.assert_break(found, lost[0], "MISSING_THERE", 5_00, 0, 1)
        self.assert_break(found, doubled[0], "DUPLICATE", 0, doubled[1], 0)
        asked = self.banks.proxy(self.birch).counts
        # Two divisions and the two parts that differ, each time the books are compared; the whole
        # would be a dozen pages more.
        self.assertGreaterEqual(asked[REQUESTS, "window.buckets"], 2)
        self.assertLessEqual(asked[REQUESTS, "window.items"], asked[REQUESTS, "window.buckets"])


class Lies(Clearing):
    """Birch's answers are changed on their way, as if it lied: alder refuses, says why, and its
    books stay as they are; when birch tells the truth again, the window is agreed."""

    def lie(self, change, why):
        """why: in the reason that alder notes."""
        self.some_traffic()
        rule = self.banks.proxy(self.birch).change("window.totals", ANSWERS, change)
        window = self.close(self.alder, self.birch)
        rule.wait(2)
        self.wait_pair(self.birch, self.alder, window, "AGREED")
        self.wait_pair(self.alder, self.birch, window, "WAITING", why)
        self.assertEqual(breaks(self.alder, window), {})
        rule.end()
        self.wait_agreed(window)

    @staticmethod
    def changed(content, **members):
        content.get("result", {}).update(members)
        return content

    def test_unsigned_totals(self):
        def change(content):
            content.get("result", {}).pop("statement", None)
            return content

        self.lie(change, "not signed")

    def test_changed_totals(self):
        def change(content):
            result = content.get("result", {})
            if "statement" in result:
                header, payload, signature = result["statement"].split(".")
                wrong = json.dumps({**payload_of(result["statement"]), "credit_amount": 1})
                result["statement"] = ".".join((header, base64url(wrong.encode()), signature))
            return content

        self.lie(change, "not signed by the key")

    def test_totals_signed_by_another_bank(self):
        self.lie(self.forged(self.alder), f"signed by tellerwire://bank/{self.alder.bank_code}")

    def test_totals_of_another_bank(self):
        self.lie(self.forged(self.birch, bank="90000009"), "totals of bank 90000009")

    def test_totals_about_another_bank(self):
        self.lie(self.forged(self.birch, peer="90000009"), "about bank 90000009")

    def test_totals_of_another_window(self):
        self.lie(self.forged(self.birch, window_no=99), "totals of window 99")

    def test_totals_in_another_currency(self):
        self.lie(self.forged(self.birch, currency="USD"), "another currency")

    def test_totals_that_cannot_be_read(self):
        self.lie(self.forged(self.birch, digest="00"), "digest")

    def test_totals_that_its_items_do_not_add_up_to(self):
        """Signed by birch itself, so it drains, is compared, and is found out."""
        self.some_traffic()
        rule = self.banks.proxy(self.birch).change("window.totals", ANSWERS,
                                                   self.forged(self.birch, credit_amount=1))
        window = self.close(self.alder, self.birch)
        self.wait_pair(self.alder, self.birch, window, "COMPARING", "do not add up")
        self.assertEqual(breaks(self.alder, window), {})
        rule.end()
        self.wait_agreed(window)


class Questions(Clearing):
    """What a bank answers, by hand."""

    def ask(self, method, who=None, **params):
        who = who or self.birch
        identity = who.identity(f"bank-{who.bank_code}")
        with RpcClient(self.alder.bank_servers[0].address, identity) as client:
            return client.receive(client.send(method, {"txid": new_txid(), **params}))

    def test_an_open_window_is_not_told(self):
        window = self.alder.bankctl("window", "show")["window"]
        totals = self.ask("window.totals", window_no=window)
        self.assertEqual((totals["rc"], totals["status"]), ("00", "OPEN"))
        self.assertNotIn("statement", totals)
        self.assertEqual(self.ask("window.items", window_no=window)["rc"], "90")

    def test_items_and_buckets_of_a_closed_window(self):
        self.some_traffic()
        window = self.close(self.alder, self.birch)
        listed = self.ask("window.items", window_no=window)["items"]
        self.assertEqual(listed, sorted(listed, key=lambda one: (one["txid"], one["amount"])))
        self.assertEqual({one["kind"] for one in listed} - {"payment", "fee"}, set())
        buckets = self.ask("window.buckets", window_no=window)["buckets"]
        self.assertEqual(sum(one["count"] for one in buckets), len(listed))
        first = buckets[0]["bucket"]
        part = self.ask("window.items", window_no=window, prefix=first)["items"]
        self.assertEqual(part, [one for one in listed if one["txid"].endswith(first)])
        smaller = self.ask("window.buckets", window_no=window, prefix=first)["buckets"]
        self.assertTrue(all(one["bucket"].startswith(first) for one in smaller))
        self.assertNotIn("items", self.ask("window.items", window_no=window, offset=len(listed)))
        found = self.ask("window.find", item=listed[0]["txid"])["items"]
        self.assertIn(listed[0], found)
        self.assertNotIn("items", self.ask("window.find", item=new_txid()))

    def test_impossible_questions_are_refused(self):
        for params in ({"prefix": "abc"}, {"prefix": "AB"}, {"prefix": "zz"}, {"offset": -1},
                       {"window_no": 0}, {"peer": "90000003"}):
            with self.assertRaises(RpcError) as refused:
                self.ask("window.items", **{"window_no": 1, **params})
            self.assertEqual(refused.exception.code, -32602, params)

    def test_only_peers_may_ask(self):
        with self.assertRaises(RpcError) as refused:
            self.ask("window.totals", who=self.alder, window_no=1)
        self.assertEqual(refused.exception.code, -32002)


if __name__ == "__main__":
    unittest.main()
