"""A network whose clock is a file: what is to happen later happens when the file says that it is
later. PostgreSQL's clock stays real; nothing here may go by it alone."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from case import BanksCase, Kept
from clock import Clock
from message_proxy import REQUESTS
from processes import Daemon, wait_until

WAITS = {"issuer_wait_ms": 800, "beneficiary_wait_ms": 800}
REPEAT_SECONDS = 110  # less than what counts as a clock that jumped


class SimulatedClock(BanksCase):
    shape = {"count": 2, "terminals": 1, "cards": 2, "waits": WAITS}

    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="tw-test-clock-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.clock = Clock(folder / "clock")
        cls.clock.for_children()
        cls.addClassCleanup(os.environ.pop, "TW_CLOCK_FILE")
        super().setUpClass()
        cls.addClassCleanup(Kept.release)  # its processes look at that clock

    def stored(self, txid):
        return [row for row in self.alder.bankctl("saf") if row["txid"] == txid]

    def postpone(self, txid):
        """A repeat that real time will not bring while this test runs."""
        self.alder.postgres.query("UPDATE bank.saf SET next_try_at = stored_at + interval "
                                  f"'{REPEAT_SECONDS} seconds' WHERE txid = '{txid}'",
                                  "tw_operator")

    def test_stored_message_is_repeated_when_simulated_time_has_passed(self):
        terminal = self.host(self.alder, self.birch.cards[0])
        silence = self.banks.proxy(self.birch).lose("withdrawal.*", REQUESTS)
        request = terminal.withdrawal(50_00)
        terminal.expect("91", request)
        silence.wait(2)
        self.postpone(request.txid)
        began = time.monotonic()
        self.clock.let_pass(60)
        stored, = self.stored(request.txid)
        self.assertGreaterEqual(stored["age_s"], 60)
        self.assertEqual(stored["method"], "withdrawal.reverse")
        before = silence.hits
        self.clock.let_pass(60)
        silence.wait(before + 1)
        self.assertLess(time.monotonic() - began, REPEAT_SECONDS)
        silence.end()
        wait_until(lambda: self.clock.jump(1) or not self.stored(request.txid),
                   lambda: f"the peer has it: {self.stored(request.txid)}")

    def test_transfer_is_a_case_for_people_after_five_simulated_minutes(self):
        terminal = self.host(self.alder, self.alder.cards[0])
        silence = self.banks.proxy(self.birch).lose("transfer.*", REQUESTS)
        request = terminal.transfer(10_00, to_account=self.birch.cards[0].accounts[0])
        self.assertEqual(terminal.expect("00", request)["status"], "PENDING")
        self.assertFalse(self.stored(request.txid)[0]["exception"])
        self.clock.jump(301)
        stored, = self.stored(request.txid)
        self.assertTrue(stored["exception"])
        self.assertGreaterEqual(stored["age_s"], 301)
        self.assertLess(stored["age_s"], 400)
        silence.end()

    def test_network_works_three_hours_later(self):
        self.clock.jump(3 * 3600)
        self.banks.wait_peers()
        terminal = self.host(self.alder, self.birch.cards[1])
        terminal.expect("00", terminal.withdrawal(50_00))

    def test_log_tells_simulated_time(self):
        self.clock.jump(3600)
        server = self.alder.bank_servers[0]
        server.restart()
        line = next(line for line in reversed(server.log().splitlines()) if '"time":"' in line)
        ahead = int.from_bytes(self.clock.path.read_bytes(), "little") / 1e6
        moment = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + ahead))
        earlier = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + ahead - 60))
        self.assertTrue(any(f'"time":"{hour}' in line for hour in (moment, earlier)), line)

    def test_daemon_with_a_clock_that_is_not_there_does_not_start(self):
        for server in (self.alder.bank_servers[0], self.alder.middlewares[0]):
            path = self.alder.folder / "log" / "refused.log"
            refused = Daemon("refused", server.argv, path)
            refused.start(wait=False, environment={"TW_CLOCK_FILE": "/nowhere/clock"})
            self.assertEqual(refused.wait_death(), 1)
            self.assertIn("TW_CLOCK_FILE: /nowhere/clock: No such file", refused.log())
