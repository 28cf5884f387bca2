"""The base of the settlement agent's process tests: one agent per class with three played banks."""

import unittest

from agent import Agent
from case import Kept

EUR = 1_00
CODES = ("90000001", "90000002", "90000003")


class AgentCase(unittest.TestCase):
    """self.agent; self.one, self.two, self.three. Before each test nobody is suspended, settings
    are the first ones, and accounts hold what fund() says; after it, all runs and is audited."""

    shape = {"processes": 1}
    kind = Agent
    weight = 1
    spoils = False

    @classmethod
    def setUpClass(cls):
        cls.agent = Kept.take(cls.kind, cls.shape)
        cls.agent.spoilt = cls.agent.spoilt or cls.spoils
        cls.banks = tuple(cls.agent.known_bank(code) for code in CODES)
        cls.one, cls.two, cls.three = cls.banks

    def setUp(self):
        """One script, as settlectl would do it in a dozen runs."""
        self.agent.postgres.query(
            "UPDATE agent.agent SET model = 'multilateral', caps = false, cut_over_times = '',"
            " cut_over_every_s = 0;"
            "UPDATE agent.participant SET status = 'ACTIVE' WHERE status <> 'ACTIVE';"
            + self.funding(*[(1_000 * EUR, 0)] * 3))

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            self.agent.failed = True

    def tearDown(self):
        self.agent.heal()
        self.agent.audit()

    def fund(self, *amounts):
        """(reserve, prefunding) of each bank from now on."""
        self.agent.postgres.query(self.funding(*amounts))

    def funding(self, *amounts):
        """SQL: what each account lacks, or has too much, comes from ISSUE or goes there."""
        rows = ", ".join(f"('{kind}', '{account}', {bank.code}, {amount}::bigint)"
                         for bank, wanted in zip(self.banks, amounts)
                         for kind, account, amount in zip(("FUND", "PREFUND"),
                                                          ("RESERVE", "PREFUND"), wanted))
        return ("SELECT agent.post(gen_random_uuid(), wanted.kind, NULL, NULL,"
                " ARRAY['ISSUE:EUR', account_id],"
                " ARRAY[balance_minor - amount, amount - balance_minor])"
                f" FROM (VALUES {rows}) AS wanted (kind, account, code, amount)"
                " JOIN agent.account ON account_id = wanted.account || ':' || code"
                " WHERE amount <> balance_minor;"
                "UPDATE agent.participant SET cap_minor = balance_minor FROM agent.account"
                " WHERE account_id = 'PREFUND:' || participant.bank_code"
                " AND status <> 'DEFAULTED';")

    def assert_rc(self, rc, answer):
        self.assertEqual(answer.get("rc"), rc, answer)

    # Windows

    def matrix(self, owed):
        """{bank: positions} from {(debtor, creditor): amount}."""
        return {bank: {peer: (owed.get((peer, bank), 0), owed.get((bank, peer), 0))
                       for peer in self.banks if peer is not bank} for bank in self.banks}

    def submit_all(self, window, owed, banks=None, process=lambda number: 0):
        """Everybody's positions of who owes whom what; answers by bank."""
        positions = self.matrix(owed)
        return {bank: bank.submit(window, positions[bank], process=process(number))
                for number, bank in enumerate(banks or self.banks)}

    def settle(self, owed, banks=None):
        """A window from cut-over to its end; its number."""
        window = self.agent.cut_over()
        self.submit_all(window, owed, banks)
        self.agent.wait_final(window)
        return window

    def nets(self, window):
        return [bank.finality(window)["net"] for bank in self.banks]

    def reserves(self):
        balances = self.agent.balances()
        return [balances[f"RESERVE:{bank.code}"] for bank in self.banks]

    def prefundings(self):
        balances = self.agent.balances()
        return [balances[f"PREFUND:{bank.code}"] for bank in self.banks]

    def statuses(self):
        return self.agent.postgres.query("SELECT status FROM agent.participant"
                                         " ORDER BY bank_code LIMIT 3").split()

    def report(self, window):
        return self.agent.settlectl("report", "--window", str(window))
