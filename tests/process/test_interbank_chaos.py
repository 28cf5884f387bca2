"""Thousands of operations between three banks while processes, databases and links fail.

    run.py interbank_chaos                                     1,000 operations
    TW_INTERBANK_OPERATIONS=20000 run.py interbank_chaos       the long run

Crowds at the terminals of all three banks (crowd.py) withdraw, deposit and transfer with cards of
other banks, and pay from their own cards to other banks. Faults are drawn from the seed and begin
at set numbers of operations done. At the end everything is healed, every unknown is asked again,
some transfers are returned, what waits is delivered; then each bank's invariants, the mirror, and
what customers were told against the books (crowd_judge.py).
"""

import os
import random
import time
import unittest
from collections import Counter

import crash_points
import crowd_judge
from banks import Banks, SURCHARGE
from case import SEED
from crowd import Crowd
from message_proxy import ANSWERS, REQUESTS
from processes import wait_until

OPERATIONS = int(os.environ.get("TW_INTERBANK_OPERATIONS", "1000"))
TERMINALS, ACCOUNTS = 8, 6  # of each bank
STEPS = 6 if OPERATIONS <= 1000 else 40  # faults
STEP_SECONDS, END_SECONDS = 90.0, 180.0
RETURNS = 10
BALANCE = OPERATIONS * 1_00  # lasts until about the end
PEER_LIMIT = 8_000_00  # is reached now and then
WAITS = {"issuer_wait_ms": 1500, "beneficiary_wait_ms": 1200}


