"""Reconciled windows are submitted to the settlement agent; what it says is checked, posted and
recorded, once, whichever bank server does it."""

import unittest

from banks import decimal
from fake_agent import payload_of
from settling import Settling
from test_clearing import breaks, pairs
from test_interbank_limits import owed
from wrong_books import new_txid, put_item

LIMIT = 5_000_00


class Settlement(Settling):
    shape = {**Settling.shape, "bank_servers": 2}
    weight = 4

    def settled(self):
        """A window with traffic, from its close to the end."""
        self.some_traffic()
        window = self.close(self.alder, self.birch)
        self.wait_settled(window)
        return window

    def test_window_is_settled_and_posted_once(self):
        owed_before = owed(self.alder, self.birch)
        reserve = self.balance_of(self.alder, "Settle")
        window = self.settled()
        net = self.balance_of(self.alder, "Settle") - reserve
        self.assertEqual(net, payload_of(self.agent.final[window, int(self.alder.bank_code)])["net"])
        self.assertNotEqual(net, 0)
        for network in self.banks:
            self.assertEqual(self.balance_of(network, "SettleCtl"), 0)
            self.assertEqual(self.balance_of(network, "IB", window), 0)
        self.assertEqual(owed(self.alder, self.birch), owed_before)
        self.assertEqual(pairs(self.alder, window)[self.birch.bank_code], ("SETTLED", ""))
        evidence = self.alder.postgres.query("SELECT finality FROM bank.settlement_window"
                                             f" WHERE window_no = {window}").strip()
        self.assertEqual(evidence, self.agent.final[window, int(self.alder.bank_code)])

    def test_window_without_items_is_settled(self):
        window = self.close(self.alder, self.birch)
        self.wait_settled(window)
        position, = self.agent.submitted[window][int(self.alder.bank_code)]["positions"]
        self.assertEqual(position, {"peer": self.birch.bank_code, "debit_count": 0,
                                    "debit_amount": 0, "credit_count": 0, "credit_amount": 0,
                                    "breaks": 0})

    def test_several_windows_are_settled(self):
        windows = []
        for _ in range(3):
            self.some_traffic()
            windows.append(self.close(self.alder, self.birch))
        for window in windows:
            self.wait_settled(window)

    def test_waits_for_other_banks(self):
        window = self.close(self.alder)
        self.wait_window(self.alder, window, "RECONCILING", "has not closed")
        self.close(self.birch)
        self.wait_settled(window)

    def test_agents_words_are_noted(self):
        self.agent.holding = True
        window = self.close(self.alder, self.birch)
        self.wait_window(self.alder, window, "PENDING_SETTLEMENT", "held by the test")
        self.agent.holding = False
        self.wait_settled(window)

    def test_contradicted_positions_are_reconciled_again(self):
        codes = {int(network.bank_code) for network in self.banks}
        self.agent.dispute = codes
        self.addCleanup(self.agent.dispute.clear)
        window = self.settled()
        for code in codes:
            self.assertEqual(self.agent.submitted[window][code]["revision"], 2)

    def test_bank_that_is_behind_cuts_over(self):
        window = self.alder.bankctl("window", "show")["window"]
        self.agent.open_window = window + 2
        self.wait_settled(window)
        self.wait_settled(window + 1)
        for network in self.banks:
            self.assertEqual(network.bankctl("window", "show")["window"], window + 2)


class Members(Settling):
    """What the agent says about the other banks."""

    def test_limit_of_a_bank_that_could_not_pay_is_cut_to_its_cap_and_never_raised(self):
        self.alder.bankctl("peer", "limit", self.birch.bank_code, decimal(LIMIT))
        self.agent.caps[int(self.birch.bank_code)] = LIMIT - 1_00
        self.wait_settled(self.close(self.alder, self.birch))
        self.assertEqual(self.limit(self.alder, self.birch), LIMIT)
        self.agent.statuses[int(self.birch.bank_code)] = "SUSPENDED"
        self.addCleanup(self.alder.bankctl, "peer", "resume", self.birch.bank_code)
        self.addCleanup(self.agent.statuses.update, {int(self.birch.bank_code): "ACTIVE"})
        self.wait_settled(self.close(self.alder, self.birch))
        self.assertEqual(self.limit(self.alder, self.birch), LIMIT - 1_00)
        self.agent.caps[int(self.birch.bank_code)] = LIMIT
        self.wait_settled(self.close(self.alder, self.birch))
        self.assertEqual(self.limit(self.alder, self.birch), LIMIT - 1_00)

    @staticmethod
    def limit(network, peer):
        return int(network.postgres.query("SELECT limit_minor FROM bank.peer WHERE peer_code = "
                                          f"{peer.bank_code}"))

    def test_suspended_bank_is_suspended_here(self):
        self.agent.statuses[int(self.birch.bank_code)] = "SUSPENDED"
        self.addCleanup(self.alder.bankctl, "peer", "resume", self.birch.bank_code)
        self.addCleanup(self.agent.statuses.update, {int(self.birch.bank_code): "ACTIVE"})
        self.wait_settled(self.close(self.alder, self.birch))
        status = self.alder.postgres.query("SELECT status FROM bank.peer WHERE peer_code = "
                                           f"{self.birch.bank_code}").strip()
        self.assertEqual(status, "S")


