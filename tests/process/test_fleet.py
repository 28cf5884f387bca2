"""Fleets of terminals: what they report, what is left when they end or are killed, what they refuse."""

import os
import unittest

from case import BanksCase
from fleet import FIRST, Fleet

FAULTS = {"dispense_jam": 15, "partial_dispense": 15, "note_reject": 15, "jam_before_present": 15,
          "not_taken": 15, "sensor_unknown": 15, "cassette_fault": 15, "printer_fault": 15,
          "cassette_empty": 10, "link_loss": 10, "stow_failure": 60, "return_failure": 60,
          "acceptor_fault": 30, "reader_fault": 10, "pin_pad_fault": 10, "card_jam": 10,
          "card_not_taken": 10}
BUSY = {"idle_ms": 600, "think_ms": 300, "ramp_up_s": 3}
GOOD, WRONG, USAGE, IN_USE = 0, 1, 2, 7


class FleetCase(BanksCase):
    shape = {"count": 2, "proxied": False, "bank_servers": 2, "terminals": 1, "cards": 0}
    weight = 6
    spoils = True
    terminals = 100

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fleet = Fleet(cls.alder, cls.terminals, [cls.birch])

    def tearDown(self):
        super().tearDown()
        self.assertEqual(self.fleet.check(), [])

    def assert_good(self, run, seconds=120):
        self.assertEqual(run.end(seconds), GOOD, f"{run.output}\n{run.errors}")
        report = run.report
        self.assertTrue(report["good"])
        self.assertEqual(report["problems"], {"count": 0, "first": []})
        self.assertEqual({name: count for name, count in report["open"].items()
                          if name != "pending_transfers"},
                         {"terminals": 0, "advices": 0, "suspects": 0, "half_done": 0})
        return report


class SmallFleet(FleetCase):
    def test_faults_leave_every_note_accounted_for(self):
        profile = self.fleet.profile(time={**BUSY, "duration_s": 10}, faults=FAULTS,
                                     customers={"wrong_pin": 50}, profile={"name": "faults"})
        page = self.alder.folder / "fleet.html"
        with self.fleet.start(profile, more=["--html", page]) as run:
            report = self.assert_good(run)
        self.assertEqual(report["terminals"], self.terminals)
        self.assertEqual(report["operations"], sum(report["kinds"][kind]["count"] for kind in
                                                   report["kinds"] if kind != "open"))
        self.assertGreater(report["kinds"]["withdraw"]["approved"], 0)
        self.assertGreater(report["kinds"]["withdraw"]["fault"], 0)
        self.assertGreater(report["kinds"]["deposit"]["approved"], 0)
        self.assertGreater(report["kinds"]["transfer_other"]["approved"], 0)
        self.assertGreater(report["codes"]["55"], 0)
        self.assertEqual(report["codes"]["00"], sum(report["series"]["codes"]["00"]))
        self.assertEqual(len(report["series"]["p99_us"]), len(report["series"]["in_service"]))
        self.assertEqual(max(report["series"]["in_service"]), self.terminals)
        self.assertLess(report["memory"]["rss_per_terminal_kib"], 1024)
        text = page.read_text()
        self.assertEqual(text.count("<svg"), 3)
        self.assertNotIn("<script src", text)
        self.assertEqual(len(self.fleet.machines()), self.terminals)

    def test_killed_fleet_goes_on_where_it_was(self):
        profile = self.fleet.profile(time={**BUSY, "duration_s": 60}, faults=FAULTS)
        with self.fleet.start(profile) as run:
            run.wait_line(lambda operations, _: operations > 50)
            run.kill()
        unfinished = sum(len(machine.unfinished()) for machine in self.fleet.machines())
        with self.fleet.start(profile, more=["--duration", "6", "--seed", "2"]) as run:
            report = self.assert_good(run)
        self.assertEqual(report["recovered"], unfinished)
        self.assertGreater(report["operations"], 0)

    def test_interrupt_is_polite_and_a_second_fleet_is_refused(self):
        profile = self.fleet.profile(time={**BUSY, "duration_s": 300})
        with self.fleet.start(profile) as run:
            run.wait_line(lambda operations, _: operations > 0)
            with self.fleet.start(profile, terminals=1) as second:
                self.assertEqual(second.end(), IN_USE)
                self.assertIn("another process is this terminal", second.errors)
            run.signal()
            report = self.assert_good(run)
        self.assertTrue(report["interrupted"])

    def test_bank_server_killed_under_a_fleet(self):
        profile = self.fleet.profile(time={**BUSY, "duration_s": 14})
        with self.fleet.start(profile) as run:
            run.wait_line(lambda operations, _: operations > 20)
            self.alder.bank_servers[0].kill()
            run.wait_line(lambda operations, _: operations > 50)
            self.alder.bank_servers[0].start()
            self.assert_good(run)