class InterbankChaos(unittest.TestCase):
    weight = 9

    def setUp(self):
        self.random = random.Random(f"{SEED}/faults")
        self.told, self.clean = [], False
        self.banks = Banks(3, seed=SEED, waits=WAITS, peer_limit=PEER_LIMIT, bank_servers=2,
                           middlewares=2, terminals=TERMINALS, cards=ACCOUNTS,
                           balance=BALANCE)
        self.banks.__enter__()
        self.addCleanup(self.banks.close)
        self.crowds = []

    def tearDown(self):
        self.banks.failed = self.banks.failed or not self.clean

    def test_nothing_is_lost_or_doubled(self):
        try:
            self.run_all()
        except AssertionError as failure:
            raise AssertionError(f"seed {SEED}, faults {self.told}: {failure}") from failure
        self.clean = True

    def run_all(self):
        before = crowd_judge.take(self.banks)
        started = time.monotonic()
        self.start_crowds()
        for step in range(STEPS):
            self.wait_done(OPERATIONS * (step + 1) // (STEPS + 2))
            self.inject(step)
        self.wait(lambda: all(crowd.idle for crowd in self.crowds), STEP_SECONDS + OPERATIONS / 100)
        self.banks.heal()
        loaded = time.monotonic()
        for crowd in self.crowds:
            crowd.finish()
        self.wait(lambda: all(crowd.finished for crowd in self.crowds), END_SECONDS)
        self.return_some()
        self.banks.settle()
        self.banks.audit()
        self.report(loaded - started, time.monotonic() - loaded)
        findings = crowd_judge.findings(self.results(), before, crowd_judge.take(self.banks),
                                        SURCHARGE)
        self.assertEqual(findings[:20], [], f"{len(findings)} findings")
        self.assertGreaterEqual(len(self.results()), OPERATIONS)

    # The crowd

    def start_crowds(self):
        each = -(-OPERATIONS // (TERMINALS * len(self.banks.networks)))
        payees = [card.accounts[0] for network in self.banks for card in network.cards]
        for network in self.banks:
            wallets = [self.new_wallet(number) for number in range(TERMINALS)]
            crowd = Crowd(self.banks, network, each, SEED, wallets, payees)
            self.addCleanup(crowd.close)
            self.crowds.append(crowd)

    def new_wallet(self, number):
        """Cards for one terminal, since a card has one session; accounts are used by many."""
        cards = []
        for network in self.banks:
            holder = network.cards[number % ACCOUNTS]
            limits = (200_00, 10) if number == 0 else None  # soon at its limit
            cards.append(network.new_card(network.customer_of(holder), holder.accounts,
                                          limits=limits))
        return cards

    def results(self):
        return [result for crowd in self.crowds for result in crowd.results]

    def done(self):
        return sum(len(crowd.results) for crowd in self.crowds)

    def wait(self, condition, seconds):
        def check():
            failures = [failure for crowd in self.crowds for failure in crowd.failures]
            if failures:
                raise AssertionError(failures[0])
            return condition()

        wait_until(check, lambda: f"{self.done()} operations are done", seconds)

    def wait_done(self, count):
        """Transfers that pend count when they have ended; so all may be idle before."""
        self.wait(lambda: self.done() >= count or all(crowd.idle for crowd in self.crowds),
                  STEP_SECONDS)

    def return_some(self):
        """Operators of the payee's banks give some transfers back."""
        completed = [result for result in self.results() if result["status"] == "COMPLETED"]
        completed.sort(key=lambda result: result["txid"])
        codes = {network.bank_code: network for network in self.banks}
        for result in self.random.sample(completed, min(RETURNS, len(completed))):
            network = codes[crowd_judge.bank_of(result["payee"])]
            done = network.run_bankctl("transfer", "return", result["txid"])
            self.assertIn(done.returncode, (0, 1), done.stderr)
            if done.returncode == 0:  # else the payee has spent it
                result["status"] = "RETURNED"
        self.assertTrue(any(result["status"] == "RETURNED" for result in self.results()))

    def report(self, load_seconds, end_seconds):
        results = self.results()
        counts = Counter((result["kind"], result["status"] or result["rc"]) for result in results)
        print(f"# seed {SEED}: {len(results)} operations between banks in {load_seconds:.1f} s "
              f"({len(results) / load_seconds:.0f}/s), healed and settled in {end_seconds:.1f} s")
        print("# " + ", ".join(f"{kind} {end} {count}"
                               for (kind, end), count in sorted(counts.items())))
        print(f"# faults: {', '.join(self.told)}", flush=True)

    # Faults

    def inject(self, step):
        """Each kind comes before one comes twice. Most end before the next one begins."""
        if step % len(self.FAULTS) == 0:
            self.order = self.random.sample(self.FAULTS, len(self.FAULTS))
        fault = self.order[step % len(self.FAULTS)]
        network = self.random.choice(self.banks.networks)
        if self.random.random() < 0.7:
            self.banks.heal()
        self.told.append(f"{fault.__name__} {network.bank_code}")
        fault(self, network)

    def one_of(self, daemons):
        """One of two equal processes; the other one is healthy."""
        chosen = self.random.choice(daemons)
        for daemon in daemons:
            if daemon is not chosen:
                daemon.heal()
                daemon.wait_ready()
        return chosen

    def kill_bank_server(self, network):
        self.one_of(network.bank_servers).kill()

    def kill_all_bank_servers(self, network):
        for server in network.bank_servers:
            server.kill()
        time.sleep(self.random.uniform(0.2, 2.0))  # how long the bank is away
        network.heal()

    def crash_bank_server(self, network):
        point = self.random.choice(crash_points.names("bank"))
        server = self.one_of(network.bank_servers)
        server.restart(crash_at=f"{point}:{self.random.randint(1, 20)}", wait=False)

    def freeze_bank_server(self, network):
        server = self.one_of(network.bank_servers)
        server.heal()
        server.freeze()

    def kill_middleware(self, network):
        self.one_of(network.middlewares).kill()

    def kill_postmaster(self, network):
        network.postgres.kill_postmaster()
        network.postgres.start()

    def lose_messages(self, network):
        self.banks.proxy(network).lose("*", self.way(), chance=0.1)

    def delay_messages(self, network):
        self.banks.proxy(network).delay("*", self.way(), (0.0, 2.5), chance=0.2)

    def duplicate_messages(self, network):
        self.banks.proxy(network).duplicate("*", self.way(), self.random.uniform(0, 1), chance=0.3)

    def reorder_messages(self, network):
        self.banks.proxy(network).swap("*", self.way(), chance=0.5)

    def cut_links(self, network):
        self.banks.proxy(network).cut()

    def partition(self, network):
        self.banks.proxy(network).refuse = True
        self.banks.proxy(network).cut()
        time.sleep(self.random.uniform(0.5, 3.0))
        self.banks.proxy(network).refuse = False

    def way(self):
        return self.random.choice((REQUESTS, ANSWERS))

    FAULTS = (kill_bank_server, kill_all_bank_servers, crash_bank_server, freeze_bank_server,
              kill_middleware, kill_postmaster, lose_messages, delay_messages, duplicate_messages,
              reorder_messages, cut_links, partition)


if __name__ == "__main__":
    unittest.main()
