"""Faults of every device of the real terminal: what it still does, and T1 to T4 afterwards."""

import csv
import hashlib
import json
import os
import unittest

import cash
import crash_points
from machine import step
from terminal_case import TerminalCase

NOTES = [{"denomination": 2000, "count": 3}]


class DeviceCase(TerminalCase):
    def tearDown(self):
        self.network.heal()
        self.machine.play(step("clear-faults"))
        super().tearDown()

    def fault(self, name, **members):
        return step("fault", fault=name, **members)

    def device(self, name):
        return {one["device"]: one for one in self.machine.status()["devices"]}[name]


class Devices(DeviceCase):
    def test_reader_or_pin_pad_out_of_order_takes_no_card(self):
        for fault, device in (("reader_fault", "card_reader"), ("pin_pad_fault", "pin_pad")):
            _, refused = self.play(self.fault(fault), self.withdraw(60_00))
            self.assertEqual(refused["verdict"], "refused", fault)
            self.assertEqual(self.device(device)["state"], "HWERROR")
            _, paid = self.play(step("clear-faults"), self.withdraw(20_00))
            self.assertEqual(paid["verdict"], "approved")
        self.assertEqual(self.customer_has(), 260_00)

    def test_card_that_jams_is_kept_and_told_of_in_the_journal(self):
        _, paid, closed, refused = self.play(self.fault("card_jam"), self.withdraw(60_00),
                                             step("close"), self.withdraw(60_00))
        self.assertEqual((paid["verdict"], closed["verdict"]), ("approved", "fault"))
        self.assertEqual((closed["card_retained"], closed["retained_because"]), (True, "jammed"))
        self.assertEqual(refused["verdict"], "refused")
        entry, = self.machine.do("journal", event="card retained")["entries"]
        self.assertEqual(entry["detail"]["reason"], "jammed")
        self.assertNotIn(self.card.pan, json.dumps(entry))

    def test_card_that_is_not_taken_is_captured(self):
        _, _, closed = self.play(self.fault("card_not_taken"), self.withdraw(60_00), step("close"))
        self.assertEqual((closed["verdict"], closed["retained_because"]), ("fault", "not_taken"))
        self.assertEqual(self.machine.world()["cards_retained"], 1)
        self.play(step("collect-cards"))
        self.assertEqual(self.machine.world().get("cards_retained", 0), 0)

    def test_cassette_that_is_empty_whatever_was_counted(self):
        _, report = self.play(self.fault("cassette_empty", value=2), self.withdraw(110_00))
        self.assertEqual((report["verdict"], report["dispensed"]), ("fault", 50_00))
        self.machine.settle()
        self.assertEqual(self.customer_has(), 250_00)
        empty = self.machine.status()["cassettes"][1]
        self.assertEqual((empty["status"], empty["usable"]), ("EMPTY", False))
        counted = self.machine.do("balance-cash")
        self.assertEqual((counted["rc"], counted["difference"]), ("00", -1000_00))

    def test_missing_cassettes_end_withdrawals_and_nothing_else(self):
        *_, refused, deposited, balance = self.play(
            self.fault("cassette_missing", value=1), self.fault("cassette_missing", value=2),
            self.withdraw(60_00), step("deposit", self.card, notes=NOTES),
            step("balance", self.card))
        self.assertEqual(refused["verdict"], "refused")
        self.assertEqual((deposited["verdict"], balance["verdict"]), ("approved", "approved"))
        self.assertEqual(self.device("dispenser")["detail"], "CUSTOP")

    def test_depositor_out_of_order_takes_nothing_in(self):
        _, refused, paid = self.play(self.fault("acceptor_fault"),
                                     step("deposit", self.card, notes=NOTES), self.withdraw(60_00))
        self.assertEqual((refused["verdict"], paid["verdict"]), ("refused", "approved"))
        self.assertEqual(self.customer_has(), 240_00)

    def test_printers_out_of_order_reverse_nothing(self):
        *_, opened, paid = self.play(self.fault("paper_out"), self.fault("journal_printer_fault"),
                                     step("open", self.card), step("withdraw", amount=60_00))
        self.assertIs(opened["receipts"], False)
        self.assertEqual((paid["verdict"], paid["receipt_printed"]), ("approved", False))
        self.assertEqual(self.customer_has(), 240_00)

    def test_short_link_loss_is_not_noticed(self):
        _, paid = self.play(self.fault("link_loss", value=700), self.withdraw(60_00))
        self.assertEqual((paid["verdict"], paid["dispensed"]), ("approved", 60_00))

    def test_link_lost_for_long_pays_nothing_and_comes_back(self):
        with self.machine.life() as life:
            life.play(step("open", self.card))
            life.play(self.fault("link_loss", value=6000))
            lost = life.play(step("withdraw", amount=60_00))
            self.assertEqual((lost["verdict"], lost["dispensed"]), ("unanswered", 0))
            told = life.play(step("advices", ms=20000))
            self.assertEqual(told["verdict"], "approved")
        self.assertEqual(self.customer_has(), 300_00)

    def test_armed_power_loss_strikes_once_and_is_settled(self):
        """At every point that a withdrawal passes; armed in one life, it strikes in the next."""
        struck = set()
        for point in crash_points.names("atm"):
            armed, = self.play(self.fault("power_loss", at=point))
            self.assertEqual(armed["rc"], "00", point)
            self.machine.play(self.withdraw(20_00), may_die=True)
            if self.machine.exit_code == -9:
                struck.add(point)
            self.machine.play(step("recover"), step("advices", ms=20000), may_die=True)
            self.machine.play(step("clear-faults"))
            self.machine.settle()
            self.assertEqual(cash.check(self.machine, self.network.books()), [], point)
        self.assertGreaterEqual(struck, {
            "atm.request_journaled", "atm.answer_received", "atm.intent_journaled",
            "atm.dispensed", "atm.presented", "atm.taken", "atm.done_journaled"})

    def test_power_loss_at_a_point_that_is_not_there_is_refused(self):
        for members in ({}, {"at": "atm.nowhere"}, {"at": "bank.commit_sent"}):
            report, = self.play(self.fault("power_loss", **members))
            self.assertEqual(report["verdict"], "refused", members)


