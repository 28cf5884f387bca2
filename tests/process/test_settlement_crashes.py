"""The settlement agent is killed at every crash point, runs as several processes, and loses its
database: one settlement comes of it, the same for everybody."""

import concurrent.futures
import contextlib
import time
import unittest

from agent_case import EUR, AgentCase
from case import sweep
from processes import wait_until
from wire import Lost


class Life(AgentCase):
    """What must hold whatever happened to the agent meanwhile."""

    def owed(self):
        return {(self.two, self.one): 40 * EUR, (self.one, self.three): 15 * EUR,
                (self.three, self.two): 5 * EUR}

    def submit_patiently(self, window, banks=None, process=0):
        """As banks do: again and again until an answer comes; killed processes are started again."""
        positions = self.matrix(self.owed())
        for bank in banks or self.banks:
            bank.ask_until(lambda bank=bank: self.restarted(
                process, lambda: bank.submit(window, positions[bank], process=process)))

    def restarted(self, process, ask):
        daemon = self.agent.processes[process]
        try:
            return ask()
        except Lost:
            if not daemon.alive:
                daemon.restart()
            raise

    def revived(self, condition):
        """Waits for it; a process that dies meanwhile is started again."""
        def look():
            for daemon in self.agent.processes:
                if not daemon.alive:
                    daemon.restart()
            return condition()

        return wait_until(look, "it comes to an end", 40)

    def assert_settled_once(self, window, before):
        nets = [25 * EUR, -35 * EUR, 10 * EUR]
        results = [bank.ask_until(lambda bank=bank: bank.finality(window)) for bank in self.banks]
        self.assertEqual([one["net"] for one in results], nets)
        self.assertEqual(self.reserves(), [was + net for was, net in zip(before, nets)])
        again = [bank.finality(window)["text"] for bank in self.banks]
        self.assertEqual(again, [one["text"] for one in results])


@sweep("agent")
class Crashes(Life):
    def sweep(self, point):
        """Once with each model that passes the point."""
        models = {"agent.step_settled": ["gross"], "agent.posted": ["multilateral", "gross"],
                  "agent.cut_over": []}.get(point, ["multilateral"])
        for model in models:
            with self.subTest(model=model):
                self.sweep_model(point, model)
        if point == "agent.cut_over":
            self.sweep_cut_over(point)

    def sweep_model(self, point, model):
        daemon = self.agent.processes[0]
        self.agent.settlectl("settings", "--model", model)
        self.fund(*[(1_000 * EUR, 0)] * 3)
        before = self.reserves()
        window = self.agent.cut_over()
        daemon.restart(crash_at=point)
        self.submit_patiently(window)
        self.revived(lambda: self.agent.state(window) == "SETTLED")
        self.assertIn(daemon.log().count('"message":"started"'), range(2, 99))
        self.assert_settled_once(window, before)

    def sweep_cut_over(self, point):
        daemon = self.agent.processes[0]
        window = self.agent.settlectl("agent", "show")["window"]
        daemon.restart(crash_at=point)
        self.agent.settlectl("settings", "--every", "2")
        daemon.wait_death()
        self.assertEqual(self.agent.state(window), "CLOSED")
        self.assertEqual(self.agent.state(window + 1), "OPEN")
        self.agent.settlectl("settings", "--schedule", "off")

    def test_gross_killed_after_each_step(self):
        daemon = self.agent.processes[0]
        self.agent.settlectl("settings", "--model", "gross")
        before = self.reserves()
        window = self.agent.cut_over()
        for step in (1, 2, 3):
            daemon.restart(crash_at="agent.step_settled", wait=step == 1)
            if step == 1:
                positions = self.matrix(self.owed())
                with contextlib.suppress(Lost):  # the last one sets it off; its answer may not come
                    for bank in self.banks:
                        bank.submit(window, positions[bank])
            daemon.wait_death()
            steps = self.agent.postgres.query("SELECT count(*) FROM agent.transfer"
                                              f" WHERE window_no = {window}")
            self.assertEqual(int(steps), step)
        daemon.restart()
        self.agent.wait_final(window)
        self.assert_settled_once(window, before)


