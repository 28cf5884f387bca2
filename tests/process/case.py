"""The base of process tests: one network per class, the audit after every test."""

import os
import unittest

import checker
from harness import Network

SEED = int(os.environ.get("TW_SEED", "1"))


class NetworkCase(unittest.TestCase):
    shape = {}   # arguments of Network
    weight = 1   # long classes are started first by run.py

    @classmethod
    def setUpClass(cls):
        cls.network = Network(**cls.shape)
        cls.network.__enter__()
        cls.addClassCleanup(cls.network.close)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            self.network.failed = True

    def tearDown(self):
        """Whatever the test did: all processes back, then every invariant of the bank."""
        self.network.heal()
        self.network.audit()

    def host(self, number=0, card=None, **options):
        """A signed-on terminal; with a card, its session is open."""
        terminal = self.network.host(number, **options)
        self.addCleanup(terminal.close)
        if card is not None:
            terminal.open(card)
        return terminal

    def assert_rc(self, rc, answer):
        self.assertEqual(answer.get("rc"), rc, answer)

    def assert_history_good(self, history, baseline):
        findings = checker.check(history.events(), self.network.books(), baseline)
        self.assertEqual([str(finding) for finding in findings], [], f"seed {SEED}")
