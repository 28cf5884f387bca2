"""What operators see and do about other banks: transfers under way, returns, reversals that wait for
an issuer, accounts that may not be closed yet."""

import unittest

from case import BanksCase
from message_proxy import ANSWERS, REQUESTS
from processes import wait_until

AMOUNT = 20_00


class Operators(BanksCase):
    def listed(self, network, txid, *command):
        return next((one for one in network.bankctl(*command) if one["txid"] == txid), None)

    def transfer(self, txid, *options):
        return self.listed(self.alder, txid, "transfer", "list", *options)

    def clearing(self):
        """DispClr of Alder's terminals and what the list of suspects says about it."""
        balance = self.alder.postgres.query(
            "SELECT -sum(balance_minor) FROM bank.account WHERE kind = 4")
        amounts = [one["amount"].replace(".", "") for one in self.alder.bankctl("suspects")]
        return int(balance), sum(map(int, amounts))

    def held(self, way):
        """A customer's whole money on its way to Birch, which is out of reach: terminal, request."""
        payee = self.birch.cards[0].accounts[0]
        terminal = self.host(self.alder, self.alder.new_customer("Payer", balance=AMOUNT))
        self.banks.proxy(self.birch).lose("transfer.*", way)
        request = terminal.transfer(AMOUNT, payee)
        self.assertEqual(terminal.expect("00", request)["status"], "PENDING")
        wait_until(lambda: self.transfer(request.txid)["state"] == "UNKNOWN", "the first inquiry")
        return terminal, request

    def test_account_of_a_transfer_under_way_is_not_closed(self):
        terminal, request = self.held(REQUESTS)
        shown = self.transfer(request.txid, "--state", "unknown")
        self.assertEqual((shown["peer"], shown["iban"], shown["amount"], shown["exception"]),
                         (self.birch.bank_code, terminal.account, "20.00", False))
        done = self.alder.run_bankctl("account", "close", terminal.account)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"1 transfer to other banks under way, the oldest {request.txid} to bank "
                      f"{self.birch.bank_code}", done.stderr)
        self.banks.heal()
        self.banks.settle()
        shown = self.transfer(request.txid)
        self.assertEqual((shown["state"], shown["reason"]), ("RELEASED", "AB05"))
        self.alder.bankctl("account", "withdraw", terminal.account, "20.00")
        self.alder.bankctl("account", "close", terminal.account)

    def test_transfer_whose_answer_was_lost_is_completed_and_goes_back(self):
        terminal, request = self.held(ANSWERS)
        self.banks.heal()
        self.banks.settle()
        self.assertEqual(self.transfer(request.txid)["state"], "COMPLETED")
        self.assertIsNone(self.transfer(request.txid, "--state", "returned"))
        payee = self.host(self.birch, self.birch.cards[0])
        before = payee.see()[0]
        given = self.birch.bankctl("transfer", "return", request.txid)
        self.assertEqual((given["peer"], given["amount"]), (self.alder.bank_code, "20.00"))
        self.assertEqual(self.birch.bankctl("transfer", "return", request.txid), given)
        self.banks.settle()
        self.assertEqual(self.transfer(request.txid)["state"], "RETURNED")
        self.assertEqual((terminal.see()[0], payee.see()[0]), (AMOUNT, before - AMOUNT))

    def test_return_to_an_account_that_was_closed_is_owed(self):
        terminal, request = self.held(ANSWERS)
        self.banks.heal()
        self.banks.settle()
        self.alder.bankctl("account", "close", terminal.account)
        self.birch.bankctl("transfer", "return", request.txid)
        self.banks.settle()
        self.assertEqual(self.transfer(request.txid)["state"], "RETURNED")
        self.assertEqual(self.alder.postgres.query(
            "SELECT -sum(balance_minor) FROM bank.account WHERE kind = 6").strip(), str(AMOUNT))

    def reversed_unheard(self, dispensed):
        """A withdrawal of a Birch card whose reversal Birch has not heard of: terminal, request."""
        terminal = self.host(self.alder, self.birch.cards[1])
        request = terminal.withdrawal(AMOUNT)
        terminal.expect("00", request)
        shown = self.listed(self.alder, request.txid, "suspects")
        self.assertEqual((shown["peer"], shown["state"], shown["iban"]),
                         (self.birch.bank_code, "open", None))
        self.banks.proxy(self.birch).lose("withdrawal.reverse", REQUESTS)
        terminal.expect("00", terminal.reversal(request, dispensed, "jam"))
        return terminal, request

    def totals(self, terminal):
        answer = terminal.expect("00", terminal.request("terminal.totals"))
        return [answer[name] for name in ("withdrawal_count", "withdrawal_amount",
                                          "reversal_count", "reversal_amount")]

    def test_reversal_is_listed_and_not_counted_until_it_is_acknowledged(self):
        terminal = self.host(self.alder)
        before = self.totals(terminal)
        for number, dispensed in enumerate((0, 10_00), start=1):
            _, request = self.reversed_unheard(dispensed)
            shown = self.listed(self.alder, request.txid, "suspects")
            self.assertEqual((shown["state"], shown["suspect"]), ("reversed", False))
            self.assertEqual(*self.clearing())
            self.assertEqual(self.totals(terminal)[2], before[2] + number - 1)
            self.banks.heal()
            self.banks.settle()
            self.assertIsNone(self.listed(self.alder, request.txid, "suspects"))
            self.assertEqual(*self.clearing())
        after = self.totals(terminal)
        self.assertEqual([b - a for a, b in zip(before, after)], [2, 2 * AMOUNT, 2, AMOUNT + 10_00])

    def test_deposit_goes_back_though_the_reversal_does_not_say_whose_account_it_was(self):
        terminal = self.host(self.alder, self.birch.cards[1])
        before = terminal.see()[0]
        request = terminal.deposit(AMOUNT)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request, 0, "returned").changed(account=None))
        self.banks.settle()
        self.assertEqual(terminal.see()[0], before)

    def test_accounts_with_peers_are_listed_and_do_not_number_customers(self):
        terminal = self.host(self.alder, self.birch.cards[1])
        request = terminal.withdrawal(AMOUNT)
        terminal.expect("00", request)
        terminal.expect("00", terminal.confirmation(request))
        interbank = [one for one in self.alder.bankctl("account", "list", "--ledger")
                     if one["kind"] == "IB"]
        self.assertTrue(interbank)
        self.assertEqual({one["iban"] for one in interbank}, {None})
        self.alder.run_bankctl("ledger")
        opened = self.alder.bankctl("account", "open", "--customer",
                                    str(self.alder.bankctl("customer", "list")[0]["customer"]))
        self.assertEqual(len(opened["account"]), 10)

    def suspect(self):
        terminal = self.host(self.alder, self.birch.cards[1])
        before = terminal.see()[0]
        request = terminal.withdrawal(AMOUNT)
        terminal.expect("00", request)
        terminal.expect("00", terminal.confirmation(request, suspect=True))
        return terminal, before, request.txid

    def test_suspected_dispense_to_a_foreign_card_is_resolved(self):
        clearing = self.clearing()
        terminal, before, txid = self.suspect()
        told = self.alder.bankctl("suspect", "resolve", txid, "--inside")
        self.assertEqual((told["account"], told["iban"]), (None, None))
        self.banks.settle()
        self.assertEqual(terminal.see()[0], before)
        terminal, before, txid = self.suspect()
        self.alder.bankctl("suspect", "resolve", txid, "--taken")
        self.banks.settle()
        self.assertLess(terminal.see()[0], before)
        self.assertEqual(self.clearing(), clearing)


if __name__ == "__main__":
    unittest.main()
