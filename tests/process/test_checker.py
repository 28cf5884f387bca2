"""The checker is checked: a model bank makes histories that are right, seeded defects make them
wrong, and each defect must be found under its own name."""

import copy
import os
import random
import unittest
import uuid

import checker
from books import ATM_BASE, Account, Books, Entry

SEED = int(os.environ.get("TW_SEED", "1"))
ALICE, BOB = 1_000_000_001, 1_000_000_002
TERMINAL = 17
ATM, CLEARING = ATM_BASE + TERMINAL, 300_000_000 + TERMINAL


class ModelBank:
    """A bank of two customers and one terminal that does everything right, and its history."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = 0
        self.call = 0
        self.events = []
        self.books = Books()
        for number in (ALICE, BOB, ATM, CLEARING, 1):
            self.books.accounts[number] = Account(0, 0, 0)
            self.books.entries[number] = []
        self.post("opening", 0, {ALICE: -100_000, BOB: -100_000, 1: 200_000})
        self.baseline = copy.deepcopy(self.books)

    def uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def tick(self):
        self.now += self.random.randint(1, 1000)
        return self.now

    def post(self, txid, phase, legs):
        for number, amount in legs.items():
            account = self.books.accounts[number]
            account.balance += amount
            account.entry_no += 1
            self.books.entries[number].append(
                Entry(account.entry_no, amount, account.balance, txid, phase))
        self.books.decisions[txid, phase] = "00"

    def invoke(self, method, txid, **content):
        self.call += 1
        self.events.append({"call": self.call, "process": "t17", "event": "invoke", "txid": txid,
                            "method": method, "terminal": f"{TERMINAL:08}",
                            "time_ns": self.tick(), **content})
        return self.call

    def end(self, call, event, **content):
        self.events.append({"call": call, "event": event, "time_ns": self.tick(), **content})

    def answer(self, number, rc="00", **more):
        account = self.books.accounts[number]
        return {"rc": rc, "entry_no": account.entry_no, "ledger_balance": -account.balance, **more}

    def balance(self, number):
        call = self.invoke("balance.inquiry", self.uuid(), account=number)
        self.end(call, "ok", answer=self.answer(number))

    def operate(self, method, phase, txid, legs, own, lost_answer=False, **content):
        """One posting; with lost_answer it is asked twice and answered the second time."""
        call = self.invoke(method, txid, **content)
        if -self.books.accounts[own].balance < legs.get(own, 0):
            self.books.decisions[txid, phase] = "51"
            self.end(call, "fail", answer=self.answer(own, rc="51"))
            return False
        self.post(txid, phase, legs)
        answer = self.answer(own, amount=content["amount"])
        if lost_answer:
            self.end(call, "unknown", reason="connection lost")
            call = self.invoke(method, txid, **content)
        self.end(call, "ok", answer=answer)
        return True

    def withdraw(self, number, amount, **options):
        txid = self.uuid()
        approved = self.operate("withdrawal.request", 0, txid,
                                {number: amount, CLEARING: -amount}, number,
                                account=number, amount=amount, **options)
        if not approved:
            return txid
        kept = self.random.choice([0, amount // 2, amount])
        if kept == amount:
            self.operate("withdrawal.confirm", 1, txid, {CLEARING: amount, ATM: -amount}, CLEARING,
                         amount=amount)
        else:
            legs = {number: kept - amount, CLEARING: amount}
            if kept:
                legs[ATM] = -kept
            self.operate("withdrawal.reverse", 2, txid, legs, number,
                         amount=amount, dispensed=kept)
        return txid

    def transfer(self, amount, **options):
        txid = self.uuid()
        self.operate("transfer.request", 0, txid, {ALICE: amount, BOB: -amount}, ALICE,
                     from_account=ALICE, to_account=BOB, amount=amount, **options)
        return txid

    def deposit(self, number, amount):
        txid = self.uuid()
        self.operate("deposit.request", 0, txid, {ATM: amount, number: -amount}, number,
                     account=number, amount=amount)
        return txid

    def run(self, steps=40):
        for _ in range(steps):
            number = self.random.choice([ALICE, BOB])
            lost = self.random.random() < 0.3
            self.random.choice([
                lambda: self.balance(number),
                lambda: self.withdraw(number, self.random.randint(1, 30) * 1000, lost_answer=lost),
                lambda: self.transfer(self.random.randint(1, 30_000), lost_answer=lost),
                lambda: self.deposit(number, self.random.randint(1, 20) * 1000),
            ])()
        return self

    def kinds(self):
        return {finding.kind for finding in
                checker.check(self.events, self.books, self.baseline)}

    def erase(self, txid):
        """Takes a posting out of the books and closes the gap, as if it had never been."""
        for number, entries in self.books.entries.items():
            kept = [entry for entry in entries if entry.txid != txid]
            self.rewrite(number, kept)

    def rewrite(self, number, entries):
        balance = 0
        for place, entry in enumerate(entries, 1):
            balance += entry.amount
            entry.number, entry.balance = place, balance
        self.books.entries[number] = entries
        self.books.accounts[number].balance = balance
        self.books.accounts[number].entry_no = len(entries)


class SeededDefects(unittest.TestCase):
    def setUp(self):
        self.bank = ModelBank(SEED).run()
        self.bank.deposit(ALICE, 1_000_000)  # whatever the run left: what follows is approved
        self.assertEqual(self.bank.kinds(), set(), f"seed {SEED}")

    def assert_found(self, kind):
        self.assertIn(kind, self.bank.kinds(), f"seed {SEED}")

    def test_right_histories_pass_for_many_seeds(self):
        for seed in range(SEED, SEED + 50):
            self.assertEqual(ModelBank(seed).run().kinds(), set(), f"seed {seed}")

    def test_lost_transfer_is_found(self):
        txid = self.bank.transfer(5)
        self.bank.erase(txid)
        self.assert_found("lost")

    def test_lost_reversal_is_found(self):
        bank = self.bank
        bank.random.choice = lambda options: options[0]  # nothing dispensed
        txid = bank.withdraw(ALICE, 1000)
        for number, entries in bank.books.entries.items():
            bank.rewrite(number, [e for e in entries if (e.txid, e.phase) != (txid, 2)])
        self.assert_found("lost")

    def test_doubled_transfer_is_found(self):
        txid = self.bank.transfer(5)
        self.bank.post(txid, 0, {ALICE: 5, BOB: -5})
        self.assert_found("doubled")

    def test_repeat_that_posts_again_under_another_txid_is_found(self):
        self.bank.post(self.bank.uuid(), 0, {ALICE: 5, BOB: -5})
        self.assert_found("stranger")

    def test_decline_that_posted_is_found(self):
        txid = self.bank.transfer(99_000_000)
        self.bank.post(txid, 0, {ALICE: 1, BOB: -1})
        self.assert_found("declined_posted")

    def test_refused_request_that_posted_is_found(self):
        bank, txid = self.bank, self.bank.uuid()
        call = bank.invoke("transfer.request", txid, from_account=ALICE, to_account=BOB, amount=1)
        bank.post(txid, 0, {ALICE: 1, BOB: -1})
        bank.end(call, "fail", error="-32602")
        self.assert_found("refused_posted")

    def test_decline_that_became_an_approval_is_found(self):
        bank = self.bank
        txid = bank.transfer(99_000_000)
        content = {"from_account": ALICE, "to_account": BOB, "amount": 99_000_000}
        call = bank.invoke("transfer.request", txid, **content)
        bank.end(call, "ok", answer=bank.answer(ALICE))
        self.assert_found("answer_changed")

    def test_stale_read_is_found(self):
        old = self.bank.answer(ALICE)
        self.bank.transfer(5)
        call = self.bank.invoke("balance.inquiry", self.bank.uuid(), account=ALICE)
        self.bank.end(call, "ok", answer=old)
        self.assert_found("stale_read")

    def test_read_of_a_balance_that_never_was_is_found(self):
        wrong = self.bank.answer(ALICE)
        wrong["ledger_balance"] += 1
        call = self.bank.invoke("balance.inquiry", self.bank.uuid(), account=ALICE)
        self.bank.end(call, "ok", answer=wrong)
        self.assert_found("wrong_read")

    def test_read_from_the_future_is_found(self):
        bank = self.bank
        place = len(bank.events)
        bank.transfer(5)
        late = bank.answer(ALICE)
        later, bank.events = bank.events[place:], bank.events[:place]
        start = later[0]["time_ns"]
        bank.call += 1
        bank.events += [{"call": bank.call, "process": "t18", "event": "invoke",
                         "method": "balance.inquiry", "txid": bank.uuid(), "terminal": "00000018",
                         "account": ALICE, "time_ns": start - 2},
                        {"call": bank.call, "event": "ok", "answer": late, "time_ns": start - 1}]
        bank.events += later
        self.assert_found("future_read")

    def test_overspent_account_is_found(self):
        bank, txid = self.bank, self.bank.uuid()
        amount = -bank.books.accounts[ALICE].balance + 1
        content = {"from_account": ALICE, "to_account": BOB, "amount": amount}
        call = bank.invoke("transfer.request", txid, **content)
        bank.post(txid, 0, {ALICE: amount, BOB: -amount})
        bank.end(call, "ok", answer=bank.answer(ALICE, amount=amount))
        self.assertEqual(bank.kinds(), {"overspent"})

    def test_overdraft_allows_what_it_allows(self):
        bank, txid = self.bank, self.bank.uuid()
        amount = -bank.books.accounts[ALICE].balance + 1
        bank.books.accounts[ALICE].overdraft = 1
        call = bank.invoke("transfer.request", txid, from_account=ALICE, to_account=BOB,
                           amount=amount)
        bank.post(txid, 0, {ALICE: amount, BOB: -amount})
        bank.end(call, "ok", answer=bank.answer(ALICE, amount=amount))
        self.assertEqual(bank.kinds(), set())

    def test_wrong_amount_is_found(self):
        bank, txid = self.bank, self.bank.uuid()
        call = bank.invoke("transfer.request", txid, from_account=ALICE, to_account=BOB, amount=7)
        bank.post(txid, 0, {ALICE: 70, BOB: -70})
        bank.end(call, "ok", answer=bank.answer(ALICE, amount=7))
        self.assert_found("legs")

    def test_one_sided_posting_is_found(self):
        bank, txid = self.bank, self.bank.uuid()
        call = bank.invoke("transfer.request", txid, from_account=ALICE, to_account=BOB, amount=7)
        bank.post(txid, 0, {ALICE: 7})
        bank.end(call, "ok", answer=bank.answer(ALICE, amount=7))
        self.assert_found("unbalanced")

    def test_gap_in_entry_numbers_is_found(self):
        self.bank.transfer(5)
        self.bank.books.entries[ALICE][-1].number += 1
        self.assert_found("gap")

    def test_balance_that_is_not_the_sum_is_found(self):
        self.bank.books.accounts[BOB].balance += 1
        self.assert_found("balance")

    def test_rewritten_history_is_found(self):
        entries = self.bank.books.entries[ALICE]
        entries[0].txid = "somebody"
        self.assert_found("rewritten")

    def test_unanswered_request_is_found(self):
        call = self.bank.invoke("transfer.request", self.bank.uuid(), from_account=ALICE,
                                to_account=BOB, amount=1)
        self.bank.end(call, "unknown", reason="lost")
        self.assert_found("unresolved")

    def test_order_against_real_time_is_found(self):
        bank = self.bank
        bank.transfer(5)
        bank.transfer(6)
        entries = bank.books.entries[ALICE]
        entries[-1].txid, entries[-2].txid = entries[-2].txid, entries[-1].txid
        self.assert_found("order")

    def test_cash_that_the_books_do_not_know_is_found(self):
        bank, txid = self.bank, self.bank.uuid()
        bank.random.choice = lambda options: options[0]
        bank.deposit(ALICE, 3000)
        call = bank.invoke("withdrawal.confirm", txid, amount=1000)
        bank.books.decisions[txid, 1] = "00"
        bank.end(call, "ok", answer={"rc": "00", "amount": 1000})
        self.assert_found("cash")


if __name__ == "__main__":
    unittest.main()