class RefusedFleet(FleetCase):
    terminals = 2

    def refused(self, profile, reason, **options):
        before = self.alder.books().decisions
        with self.fleet.start(profile, **options) as run:
            self.assertEqual(run.end(), USAGE, run.errors)
        self.assertRegex(run.errors, reason)
        self.assertFalse(run.report_file.exists())
        self.assertEqual(self.alder.books().decisions, before)

    def test_bad_profiles_are_refused_with_their_place(self):
        for sections, reason in (({"time": {"speed": 1}}, r"\.ini:2: "),
                                 ({"weather": {"rain": 1}}, r"\.ini:1: "),
                                 ({"mix": {"withdraw": "often"}}, r"\.ini:2: "),
                                 ({"amounts": {"withdraw": "20-10/5"}}, r"\[amounts\] withdraw"),
                                 ({"faults": {"not_taken": 1001}}, r"\.ini:2: ")):
            with self.subTest(reason=reason):
                self.refused(self.fleet.profile(**sections), reason)

    def test_bad_options_are_refused(self):
        profile = self.fleet.profile()
        self.refused(profile, "not a number from 1 to", more=["--terminals", "0"])
        self.refused(profile, "no such option", more=["--fast", "yes"])
        self.refused(self.alder.folder / "nowhere.ini", "No such file")

    def test_too_few_descriptors_are_told_before_anything_begins(self):
        self.refused(self.fleet.profile(), r"2 terminals open 72 files, and this process may open 32",
                     files=32)

    def test_terminal_without_certificate_ends_it(self):
        key = self.alder.root.parent / f"terminal-{self.alder.bank_code}-{FIRST + 1:08}" / "key.pem"
        hidden = key.with_name("hidden.pem")
        key.rename(hidden)
        try:
            profile = self.fleet.profile(time={"duration_s": 5, "ramp_up_s": 0})
            with self.fleet.start(profile) as run:
                self.assertEqual(run.end(), USAGE, run.errors)
            self.assertRegex(run.errors, f"terminal {FIRST + 1:08}: .*key")
        finally:
            hidden.rename(key)


@unittest.skipUnless(os.environ.get("TW_THOROUGH") == "1", "a minute, and as much for certificates")
class LargeFleet(FleetCase):
    terminals = 2000
    weight = 20

    def test_two_thousand_terminals_for_a_minute_with_faults(self):
        profile = self.fleet.profile(
            time={"duration_s": 60, "ramp_up_s": 30, "idle_ms": 6000, "think_ms": 2000,
                  "drain_s": 300}, faults=FAULTS)
        with self.fleet.start(profile) as run:
            report = self.assert_good(run, 540)
        self.assertEqual(report["terminals"], self.terminals)
        self.assertGreaterEqual(report["running_ms"], 60_000)
        self.assertGreater(report["operations"], self.terminals)
        self.assertLess(report["memory"]["rss_per_terminal_kib"], 512)


if __name__ == "__main__":
    unittest.main()
