"""The bases of process tests: one network per class, the audit after every test. A class takes over
the network of the class before it when that has the same shape and nobody spoilt it: most of what
many classes cost is their networks. run.py puts such classes next to each other."""

import os
import random
import unittest

import checker
import crash_points
from banks import Banks
from harness import Network
from history import account_number
from load import Load

SEED = int(os.environ.get("TW_SEED", "1"))


class Kept:
    """The network of the class that ran last in this process."""

    key = network = None

    @classmethod
    def take(cls, kind, shape):
        """A network that runs, with nothing wrong in it."""
        key = network_key(kind, shape)
        if cls.network is None or cls.key != key or cls.network.failed or cls.network.spoilt:
            cls.release()
            network = kind(**shape)
            network.__enter__()
            cls.key, cls.network = key, network
        return cls.network

    @classmethod
    def release(cls):
        """After the last class."""
        network, cls.network = cls.network, None
        if network is not None:
            network.close()


def network_key(kind, shape):
    """Equal for networks that can be taken over."""
    return f"{kind.__name__} {sorted(shape.items())}"


class NetworkCase(unittest.TestCase):
    shape = {}   # arguments of Network
    kind = Network
    weight = 1   # long classes are started first by run.py
    spoils = False  # leaves what later classes must not find

    @classmethod
    def setUpClass(cls):
        cls.network = Kept.take(cls.kind, cls.shape)
        cls.network.spoilt = cls.network.spoilt or cls.spoils

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


class BanksCase(unittest.TestCase):
    """Several banks per class; self.alder, self.birch, self.cedar, as many as there are."""

    shape = {"count": 2, "terminals": 1, "cards": 2}  # arguments of Banks
    kind = Banks
    weight = 2
    spoils = False

    @classmethod
    def setUpClass(cls):
        cls.banks = Kept.take(cls.kind, {"seed": SEED, **cls.shape})
        cls.banks.spoilt = cls.banks.spoilt or cls.spoils
        for name, network in zip(("alder", "birch", "cedar"), cls.banks):
            setattr(cls, name, network)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            self.banks.failed = True

    def tearDown(self):
        """Whatever the test did: all runs again, nothing is left to be said, all books agree."""
        self.banks.heal()
        self.banks.settle()
        self.banks.audit()

    def host(self, network, card=None, number=0, **options):
        """A signed-on terminal of this bank; with a card, anybody's, its session is open."""
        terminal = network.host(number, **options)
        self.addCleanup(terminal.close)
        if card is not None:
            terminal.open(card)
        return terminal

    def assert_rc(self, rc, answer):
        self.assertEqual(answer.get("rc"), rc, answer)

    def balance(self, card):
        """Of its account, as its bank's book has it: nobody's session is touched."""
        issuer = next(one for one in self.banks if card.pan.startswith(one.iin))
        return -int(issuer.postgres.query("SELECT balance_minor FROM bank.account WHERE account_id"
                                          f" = {account_number(card.accounts[0])}"))


class LoadCase(NetworkCase):
    """A network of six terminals that use three accounts, two cards for each account."""

    shape = {"bank_servers": 2, "middlewares": 2, "terminals": 6, "cards": 3, "balance": 100_00}
    timeout = 10.0  # how long a terminal waits for one answer

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        network = cls.network
        if len(network.cards) == cls.shape["cards"]:
            network.cards += [network.new_card(network.customer_of(card), card.accounts)
                              for card in network.cards]

    def load(self, history):
        terminals = [self.host(number, card, history=history, timeout=self.timeout)
                     for number, card in enumerate(self.network.cards)]
        payees = sorted({card.accounts[0] for card in self.network.cards})
        return Load(terminals, payees, f"{SEED}/{self.id()}")

    def under_load(self, fault):
        """Runs fault(load) while the load flows, then judges history and books."""
        self.history = self.network.history(self._testMethodName)
        baseline = self.network.books()
        with self.load(self.history) as load:
            load.wait_done(20)
            fault(load)
            load.wait_done(20)
        self.network.heal()
        self.assert_history_good(self.history, baseline)


def sweep(prefix):
    """Class decorator: a test `test_killed_at_<point>` per crash point of the prefix, which calls
    self.sweep(point). With TW_THOROUGH=1 for all points, else for a third of them that the seed
    draws: they take minutes, and every point has its turn within a few runs."""

    def add(case):
        points = crash_points.names(prefix)
        if os.environ.get("TW_THOROUGH") != "1":
            seed = os.environ.get("TW_SEED", "1")  # run.py imports this file before it draws one
            drawn = random.Random(f"{seed}/{case.__name__}")
            points = drawn.sample(points, -(-len(points) // 3))
        for point in points:
            setattr(case, f"test_killed_at_{point.replace('.', '_')}",
                    lambda self, point=point: self.sweep(point))
        return case

    return add
