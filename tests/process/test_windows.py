"""Settlement windows of one bank: when they are cut over, and that every item is in one of them."""

import signal
import time
import unittest

from case import SEED, BanksCase, NetworkCase
from crowd import Crowd
from message_proxy import ANSWERS
from processes import wait_until

REFUSED = 1
# One bank's own decisions about items: its cards at others' terminals, what it credited, returned
# and charged. They are stamped with its open window in the transaction that makes them.
_DECIDED_HERE = """SELECT count(*) FROM bank.decision CROSS JOIN bank.bank
    WHERE decision.window_no = {window} AND rc = '00'
      AND (acquirer <> bank_code AND operation IN (3, 4) AND phase IN (0, 2)
           OR phase IN (5, 7) OR phase = 6 AND operation = 13)"""


def windows(network):
    return {one["window"]: one for one in network.bankctl("window", "list", "--count", "1000")}


class Schedule(NetworkCase):
    """Two bank servers, each of which would cut over."""

    spoils = True
    shape = {"bank_servers": 2, "terminals": 1, "cards": 1}

    def setUp(self):
        self.network.bankctl("window", "schedule", "none")

    def tearDown(self):
        self.network.bankctl("window", "schedule", "none")
        super().tearDown()

    def open_window(self):
        return self.network.bankctl("window", "show")["window"]

    def pretend(self, hours):
        """The open window was opened, and the times were set, so many hours ago."""
        self.network.postgres.query(
            f"UPDATE bank.bank SET cut_over_set_at = now() - interval '{hours} hours';"
            f"UPDATE bank.settlement_window SET opened_at = now() - interval '{hours} hours'"
            " WHERE state = 'OPEN'")

    def set_every_hour(self):
        """A time that has passed is at most an hour old."""
        self.network.bankctl("window", "schedule", ",".join(f"{hour:02}:00" for hour in range(24)))

    def wait_two_looks(self):
        """Every bank server looks once a second: until each has looked at what is there now."""
        before = [server.metrics().count("tellerwire_window_open") for server in
                  self.network.bank_servers]
        self.assertEqual(before, [3, 3])
        time.sleep(2.5)

    def test_passed_time_is_cut_over_once_by_two_bank_servers(self):
        first = self.open_window()
        self.set_every_hour()
        self.pretend(hours=30)  # a bank that was down, or whose clock jumped
        wait_until(lambda: self.open_window() > first, "the bank cuts over by itself", 20)
        self.wait_two_looks()
        self.assertEqual(self.open_window(), first + 1)
        self.assertIn(windows(self.network)[first]["state"], ("CLOSED", "RECONCILING"))

    def test_times_that_had_passed_when_they_were_set_are_not_due(self):
        first = self.open_window()
        self.network.postgres.query("UPDATE bank.settlement_window SET opened_at = now() -"
                                    " interval '30 hours' WHERE state = 'OPEN'")
        self.set_every_hour()
        self.wait_two_looks()
        self.assertEqual(self.open_window(), first)

    def test_clock_behind_the_last_cut_over_does_nothing_and_says_so(self):
        self.set_every_hour()
        self.network.postgres.query("UPDATE bank.settlement_window SET opened_at = now() +"
                                    " interval '3 days' WHERE state = 'OPEN'")
        first = self.open_window()
        wait_until(lambda: any("the clock is behind the last cut-over" in server.log_tail(200)
                               for server in self.network.bank_servers), "it is logged", 20)
        self.assertEqual(self.open_window(), first)
        self.assertEqual(self.network.bankctl("window", "advance")["window"], first + 1)

    def test_schedule_is_refused_unless_it_is_times(self):
        for wrong in ("6:00", "24:00", "06:60", "06:00,", ",06:00", "06:00 14:00", "06:00;14:00"):
            done = self.network.run_bankctl("window", "schedule", wrong)
            self.assertNotEqual(done.returncode, 0, wrong)
        told = self.network.bankctl("window", "schedule", "06:00,14:30")
        self.assertEqual(told["schedule"], "06:00,14:30")

    def test_bank_server_that_hangs_in_a_batch_does_not_stop_the_others(self):
        """Its transaction holds the window open; the cut-over gives up, and traffic goes on."""
        with self.network.postgres.holding("SELECT pg_advisory_xact_lock_shared(29815)"):
            done = self.network.run_bankctl("window", "advance")
            self.assertEqual(done.returncode, REFUSED, done.stdout)
            terminal = self.host(0, self.network.cards[0])
            terminal.expect("00", terminal.deposit(10_00))
        self.network.bankctl("window", "advance")


