"""Suspected dispenses at the bank: listed, and ended by an operator, once. What the terminal does
about its own is scenario 12 of test_scenarios_terminal.py."""

import datetime
import unittest
from concurrent.futures import ThreadPoolExecutor

from test_bankctl import OK, REFUSED, BankctlCase, cents


class Suspects(BankctlCase):
    def make(self):
        """A customer with 100.00 who is 20.00 poorer by a suspected dispense: IBAN, txid."""
        card = self.network.new_customer("Somebody", balance=100_00)
        return card.accounts[0], self.suspect(card)

    def listed(self, txid):
        return [one for one in self.json("suspects") if one["txid"] == txid]

    def clearing(self):
        """DispClr of the terminals, in minor units."""
        return sum(cents(one["clearing"]) for one in self.json("terminal", "list"))

    def test_list_holds_what_clearing_consists_of_suspects_first(self):
        card = self.network.new_customer("Somebody", balance=100_00)
        terminal = self.host(0, card)
        waiting = terminal.withdrawal(10_00)
        terminal.expect("00", waiting)
        confirmed = terminal.withdrawal(30_00)
        terminal.expect("00", confirmed)
        terminal.expect("00", terminal.confirmation(confirmed))
        iban, txid = self.make()
        listed = self.json("suspects")
        self.assertEqual(sum(cents(one["amount"]) for one in listed), self.clearing())
        self.assertEqual(sorted((one["suspect"] for one in listed), reverse=True),
                         [one["suspect"] for one in listed])
        self.assertEqual(self.listed(confirmed.txid), [])
        self.assertFalse(self.listed(waiting.txid)[0]["suspect"])
        today = self.json("bank", "show")["business_date"]
        self.assertEqual(self.listed(txid), [{
            "terminal": self.network.terminal_ids[0], "txid": txid, "amount": "20.00",
            "account": iban[-10:], "iban": iban, "business_date": today, "suspect": True,
            "age_days": 0, "peer": None, "state": "suspect"}])

    def test_age_counts_business_dates_that_began(self):
        _, txid = self.make()
        self.json("bank", "advance-date")
        self.json("bank", "advance-date")
        self.assertEqual(self.listed(txid)[0]["age_days"], 2)
        today = datetime.date.fromisoformat(self.json("bank", "show")["business_date"])
        self.json("bank", "advance-date", "--to", str(today + datetime.timedelta(days=3)))
        self.assertEqual(self.listed(txid)[0]["age_days"], 3)

    def resolved_once(self, resolution, other):
        """Resolves, again, and otherwise; returns the IBAN and the first answer."""
        iban, txid = self.make()
        clearing = self.clearing()
        first = self.json("suspect", "resolve", txid, f"--{resolution}")
        self.assertEqual((first["resolution"], first["terminal"], first["account"]),
                         (resolution, self.network.terminal_ids[0], iban[-10:]))
        self.json("bank", "advance-date")
        self.assertEqual(self.json("suspect", "resolve", txid, f"--{resolution}"), first)
        refused = self.refused("suspect", "resolve", txid, f"--{other}")
        self.assertIn("ended otherwise", refused["reason"])
        self.assertEqual(clearing - self.clearing(), 20_00)
        self.assertEqual(self.listed(txid), [])
        return iban, first

    def test_taken_is_final_and_the_customer_has_paid(self):
        iban, first = self.resolved_once("taken", "inside")
        self.assertIsNone(first["balance"])
        self.assertEqual(self.json("statement", iban)["balance"], "80.00")

    def test_inside_is_final_and_the_customer_is_whole(self):
        iban, first = self.resolved_once("inside", "taken")
        self.assertEqual(first["balance"], "100.00")
        self.assertEqual(self.json("statement", iban)["balance"], "100.00")

    def test_resolution_and_its_refusal_are_logged_with_who_and_what(self):
        iban, txid = self.make()
        for resolution, exit_code in (("taken", OK), ("inside", REFUSED)):
            self.run_ctl("suspect", "resolve", txid, f"--{resolution}", exit_code=exit_code)
            latest = self.json("actions", "--count", "1")[0]
            self.assertEqual((latest["action"], latest["operator"]),
                             ("suspect resolve", "tw_operator"))
            self.assertEqual(latest["subject"],
                             f"txid {txid} terminal {self.network.terminal_ids[0]} "
                             f"account {iban[-10:]} amount 20.00 {resolution}")

    def test_what_is_not_suspected_is_left_to_its_terminal(self):
        card = self.network.new_customer("Somebody", balance=100_00)
        terminal = self.host(0, card)
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        for resolution in ("--taken", "--inside"):
            refused = self.refused("suspect", "resolve", request.txid, resolution)
            self.assertIn("not suspected", refused["reason"])
        terminal.expect("00", terminal.confirmation(request))
        refused = self.refused("suspect", "resolve", request.txid, "--taken")
        self.assertIn("ended otherwise", refused["reason"])

    def test_operators_who_disagree_at_once_resolve_once(self):
        iban, txid = self.make()

        def resolve(resolution):
            return self.network.run_bankctl("suspect", "resolve", txid, resolution).returncode

        choices = ["--taken", "--inside"] * 3
        with ThreadPoolExecutor(len(choices)) as pool:
            codes = list(pool.map(resolve, choices))
        winner = choices[codes.index(OK)]
        self.assertEqual(codes, [OK if one == winner else REFUSED for one in choices])
        self.assertEqual(self.json("statement", iban)["balance"],
                         "100.00" if winner == "--inside" else "80.00")


if __name__ == "__main__":
    unittest.main()
