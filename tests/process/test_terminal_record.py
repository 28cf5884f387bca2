"""What is done at a face is recorded as a script that replays to the same result.

A session is recorded at one terminal with one card, and replayed at another terminal with another
card in the same state: the expectations in the recording must hold there.
"""

import json
import os
import subprocess
import unittest

import cash
import paths
import screen as screen_of
from banks import SURCHARGE
from case import BanksCase, NetworkCase
from machine import NO_MARGIN, step
from test_screen import ScreenCase
from test_terminal_menu import Screen


class Recording:
    def __init__(self, folder, machine):
        self.file = folder / f"session-{machine.terminal_id}.jsonl"
        self.machine = machine

    def play(self, *steps):
        """Reports of a script that is recorded meanwhile."""
        done = subprocess.run(
            [paths.binary("atm-client"), "--config", self.machine.ini, "script", "-", "--record",
             self.file], input="".join(json.dumps(one) + "\n" for one in steps),
            capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, -9), done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def lines(self):
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def replay(self, machine, pins, numbers=()):
        """Exit code and complaint. A line of a file for each PIN and number that is asked for."""
        pin_file = self.file.with_suffix(".pin")
        card_file = self.file.with_suffix(".card")
        for file, lines in ((pin_file, pins), (card_file, numbers)):
            file.touch(mode=0o600)
            file.write_text("".join(f"{line}\n" for line in lines))
        done = subprocess.run(
            [paths.binary("atm-client"), "--config", machine.ini, "script", self.file,
             "--pin-file", pin_file] + (["--card-file", card_file] if numbers else []),
            capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr


class RecordAndReplay(NetworkCase):
    shape = {"terminals": 12, "cards": 0}
    spoils = True  # its terminals are used up
    used = 0

    def setUp(self):
        self.machines = [self.next_machine(), self.next_machine()]
        self.cards = [self.network.new_customer("Someone", balance=300_00) for _ in range(2)]
        self.payee = self.network.new_customer("Payee", balance=0)
        self.recording = Recording(self.network.folder, self.machines[0])

    def next_machine(self):
        kind = type(self)
        machine = self.network.machine(kind.used, limits=NO_MARGIN)
        kind.used += 1
        machine.fill()
        return machine

    def tearDown(self):
        for machine in self.machines:
            machine.settle()
            self.assertEqual(cash.check(machine, self.network.books()), [])
        super().tearDown()

    def balances(self):
        books = self.network.books()
        return [-books.accounts[int(card.accounts[0][-10:])].balance for card in self.cards]

    def check_replay(self, pins, numbers):
        code, complaint = self.recording.replay(self.machines[1], pins, numbers)
        self.assertEqual((code, complaint), (0, ""), self.recording.file.read_text())
        for machine in self.machines:
            machine.settle()
        self.assertEqual(*self.balances())
        notes = [[(one["notes"], one.get("taken", 0), one.get("reject_bin", 0),
                   one.get("retract_bin", 0)) for one in machine.world()["cassettes"]]
                 for machine in self.machines]
        self.assertEqual(*notes)

    def test_session_with_faults_declines_and_a_new_pin(self):
        card, other = self.cards
        wrong = dict(step("open", card), pin="9999")
        reports = self.recording.play(
            step("fault", fault="jam_before_present"),
            step("withdraw", card, amount=60_00),
            step("fault", fault="not_taken"),
            {"do": "withdraw", "amount": 40_00},
            {"do": "withdraw", "amount": 5000_00},
            {"do": "withdraw", "amount": 250_00},
            {"do": "withdraw", "amount": 250_00},
            {"do": "deposit", "notes": [{"denomination": 2000, "count": 3}]},
            {"do": "pin-change", "new_pin": "4711"},
            {"do": "fault", "fault": "card_not_taken"},
            {"do": "close"},
            wrong,
            dict(step("balance", card), pin="4711"),
            {"do": "clear-faults"}, {"do": "close"}, {"do": "status"})
        verdicts = [one["verdict"] for one in reports]
        self.assertEqual(verdicts.count("fault"), 3)
        self.assertIn("declined", verdicts)
        text = self.recording.file.read_text()
        for secret in (card.pan, card.pin, "4711", "9999"):
            self.assertNotIn(f'"{secret}"', text)
        self.assertEqual(os.stat(self.recording.file).st_mode & 0o777, 0o600)
        self.assertNotIn("status", [line["do"] for line in self.recording.lines()])
        self.check_replay([other.pin, "4711", "9999", "4711"], [other.pan] * 3)

    def test_transfer_is_asked_about_by_its_place_in_the_script(self):
        card, other = self.cards
        reports = self.recording.play(
            step("open", card),
            step("transfer", to=self.payee.accounts[0], amount=10_00),
            step("transfer", to=self.payee.accounts[0], amount=15_00),
            step("transfer-status", txid="$2"))
        self.assertEqual([one["verdict"] for one in reports], ["approved"] * 4)
        self.assertEqual(reports[3]["txid"], reports[2]["txid"])
        self.assertEqual(self.recording.lines()[3]["txid"], "$2")
        self.check_replay([other.pin], [other.pan])

    def test_faults_of_before_the_recording_are_in_it(self):
        card, other = self.cards
        self.machines[0].play(step("fault", fault="partial_dispense", value=1))
        _, report = self.recording.play(step("open", card), step("withdraw", amount=40_00))
        self.assertEqual(report["dispensed"], 20_00)
        self.check_replay([other.pin], [other.pan])

    def test_cash_that_a_person_leaves_is_left_on_replay(self):
        card, other = self.cards
        with Screen(self.machines[0], "--record", self.recording.file) as screen:
            screen.type("> ", "c")
            screen.type("Card number: ", card.pan)
            screen.type("Expiry.*: ", card.expiry)
            screen.type("PIN: ", card.pin)
            screen.type("> ", "1")
            screen.type("take your cash.*] ", "n")
            screen.type("> ", "2")
            screen.type("take your cash.*] ", "")
            screen.type("card back\r?\n> ", "0")
            screen.type("leave\r?\n> ", "q")
            screen.end()
        lines = [line for line in self.recording.lines() if line["do"] in ("fault", "withdraw")]
        self.assertEqual([line.get("fault", line.get("amount")) for line in lines],
                         ["not_taken", 20_00, 50_00])
        self.check_replay([other.pin], [other.pan])

    def test_recording_overwrites_nothing(self):
        self.recording.file.write_text("mine\n")
        done = subprocess.run(
            [paths.binary("atm-client"), "--config", self.machines[0].ini, "echo", "--record",
             self.recording.file], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(self.recording.file.read_text(), "mine\n")

    def test_replay_that_comes_out_otherwise_says_where(self):
        card, other = self.cards
        self.recording.play(step("withdraw", card, amount=280_00))
        self.machines[1].play(step("withdraw", other, amount=100_00))
        code, complaint = self.recording.replay(self.machines[1], [other.pin], [other.pan])
        self.assertEqual(code, 6)
        self.assertRegex(complaint, "script line 1: expected verdict")


class FullScreen(ScreenCase):
    def test_session_at_the_screen_with_a_wrong_pin_and_cash_left(self):
        machine = self.machine = self.new_machine(taken_ms=4000)
        recording = Recording(self.network.folder, machine)
        wrong = "".join(str(9 - int(digit)) for digit in self.card.pin)
        with screen_of.Screen(machine, record=recording.file) as screen:
            self.insert(screen, wrong)
            screen.wait("The PIN is wrong")
            screen.keys("Enter")
            screen.wait("enter your PIN", without=["wrong"])
            screen.keys(*self.card.pin, "Enter")
            screen.wait("What would you like to do?")
            screen.keys("Enter")
            screen.wait("Please take your cash")
            screen.wait("This did not work", "account is credited")
            self.go_on(screen)
            screen.keys("Enter")
            screen.wait("Please take your cash")
            screen.keys("Enter")
            screen.wait("Available: 240.00 EUR")
            self.go_on(screen)
            self.leave(screen)
        self.assertEqual([(line["do"], line["expect"]["verdict"]) for line in recording.lines()
                          if line["do"] in ("open", "withdraw")],
                         [("open", "declined"), ("open", "approved"), ("withdraw", "fault"),
                          ("withdraw", "approved")])
        first = self.card
        self.card = self.network.new_customer("Anna Ahorn", balance=300_00)
        self.machine = self.new_machine()  # its anna has the other card
        self.assertEqual(recording.replay(self.machine, [wrong, self.card.pin]), (0, ""))
        self.assertEqual(self.balance(), 240_00)
        self.assertEqual(self.balance(first.accounts[0]), 240_00)
        machine.settle()
        self.assertEqual(cash.check(machine, self.network.books()), [])

    def go_on(self, screen):
        """From a result over its receipt to the menu."""
        screen.keys("Enter")
        screen.wait("take your receipt")
        screen.keys("Enter")
        screen.wait("What would you like to do?")


class ForeignCards(BanksCase):
    shape = {"count": 2, "terminals": 4, "cards": 0}

    def test_card_of_another_bank_and_a_surcharge_that_is_refused(self):
        cards = [self.birch.new_customer("Someone", balance=300_00) for _ in range(2)]
        machines = [self.alder.machine(number, limits=NO_MARGIN) for number in range(2)]
        for machine in machines:
            machine.fill()
        recording = Recording(self.alder.folder, machines[0])
        reports = recording.play(
            step("open", cards[0]), step("withdraw", amount=60_00),
            step("withdraw", amount=20_00, max_surcharge=0),
            step("withdraw", amount=1000_00))
        self.assertEqual(reports[1]["surcharge"], SURCHARGE)
        self.assertEqual([one["verdict"] for one in reports],
                         ["approved", "approved", "refused", "declined"])
        self.assertEqual(recording.replay(machines[1], [cards[1].pin], [cards[1].pan]), (0, ""))
        for machine in machines:
            machine.settle()
            self.assertEqual(cash.check(machine, self.alder.books()), [])
        self.banks.settle()


if __name__ == "__main__":
    unittest.main()
