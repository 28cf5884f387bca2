"""What judges several banks is judged itself: two banks in memory that disagree are found out."""

import unittest

import banks

ALDER, BIRCH = "90000001", "90000002"


class PretendedBank:
    """A Network as the judgement sees it: what the database says."""

    def __init__(self, bank_code):
        self.bank_code = bank_code
        self.postgres = self
        self.items = []
        self.decisions = {}  # phase -> {txid: rc}
        self.own = 0  # sum of all balances but those with other banks

    def book(self, txid, window, amount):
        self.items.append(f"{txid}|{window}|{amount}")

    def query(self, sql):
        if "bank.interbank_item" in sql:
            return "\n".join(self.items)
        if "phase = " not in sql:
            return str(self.own)
        phase = int(sql.partition("phase = ")[2].split()[0])
        return "\n".join(f"{txid}|{rc}" for txid, rc in self.decisions.get(phase, {}).items())


class Judgement(unittest.TestCase):
    def setUp(self):
        self.alder, self.birch = PretendedBank(ALDER), PretendedBank(BIRCH)
        for txid, amount in (("a", 50_00), ("b", -20_05), ("c", 3)):
            self.alder.book(txid, 1, amount)
            self.birch.book(txid, 1, -amount)

    def mirror(self):
        return banks.mirror_findings(self.alder, self.birch)

    def test_money_that_came_or_went_is_found(self):
        both = (self.alder, self.birch)
        self.alder.own, self.birch.own = 62_00, -62_00
        self.assertEqual(banks.conservation_findings(both), [])
        self.birch.own += 1
        self.assertRegex(banks.conservation_findings(both)[0], "X5: 1 minor")

    def transfers(self):
        return banks.transfer_findings(self.alder, self.birch)

    def test_mirrored_books_agree(self):
        self.assertEqual(self.mirror(), [])

    def test_item_at_one_bank_only_is_found(self):
        self.alder.book("d", 1, 1_00)
        self.assertRegex(self.mirror()[0], f"only at {ALDER}.*'d', 1, 100")
        self.birch.book("e", 1, 1_00)
        self.assertRegex(self.mirror()[1], f"only at {BIRCH}.*'e'")

    def test_other_amount_window_or_sign_is_found(self):
        for window, amount in ((1, -1_01), (2, -1_00), (1, 1_00)):
            with self.subTest(window=window, amount=amount):
                self.setUp()
                self.alder.book("d", 1, 1_00)
                self.birch.book("d", window, amount)
                self.assertEqual(len(self.mirror()), 2)

    def test_item_booked_twice_at_one_bank_is_found(self):
        self.alder.book("a", 1, 50_00)
        self.assertEqual(len(self.mirror()), 1)

    def test_transfer_that_ended_alike_is_fine(self):
        self.birch.decisions = {banks.CREDIT: {"a": "00", "b": "14", "tombstone": "25"}}
        self.alder.decisions = {banks.OUTCOME: {"a": "00", "b": "14"}}
        self.assertEqual(self.transfers(), [])

    def test_transfer_credited_and_released_is_found(self):
        self.birch.decisions = {banks.CREDIT: {"a": "00"}}
        self.alder.decisions = {banks.OUTCOME: {"a": "14"}}
        self.assertEqual(len(self.transfers()), 1)

    def test_transfer_credited_and_never_heard_of_is_found(self):
        self.birch.decisions = {banks.CREDIT: {"a": "00"}}
        self.assertEqual(len(self.transfers()), 1)

    def test_transfer_rejected_and_completed_is_found(self):
        self.birch.decisions = {banks.CREDIT: {"a": "14"}}
        self.alder.decisions = {banks.OUTCOME: {"a": "00"}}
        self.assertEqual(len(self.transfers()), 1)

    def test_return_at_one_bank_only_is_found(self):
        self.birch.decisions = {banks.RETURN: {"a": "00", "b": "00"}}
        self.alder.decisions = {banks.RETURN: {"b": "00"}}
        self.assertEqual(len(self.transfers()), 1)


if __name__ == "__main__":
    unittest.main()