class Several(Life):
    shape = {"processes": 2}

    def test_all_banks_submit_to_both_processes_at_once(self):
        before = self.reserves()
        window = self.agent.cut_over()
        positions = self.matrix(self.owed())
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(self.agent.played(bank).submit, window, positions[bank],
                                 process=process)
                     for bank in self.banks for process in (0, 1)]
            answers = [one.result() for one in asked]
        self.assertEqual({one["rc"] for one in answers}, {"00"})
        self.agent.wait_final(window)
        self.assert_settled_once(window, before)
        for process in (0, 1):
            self.assertEqual(self.one.finality(window, process)["text"],
                             self.one.finality(window)["text"])
        self.assertEqual(self.agent.postgres.query(
            f"SELECT count(*) FROM agent.transfer WHERE window_no = {window}").strip(), "1")

    def test_one_process_goes_on_where_the_other_was_killed(self):
        for point in ("agent.submitted", "agent.pending", "agent.posted", "agent.final_signed",
                      "agent.final"):
            with self.subTest(point):
                self.fund(*[(1_000 * EUR, 0)] * 3)
                before = self.reserves()
                window = self.agent.cut_over()
                self.submit_patiently(window, [self.one, self.two], process=1)
                self.agent.processes[0].restart(crash_at=point)
                positions = self.matrix(self.owed())
                try:
                    self.three.submit(window, positions[self.three], process=0)
                except Lost:
                    self.three.submit(window, positions[self.three], process=1)
                self.agent.wait_final(window)
                self.assert_final_at(1, window)
                self.agent.processes[0].heal()
                self.agent.wait_ready()
                self.assert_settled_once(window, before)

    def assert_final_at(self, process, window):
        self.assertEqual(self.one.status(window, process)["status"], "SETTLED")

    def test_scheduled_cut_over_happens_once(self):
        first = self.agent.settlectl("settings", "--every", "2")["window"]
        wait_until(lambda: self.agent.settlectl("agent", "show")["window"] >= first + 3,
                   "three cut-overs")
        self.agent.settlectl("settings", "--schedule", "off")
        closed = [int(number) for number in self.agent.postgres.query(
            "SELECT (extract(epoch FROM closed_at) / 2)::bigint FROM agent.settlement_window"
            f" WHERE window_no >= {first} AND state <> 'OPEN' ORDER BY window_no").split()]
        self.assertEqual(len(closed), len(set(closed)), closed)

    def test_database_is_killed_while_banks_submit(self):
        before = self.reserves()
        window = self.agent.cut_over()
        self.submit_patiently(window, [self.one])
        self.agent.postgres.kill_postmaster()
        positions = self.matrix(self.owed())
        with self.assertRaises(Exception) as caught:
            self.two.submit(window, positions[self.two])
        self.assertTrue(getattr(caught.exception, "retryable", isinstance(caught.exception, Lost)))
        wait_until(lambda: not any(one.ready() for one in self.agent.processes), "not ready")
        self.agent.postgres.start()
        self.submit_patiently(window, [self.two, self.three])
        self.agent.wait_final(window)
        self.assert_settled_once(window, before)

    def test_backends_are_ended_while_windows_settle(self):
        for _ in range(3):
            self.fund(*[(1_000 * EUR, 0)] * 3)
            before = self.reserves()
            window = self.agent.cut_over()
            self.submit_patiently(window, [self.one, self.two])
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                submitted = pool.submit(self.submit_patiently, window, [self.three])
                time.sleep(0.01)  # the fault comes whenever it comes
                self.agent.postgres.terminate_backends("settlement-agent%")
                submitted.result()
            self.agent.wait_final(window)
            self.assert_settled_once(window, before)

    def test_settle_now_many_times_settles_once(self):
        self.fund((0, 0), (0, 0), (0, 0))
        window = self.agent.cut_over()
        self.submit_patiently(window)
        self.fund((0, 0), (35 * EUR, 0), (0, 0))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: self.agent.run_settlectl("window", "settle", str(window)),
                          range(8)))
        self.agent.wait_final(window)
        self.assert_settled_once(window, [0, 35 * EUR, 0])


class Certificates(Life):
    spoils = True

    def test_revoked_bank_is_not_heard(self):
        """Its statement is no longer worth anything either, whoever passes it on."""
        bank = self.agent.bank("90000004", reserve=EUR)
        window = self.agent.cut_over()
        payload = bank.positions(window, {peer: (0, 0) for peer in self.banks})
        statement, certificate = bank.sign(payload), bank.certificate
        self.agent.authority("revoke", "bank", "90000004")
        self.agent.processes[0].restart()
        with self.assertRaises(Lost):
            bank.status(window)
        self.assert_rc("63", self.one.send(window, statement, certificate=certificate))


if __name__ == "__main__":
    unittest.main()