class JournalAndReceipts(DeviceCase):
    def hash_of(self, entry):
        """As docs/TERMINAL.md says."""
        lines = [entry["previous"], entry["sequence"], entry["wall_ms"], entry["business_date"],
                 entry["stan"], entry["txid"], entry["event"], entry["detail"]]
        return hashlib.sha256("\n".join(map(str, lines)).encode()).hexdigest()

    def test_export_is_complete_and_a_chain_while_the_terminal_runs(self):
        files = [self.network.folder / name for name in ("journal.csv", "journal.jsonl")]
        with self.machine.life() as life:
            life.play(self.withdraw(60_00))
            for file in files:
                report = self.machine.look("journal", "--export", file)
                self.assertEqual(report["verdict"], "approved")
            life.play(step("withdraw", amount=20_00))
            self.assertIs(self.machine.look("journal", "--verify")["intact"], True)
        with open(files[0], newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        lines = [json.loads(line) for line in files[1].read_text().splitlines()]
        written = self.machine.journal("SELECT sequence, hash FROM entry ORDER BY sequence")
        self.assertEqual([row["hash"] for row in rows], [line["hash"] for line in lines])
        self.assertEqual([row["hash"] for row in rows],
                         [row["hash"] for row in written[:len(rows)]])
        self.assertEqual([self.hash_of(row) for row in rows], [row["hash"] for row in rows])
        self.assertEqual([row["previous"] for row in rows[1:]], [row["hash"] for row in rows[:-1]])
        self.assertEqual(os.stat(files[0]).st_mode & 0o777, 0o600)
        self.assertNotIn(self.card.pan, files[0].read_text())
        self.assertEqual(self.machine.do("journal", export=str(files[0]))["verdict"], "refused")

    def test_filters_of_the_journal(self):
        paid, = self.play(self.withdraw(60_00))
        self.machine.settle()
        mine = self.machine.do("journal", txid=paid["txid"])["entries"]
        self.assertEqual([one["event"] for one in mine][:3], ["request", "intent", "done"])
        intent, = self.machine.do("journal", event="intent")["entries"]
        self.assertEqual(intent["txid"], paid["txid"])
        newest = self.machine.do("journal", order="newest", count=3)["entries"]
        oldest = self.machine.do("journal", order="oldest", count=1)["entries"]
        self.assertEqual(len(newest), 3)
        self.assertEqual([one["sequence"] for one in newest],
                         sorted((one["sequence"] for one in newest), reverse=True))
        self.assertEqual(oldest[0]["sequence"], 1)
        day = mine[0]["business_date"]
        self.assertEqual(self.machine.do("journal", **{"from": day, "until": day,
                                                       "stan": mine[0]["stan"]})["entries"][0],
                         mine[0])
        self.assertEqual(self.machine.do("journal", **{"from": "2099-01-01"})["entries"], [])

    def copy_of(self, report):
        """The copy, less what only a copy has and what only the original has."""
        copy = self.machine.do("receipt", txid=report["txid"])["receipt"]
        self.assertEqual(self.machine.do("receipt", stan=report["stan"])["receipt"], copy)
        self.assertIn("COPY", copy)
        self.assertNotIn("Available", copy)
        return [line for line in copy.splitlines() if "COPY" not in line]

    def test_copies_of_receipts_say_what_the_originals_said(self):
        reports = self.play(
            self.withdraw(110_00), self.fault("partial_dispense", value=1),
            step("withdraw", amount=40_00), step("withdraw", amount=5000_00),
            step("deposit", notes=NOTES),
            step("transfer", to=self.network.new_customer(
                "Payee", balance=0).accounts[0], amount=12_34))
        self.machine.settle()
        for report in (one for one in reports if one["do"] != "fault" and "receipt" in one):
            with self.subTest(report["do"], verdict=report["verdict"]):
                original = [line for line in report["receipt"].splitlines()
                            if not line.startswith("Available")]
                copy = self.copy_of(report)
                self.assertEqual(copy, original[:len(copy)])
        missing = self.machine.do("receipt", stan=999999)
        self.assertEqual(missing["verdict"], "refused")

    def test_receipts_are_pages_in_the_language_of_the_customer(self):
        paper = self.network.folder / "receipts.txt"
        with open(self.machine.ini, "a", encoding="utf-8") as ini:
            ini.write(f"\n[device]\nreceipts = {paper}\n")
        self.play(step("open", self.card, language="de"), step("withdraw", amount=20_00),
                  step("close"), self.withdraw(20_00))
        pages = paper.read_text().split("\f")
        self.assertEqual((len(pages), pages[-1]), (3, ""))
        self.assertIn("AUSZAHLUNG", pages[0])
        self.assertIn("WITHDRAWAL", pages[1])


if __name__ == "__main__":
    unittest.main()
