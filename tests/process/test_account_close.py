"""Closing an account while something of it is still in doubt: refused, whoever comes first; and what
an account that was closed all the same does to a reversal that cannot be refused."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from history import account_number
from processes import wait_until
from test_bankctl import BankctlCase

BALANCE = 100_00


class AccountClose(BankctlCase):
    def spent(self):
        """A terminal in session, and its request that takes the account's last cent."""
        terminal = self.host(0, self.network.new_customer("Somebody", balance=BALANCE))
        return terminal, terminal.withdrawal(BALANCE)

    def assert_open(self, account):
        self.assertEqual(self.sql("SELECT status FROM account WHERE account_id = "
                                  f"{account_number(account)}").strip(), "O")

    def close_by_sql(self, account, status="C"):
        self.sql(f"UPDATE account SET status = '{status}' "
                 f"WHERE account_id = {account_number(account)}")

    def test_not_while_a_withdrawal_may_still_come_back(self):
        terminal, request = self.spent()
        terminal.expect("00", request)
        for _ in range(2):  # a refusal changes nothing
            reason = self.refused("account", "close", terminal.account)["reason"]
            self.assertIn("1 withdrawal neither confirmed nor reversed", reason)
            self.assertIn(f"the oldest {request.txid} at terminal {terminal.terminal_id}", reason)
            self.assertIn("settles it", reason)
            self.assert_open(terminal.account)
        terminal.expect("00", terminal.confirmation(request))
        self.assertEqual(self.json("account", "close", terminal.account)["status"], "closed")

    def test_oldest_of_several_is_named_and_how_suspects_end(self):
        terminal = self.host(0, self.network.new_customer("Somebody", balance=BALANCE))
        requests = [terminal.withdrawal(BALANCE // 2) for _ in range(2)]
        for request in requests:
            terminal.expect("00", request)
        terminal.expect("00", terminal.confirmation(requests[0], suspect=True))
        reason = self.refused("account", "close", terminal.account)["reason"]
        self.assertIn("2 withdrawals neither confirmed nor reversed", reason)
        self.assertIn(requests[0].txid, reason)
        self.assertIn("bankctl suspect resolve", reason)
        self.json("suspect", "resolve", requests[0].txid, "--taken")
        reason = self.refused("account", "close", terminal.account)["reason"]
        self.assertIn(f"1 withdrawal neither confirmed nor reversed, the oldest {requests[1].txid}",
                      reason)
        terminal.expect("00", terminal.reversal(requests[1]))
        self.assertIn("closed_is_empty", self.refused("account", "close", terminal.account)["reason"])
        self.json("account", "withdraw", terminal.account, "50")
        self.json("account", "close", terminal.account)

    def test_what_was_declined_or_came_back_does_not_hold_it(self):
        terminal, request = self.spent()
        terminal.expect("61", terminal.withdrawal(self.network.card_limits[0] + 10_00))
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request))
        self.json("account", "withdraw", terminal.account, "100")
        self.json("account", "close", terminal.account)

    def test_withdrawal_that_waits_for_the_same_row_is_seen(self):
        """The withdrawal is first in the queue for the account's row, the close second."""
        terminal, request = self.spent()
        postgres = self.network.postgres
        with ThreadPoolExecutor(2) as pool:
            with postgres.holding("SELECT FROM bank.account WHERE account_id = "
                                  f"{account_number(terminal.account)} FOR UPDATE"):
                withdrawn = pool.submit(terminal.send, request)
                wait_until(lambda: postgres.waiting() == 1, "the withdrawal waits for the row")
                refused = pool.submit(self.refused, "account", "close", terminal.account)
                wait_until(lambda: postgres.waiting() == 2, "the close waits behind it")
            self.assert_rc("00", withdrawn.result())
            self.assertIn(request.txid, refused.result()["reason"])
        self.assert_open(terminal.account)

    def reversal_waits_for_reopening(self, terminal, reversal, balance):
        """Refused, logged and without effect until an operator opens the account again."""
        for _ in range(2):
            terminal.expect("96", reversal)
        log = self.network.bank_servers[0].log()
        self.assertIn("an account that is closed", log)
        self.assertIn(f"{account_number(terminal.account)}", log)
        self.assertNotIn("batch refused", log)
        self.json("account", "reopen", terminal.account)
        answer = terminal.expect("00", reversal.repeated())
        self.assertEqual(answer["ledger_balance"], balance)
        self.assertEqual(terminal.expect("00", reversal.repeated()), answer)
        self.refused("account", "reopen", terminal.account)

    def test_reversal_for_an_account_closed_by_hand(self):
        terminal, request = self.spent()
        terminal.expect("00", request)
        self.close_by_sql(terminal.account)
        self.reversal_waits_for_reopening(terminal, terminal.reversal(request), BALANCE)
        self.refused("account", "withdraw", terminal.account, "100")  # reopened is blocked
        self.json("account", "unblock", terminal.account)
        self.json("account", "withdraw", terminal.account, "100")
        self.json("account", "close", terminal.account)

    def test_deposit_given_back_after_its_account_was_emptied_and_closed(self):
        """Nothing at the bank tells that a deposit is in doubt, so this needs no SQL."""
        terminal = self.host(0, self.network.new_customer("Somebody", balance=0))
        request = terminal.deposit(50_00)
        terminal.expect("00", request)
        self.json("account", "withdraw", terminal.account, "50")
        self.json("account", "close", terminal.account)
        self.reversal_waits_for_reopening(terminal, terminal.reversal(request), -50_00)
        self.json("account", "deposit", terminal.account, "50")
        self.json("account", "close", terminal.account)


if __name__ == "__main__":
    unittest.main()