class Excluded(Settling):
    def test_pair_that_is_left_out_stays_owed(self):
        self.some_traffic()
        before = owed(self.alder, self.birch)
        self.agent.excluded = {int(self.birch.bank_code)}
        window = self.close(self.alder, self.birch)
        self.wait_settled(window)
        self.assertEqual(pairs(self.alder, window)[self.birch.bank_code][0], "EXCLUDED")
        self.assertEqual(owed(self.alder, self.birch), before)
        self.assertNotEqual(self.balance_of(self.alder, "IB", window), 0)

    def test_of_a_pair_that_is_left_out_what_was_paid_is_closed(self):
        """Gross settlement pays the directions of a pair apart: more than the net was paid in the
        one window, and the other way in the other."""
        for payer in self.alder, self.birch:
            with self.subTest(payer.bank_code):
                self.one_direction_is_paid(int(payer.bank_code))

    def one_direction_is_paid(self, payer):
        alder = int(self.alder.bank_code)
        parts = {}

        def paid(bank, result):
            position, = self.agent.submitted[result["window_no"]][bank]["positions"]
            pair, = result["pairs"]
            parts[bank] = -position["credit_amount"] if bank == payer else position["debit_amount"]
            return {**result, "model": "gross", "net": parts[bank],
                    "pairs": [{**pair, "part": parts[bank]}]}

        self.some_traffic()
        terminal = self.host(self.alder, self.alder.cards[0])
        terminal.expect("00", terminal.transfer(8_00, self.birch.cards[0].accounts[0]))
        before = owed(self.alder, self.birch)
        settled = self.balance_of(self.alder, "Settle")
        self.agent.excluded = {int(self.birch.bank_code)}
        self.agent.twist = paid
        self.addCleanup(setattr, self.agent, "twist", lambda bank, result: result)
        window = self.close(self.alder, self.birch)
        self.wait_settled(window)
        self.assertEqual(pairs(self.alder, window)[self.birch.bank_code][0], "EXCLUDED")
        self.assertNotEqual(parts[alder], 0)
        self.assertEqual(sum(parts.values()), 0)
        self.assertEqual(owed(self.alder, self.birch) - before, -parts[alder])
        self.assertEqual(self.balance_of(self.alder, "Settle") - settled, parts[alder])
        self.assertEqual(self.balance_of(self.alder, "SettleCtl", window), 0)

    def test_window_that_failed_is_recorded_and_not_posted(self):
        self.agent.excluded = {int(self.birch.bank_code)}
        self.agent.twist = lambda bank, result: {**result, "result": "FAILED"}
        self.addCleanup(setattr, self.agent, "twist", lambda bank, result: result)
        self.some_traffic()
        before = self.balance_of(self.alder, "Settle")
        window = self.close(self.alder, self.birch)
        self.wait_window(self.alder, window, "FAILED")
        self.assertEqual(self.balance_of(self.alder, "Settle"), before)


class BreaksSettle(Settling):
    def tearDown(self):
        """A book was made wrong, and its hash chain says so: no audit."""
        self.banks.heal()

    def test_what_is_agreed_settles_and_the_break_stays(self):
        self.some_traffic()
        open_window = self.alder.bankctl("window", "show")["window"]
        txid = new_txid()
        put_item(self.alder, self.birch, open_window, txid, 30_00)
        window = self.close(self.alder, self.birch)
        self.wait_settled(window)
        self.assertEqual(self.balance_of(self.alder, "IB", window), 30_00)
        self.assertEqual(self.balance_of(self.birch, "IB", window), 0)
        self.assertEqual(breaks(self.alder, window)[txid][1], "MISSING_THERE")
        position, = self.agent.submitted[window][int(self.alder.bank_code)]["positions"]
        self.assertEqual(position["breaks"], 1)


class Forgeries(Settling):
    """Results that the real agent would never sign, and others that it did not: refused with the
    reason, nothing is posted; then it says the truth."""

    def refused(self, reason, signer=None, **members):
        honest = self.agent.signer
        reserve = self.balance_of(self.alder, "Settle")
        self.agent.signer = signer or honest
        self.agent.twist = lambda bank, result: {
            **result, **{name: value(result) if callable(value) else value
                         for name, value in members.items()}}
        self.some_traffic()
        window = self.close(self.alder, self.birch)
        for network in self.banks:
            self.wait_window(network, window, "PENDING_SETTLEMENT", reason)
        self.assertEqual(self.balance_of(self.alder, "Settle"), reserve)
        self.assertEqual(self.balance_of(self.alder, "SettleCtl", window), 0)
        self.agent.signer = honest
        self.agent.twist = lambda bank, result: result
        self.agent.final.clear()
        self.wait_settled(window)

    def test_signed_by_a_bank(self):
        self.refused("signed by tellerwire://bank/",
                     signer=self.birch.folder / "pki" / f"bank-{self.birch.bank_code}")

    def test_of_another_bank(self):
        self.refused("bank: is 90000009", bank="90000009")

    def test_of_another_window(self):
        self.refused("window_no: is 99", window_no=99)

    def test_in_another_currency(self):
        self.refused("currency: is USD", currency="USD")

    def test_another_net_than_was_submitted(self):
        self.refused("was submitted", net=lambda result: result["net"] + 1,
                     pairs=lambda result: [{**pair, "net": pair["net"] + 1}
                                           for pair in result["pairs"]])

    def test_more_paid_in_part_than_was_submitted(self):
        more = lambda result: 1_000_000_00 if result["pairs"][0]["net"] > 0 else -1_000_000_00
        self.refused("pairs: part with bank", net=more,
                     pairs=lambda result: [{**pair, "settled": False, "part": more(result)}
                                           for pair in result["pairs"]])

    def test_a_pair_that_is_not_there(self):
        self.refused("is not there", net=0, pairs=[])

    def test_net_that_does_not_add_up(self):
        self.refused("not what the pairs add up to", net=lambda result: result["net"] + 1)

    def test_settled_pair_in_a_window_that_failed(self):
        self.refused("failed", result="FAILED")

    def test_unknown_members(self):
        self.refused("is refused", more=1)


if __name__ == "__main__":
    unittest.main()
