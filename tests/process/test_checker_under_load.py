"""Checker and load together: a right model bank passes, one with a seeded defect is caught."""

import os
import tempfile
import unittest
from pathlib import Path

import checker
import model
from harness import iban
from history import History
from host import HostTerminal
from load import Load

SEED = int(os.environ.get("TW_SEED", "1"))
BALANCE = 100_00


class ModelTerminal(HostTerminal):
    def __init__(self, bank, terminal_id, account, history):
        super().__init__(terminal_id, ["the model"], None, None, history)
        self.account, self.session = account, "session"
        self._model = model.ModelClient(bank)
        bank.add_terminal(terminal_id)

    def client(self):
        return self._model


class SeededBanks(unittest.TestCase):
    def findings(self, defect):
        numbers = [1_000_000_001, 1_000_000_002, 1_000_000_003]
        accounts = [iban("90000001", number) for number in numbers]
        bank = model.ModelBank(numbers, BALANCE, SEED, defect)
        with tempfile.TemporaryDirectory() as folder:
            history = History(Path(folder) / "history.jsonl")
            terminals = [ModelTerminal(bank, f"{17 + place:08}", accounts[place % 2], history)
                         for place in range(6)]
            with Load(terminals, accounts, SEED) as load:
                load.wait_done(400)
            history.close()
            return {finding.kind for finding in
                    checker.check(history.events(), bank.books, bank.baseline)}

    def test_right_bank_passes(self):
        self.assertEqual(self.findings(None), set(), f"seed {SEED}")

    def test_repeats_that_post_again(self):
        self.assertIn("doubled", self.findings("no_duplicate_check"), f"seed {SEED}")

    def test_commits_that_are_forgotten(self):
        self.assertIn("lost", self.findings("forgets_commits"), f"seed {SEED}")

    def test_stale_reads(self):
        self.assertIn("stale_read", self.findings("stale_read"), f"seed {SEED}")

    def test_funds_checked_before_the_lock(self):
        self.assertIn("overspent", self.findings("no_lock"), f"seed {SEED}")

    def test_lost_reversals(self):
        self.assertIn("lost", self.findings("lost_reversal"), f"seed {SEED}")

    def test_one_sided_transfers(self):
        self.assertIn("unbalanced", self.findings("one_sided"), f"seed {SEED}")

    def test_declines_that_become_approvals(self):
        self.assertIn("answer_changed", self.findings("decline_retried"), f"seed {SEED}")

    def test_repeats_answered_otherwise(self):
        self.assertIn("answer_changed", self.findings("other_answer"), f"seed {SEED}")


if __name__ == "__main__":
    unittest.main()