class CutOver(BanksCase):
    """Scenario 32: windows are cut over while both banks are busy."""

    shape = {"count": 2, "terminals": 4, "cards": 3, "bank_servers": 2, "balance": 5_000_00}
    weight = 6
    operations, cut_overs = 60, 4  # of each terminal; of each bank

    def crowd(self, network):
        payees = [card.accounts[0] for one in self.banks for card in one.cards]
        wallets = [[one.new_card(one.customer_of(one.cards[number % 3]),
                                 one.cards[number % 3].accounts) for one in self.banks]
                   for number in range(4)]
        crowd = Crowd(self.banks, network, self.operations, SEED, wallets, payees)
        self.addCleanup(crowd.close)
        return crowd

    def decided_here(self, network, window):
        return int(network.postgres.query(_DECIDED_HERE.format(window=window)))

    def test_each_item_is_in_exactly_one_window_the_same_at_both(self):
        crowds = [self.crowd(network) for network in self.banks]
        failures = lambda: [failure for crowd in crowds for failure in crowd.failures]
        done = lambda: sum(len(crowd.results) for crowd in crowds)
        total, closed = self.operations * 8, []

        def wait_for(count, what):
            wait_until(lambda: failures() or done() >= count or all(one.idle for one in crowds),
                       lambda: f"{what}: {done()} of {count} operations", 120)
            self.assertEqual(failures(), [])

        for step in range(1, self.cut_overs + 1):
            wait_for(total * step // (self.cut_overs + 2), "the crowd goes on")
            for network in self.banks:
                before = done()
                window = network.bankctl("window", "advance")["window"] - 1
                closed.append((network, window, self.decided_here(network, window)))
                wait_for(before + 4, "traffic goes on in the next window")
        wait_until(lambda: failures() or all(one.idle for one in crowds), "the crowd is done", 180)
        for crowd in crowds:
            crowd.finish()
        wait_until(lambda: failures() or all(one.finished for one in crowds), "the crowd ends", 180)
        self.assertEqual(failures(), [])
        self.assertGreater(sum(count for _, _, count in closed), 0)
        for network, window, count in closed:
            self.assertEqual(self.decided_here(network, window), count,
                             f"{network.bank_code} decided in window {window} after it was closed")


class OpenItems(BanksCase):
    def test_message_that_is_not_acknowledged_may_still_bring_an_item_into_a_closed_window(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        request = terminal.withdrawal(30_00)
        terminal.expect("00", request)
        self.banks.proxy(self.birch).lose("withdrawal.reverse", ANSWERS)
        terminal.expect("00", terminal.reversal(request, 0, "jam"))
        window = self.alder.bankctl("window", "show")["window"]
        self.assertEqual(self.alder.bankctl("window", "open-items"), [])
        self.alder.bankctl("window", "advance")
        found = self.alder.bankctl("window", "open-items", "--peer", self.birch.bank_code)
        self.assertEqual([(one["txid"], one["window"], one["method"], one["amount"])
                          for one in found],
                         [(request.txid, window, "withdrawal.reverse", "30.00")])
        self.banks.heal()
        self.banks.settle()
        self.assertEqual(self.alder.bankctl("window", "open-items"), [])


class Breaks(BanksCase):
    """What an operator does about a break; the pair's agreement is put there by hand, before the
    banks compare their books themselves."""

    spoils = True
    shape = {**BanksCase.shape, "settlement": {"poll_ms": 60000}}

    def pay(self, amount):
        terminal = self.host(self.alder, self.alder.cards[0])
        request = terminal.transfer(amount, self.birch.cards[0].accounts[0])
        self.assertEqual(terminal.expect("00", request)["status"], "COMPLETED")
        terminal.close()
        return request.txid

    def agree_without(self, network, peer, txid, break_id):
        """A closed window in which everything but this operation was agreed; returns its number."""
        window = int(network.postgres.query(
            f"SELECT window_no FROM bank.interbank_item WHERE txid = '{txid}'"))
        network.postgres.query(f"""
            INSERT INTO bank.window_pair (window_no, peer_code, state)
            VALUES ({window}, {peer.bank_code}, 'AGREED')
            ON CONFLICT (window_no, peer_code) DO UPDATE SET state = 'AGREED';
            INSERT INTO bank.recon_break (break_id, window_no, peer_code, txid, class, ours_minor,
                                          theirs_minor, opened_on)
            SELECT '{break_id}', {window}, {peer.bank_code}, txid, 'AMOUNT', amount_minor, 0,
                   business_date
            FROM bank.interbank_item CROSS JOIN bank.bank WHERE txid = '{txid}';
            INSERT INTO bank.break_entry SELECT '{break_id}', account_id, entry_no
            FROM bank.interbank_item WHERE txid = '{txid}';""")
        return window

    def prepare(self, amount, number):
        txid = self.pay(amount)
        break_id = f"00000000-0000-8000-8000-{number:012}"
        for network in self.banks:
            network.bankctl("window", "advance")
        for network, peer in ((self.alder, self.birch), (self.birch, self.alder)):
            window = self.agree_without(network, peer, txid, break_id)
        return break_id, window

    def test_break_is_listed_assigned_and_resolved_in_both_books_alike(self):
        break_id, window = self.prepare(12_00, 1)
        one = next(one for one in self.alder.bankctl("breaks") if one["break"] == break_id)
        self.assertEqual((one["window"], one["ours"], one["state"], one["age"]),
                         (window, "-12.00", "OPEN", "0 d 0 h"))
        self.assertEqual(self.alder.bankctl("break", "assign", break_id, "ada")["owner"], "ada")
        for network, ours in ((self.alder, "-12.00"), (self.birch, "12.00")):
            told = network.bankctl("break", "resolve", break_id, "--as", "ours", "--note", "checked")
            self.assertEqual((told["state"], told["resolution"], told["settled"], told["next_window"],
                              told["note"]), ("RESOLVED", "OURS", ours, window + 1, "checked"))
            self.assertNotIn(break_id, [one["break"] for one in network.bankctl("breaks")])
            self.assertEqual(network.bankctl("break", "resolve", break_id, "--as", "ours"), told)
            done = network.run_bankctl("break", "resolve", break_id, "--as", "theirs")
            self.assertEqual(done.returncode, REFUSED, done.stdout)
        self.assertEqual(self.alder.bankctl("break", "show", break_id)["owner"], "ada")

    def test_neither_books_the_amount_and_the_difference(self):
        break_id, window = self.prepare(10_00, 2)
        for network, amount in ((self.alder, "-4.00"), (self.birch, "4.00")):
            told = network.bankctl("break", "resolve", break_id, "--as", "neither", "--amount",
                                   amount, "--window", str(window + 1))
            self.assertEqual(told["settled"], amount)
        losses = [int(network.postgres.query("SELECT balance_minor FROM bank.account"
                                             " WHERE account_id = 150000"))
                  for network in self.banks]
        self.assertEqual(losses, [-6_00, 6_00])

    def test_killed_after_the_posting_it_counts_as_resolved_and_is_marked_by_repeating(self):
        break_id, _ = self.prepare(7_00, 3)
        command = ("break", "resolve", break_id, "--as", "ours")
        killed = self.alder.run_bankctl(*command, crash_at="bank.commit_received")
        self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
        marked = f"SELECT state FROM bank.recon_break WHERE break_id = '{break_id}'"
        self.assertEqual(self.alder.postgres.query(marked).strip(), "OPEN")
        self.assertNotIn(break_id, [one["break"] for one in self.alder.bankctl("breaks")])
        self.alder.audit()
        for network in self.banks:
            self.assertEqual(network.bankctl(*command)["state"], "RESOLVED")
        self.assertEqual(self.alder.postgres.query(marked).strip(), "RESOLVED")

    def test_break_is_not_resolved_while_the_pair_is_compared_or_into_an_agreed_window(self):
        break_id, window = self.prepare(3_00, 4)
        states = f"UPDATE bank.window_pair SET state = '{{}}' WHERE window_no = {window}"
        self.alder.postgres.query(states.format("COMPARING"))
        done = self.alder.run_bankctl("break", "resolve", break_id, "--as", "ours")
        self.assertEqual(done.returncode, REFUSED, done.stdout)
        self.alder.postgres.query(states.format("AGREED"))
        done = self.alder.run_bankctl("break", "resolve", break_id, "--as", "ours", "--window",
                                      str(window))
        self.assertEqual(done.returncode, REFUSED, done.stdout)
        for network in self.banks:
            network.bankctl("break", "resolve", break_id, "--as", "ours")


if __name__ == "__main__":
    unittest.main()
