"""How windows settle: the three models, and what happens when money is short."""

import unittest
import xml.etree.ElementTree as ElementTree

from agent_case import EUR, AgentCase
from processes import wait_until

CAMT = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


class Models(AgentCase):
    shape = {"processes": 1, "settings": {"retries": 1000, "retry_ms": 100}}

    def ring(self, amount):
        return {(self.one, self.two): amount, (self.two, self.three): amount,
                (self.three, self.one): amount}

    def set_model(self, model):
        self.agent.settlectl("settings", "--model", model)

    def total(self, window):
        return self.report(window)["totals"][0]

    def test_multilateral_ring_takes_no_money(self):
        self.fund((0, 0), (0, 0), (0, 0))
        window = self.settle(self.ring(40 * EUR))
        self.assertEqual(self.reserves(), [0, 0, 0])
        self.assertEqual(self.nets(window), [0, 0, 0])
        total = self.total(window)
        self.assertEqual((total["gross"], total["liquidity"], total["efficiency_percent"]),
                         ("120.00", "0.00", "100.00"))
        self.assertEqual(self.agent.postgres.query(
            f"SELECT count(*) FROM agent.transfer WHERE window_no = {window}").strip(), "0")

    def test_bilateral_pays_each_pair(self):
        self.set_model("bilateral")
        window = self.settle(self.ring(40 * EUR) | {(self.two, self.one): 10 * EUR})
        self.assertEqual(self.nets(window), [10 * EUR, -10 * EUR, 0])
        self.assertEqual(self.total(window)["liquidity"], "110.00")
        self.assertEqual(self.one.finality(window)["model"], "bilateral")

    def test_gross_pays_each_direction_where_money_is_there(self):
        self.set_model("gross")
        window = self.settle({(self.one, self.two): 40 * EUR, (self.two, self.one): 30 * EUR})
        self.assertEqual(self.nets(window), [-10 * EUR, 10 * EUR, 0])
        self.assertEqual(self.reserves(), [990 * EUR, 1010 * EUR, 1000 * EUR])
        queue = self.agent.settlectl("queue", "--window", str(window))
        self.assertEqual([one["state"] for one in queue], ["SETTLED", "SETTLED"])

    def test_gross_gridlock_is_offset(self):
        self.set_model("gross")
        self.fund((1 * EUR, 0), (0, 0), (0, 0))
        window = self.settle(self.ring(40 * EUR) | {(self.one, self.two): 41 * EUR})
        self.assertEqual(self.nets(window), [-EUR, EUR, 0])
        self.assertEqual(self.total(window)["settled"], "121.00")

    def test_gross_waits_and_goes_on_when_money_comes(self):
        self.set_model("gross")
        self.fund((0, 0), (0, 0), (50 * EUR, 0))
        window = self.agent.cut_over()
        self.submit_all(window, {(self.one, self.two): 40 * EUR, (self.three, self.two): 20 * EUR})
        wait_until(lambda: self.reserves() == [0, 20 * EUR, 30 * EUR], "what can be paid is paid")
        self.assertEqual(self.agent.state(window), "PENDING_SETTLEMENT")
        self.agent.settlectl("participant", "fund", self.one.code, "40.00")
        self.agent.wait_final(window)
        self.assertEqual(self.nets(window), [-40 * EUR, 60 * EUR, -20 * EUR])
        self.assertEqual(self.statuses(), ["ACTIVE"] * 3)

    def test_model_of_a_window_is_the_one_at_its_cut_over(self):
        window = self.agent.cut_over()
        self.set_model("gross")
        self.submit_all(window, self.ring(EUR))
        self.agent.wait_final(window)
        self.assertEqual(self.one.finality(window)["model"], "multilateral")

    def test_window_without_items_settles(self):
        before = self.reserves()
        window = self.settle({})
        self.assertEqual(self.nets(window), [0, 0, 0])
        self.assertEqual(self.reserves(), before)

    def test_windows_need_not_settle_in_their_order(self):
        first, second = self.agent.cut_over(), self.agent.cut_over()
        self.submit_all(second, {(self.one, self.two): EUR})
        self.agent.wait_final(second)
        self.submit_all(first, {(self.two, self.one): EUR})
        self.agent.wait_final(first)
        self.assertEqual(self.reserves(), [1_000 * EUR] * 3)

    def test_cut_over_of_another_window_than_meant_is_refused(self):
        window = self.agent.settlectl("agent", "show")["window"]
        done = self.agent.run_settlectl("window", "cut-over", "--window", str(window + 1))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.agent.settlectl("window", "cut-over", "--window", str(window))
        done = self.agent.run_settlectl("window", "cut-over", "--window", str(window))
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_report_of_a_window_under_way_is_refused(self):
        window = self.agent.cut_over()
        done = self.agent.run_settlectl("report", "--window", str(window))
        self.assertEqual(done.returncode, 1)
        self.assertIn("not final yet", done.stderr)

    def test_statement_lists_what_moved(self):
        window = self.settle({(self.one, self.two): 7 * EUR})
        entries = self.agent.settlectl("statement", self.one.code, "--window", str(window))
        self.assertEqual([(one["account"], one["amount"], one["balance"]) for one in entries],
                         [("RESERVE", "-7.00", "993.00")])

    def test_statement_as_camt053_has_what_moved(self):
        window = self.settle({(self.one, self.two): 7 * EUR})
        moved = self.agent.settlectl("statement", self.one.code)
        done = self.agent.run_settlectl("statement", self.one.code, "--camt053", "--from",
                                        "1970-01-01")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = ElementTree.fromstring(done.stdout.encode())
        found = lambda path: [one.text for one in document.findall(path, CAMT)]
        self.assertEqual(found(".//c:Acct/c:Id/c:Othr/c:Id"), [f"RESERVE:{self.one.code}"])
        amounts = [("" if sign == "CRDT" else "-") + amount for sign, amount
                   in zip(found(".//c:Ntry/c:CdtDbtInd"), found(".//c:Ntry/c:Amt"))]
        self.assertEqual(amounts, [one["amount"] for one in reversed(moved)
                                   if one["account"] == "RESERVE"])
        self.assertEqual(found(".//c:Bal/c:Amt"), ["0.00", moved[0]["balance"]])
        self.assertEqual(found(".//c:Ustrd")[-1], f"settlement window {window}")
        before = self.agent.run_settlectl("statement", self.one.code, "--camt053", "--from",
                                          "1970-01-01", "--to", "1970-01-02")
        self.assertNotIn("<Ntry>", before.stdout)

    def test_statement_in_two_forms_at_once_is_refused(self):
        for options in (["--from", "2026-01-01"], ["--camt053", "--count", "3"],
                        ["--camt053", "--json"], ["--camt053", "--to", "soon"]):
            with self.subTest(options):
                done = self.agent.run_settlectl("statement", self.one.code, *options)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)

    def test_positions_and_matrix_of_a_window_under_way(self):
        window = self.agent.cut_over()
        self.submit_all(window, {(self.one, self.two): 7 * EUR}, [self.one])
        nets = {one["bank"]: (one["net"], one["submitted"]) for one
                in self.agent.settlectl("positions", "--window", str(window))}
        self.assertEqual(nets, {self.one.code: ("-7.00", True), self.two.code: ("7.00", False),
                                self.three.code: ("0.00", False)})
        matrix = self.agent.settlectl("bilateral", "--window", str(window))
        self.assertEqual([(one["peer"], one["net"], one["mirrored"]) for one in matrix],
                         [(self.two.code, "-7.00", None), (self.three.code, "0.00", None)])


class OwedCase(AgentCase):
    def owed(self, amount):
        """Two owes One and Three half of it each; Three owes One 10.00."""
        return {(self.two, self.one): amount // 2, (self.two, self.three): amount // 2,
                (self.three, self.one): 10 * EUR}


class Patience(OwedCase):
    shape = {"processes": 1, "settings": {"retries": 1000, "retry_ms": 600_000}}

    def test_money_that_comes_in_time_settles_all(self):
        self.fund((0, 0), (10 * EUR, 0), (0, 0))
        window = self.agent.cut_over()
        self.submit_all(window, self.owed(100 * EUR))
        wait_until(lambda: self.two.status(window).get("reason"), "the shortfall is told")
        answer = self.two.status(window)
        self.assertEqual(answer["status"], "PENDING_SETTLEMENT")
        self.assertIn(f"{self.two.code} lacks 90.00", answer["reason"])
        self.agent.settlectl("participant", "fund", self.two.code, "90.00")
        self.agent.settlectl("window", "settle", str(window))
        self.agent.wait_final(window)
        self.assertEqual(self.nets(window), [60 * EUR, -100 * EUR, 40 * EUR])
        self.assertEqual(self.statuses(), ["ACTIVE"] * 3)

    def test_settle_now_is_refused_unless_it_is_pending(self):
        window = self.settle({})
        done = self.agent.run_settlectl("window", "settle", str(window))
        self.assertEqual(done.returncode, 1)
        self.assertIn("not pending settlement", done.stderr)


class Shortfall(OwedCase):
    shape = {"processes": 1, "settings": {"retries": 2, "retry_ms": 50}}

    def test_prefunding_is_drawn_and_the_debtor_suspended(self):
        self.fund((0, 0), (10 * EUR, 120 * EUR), (0, 0))
        window = self.settle(self.owed(100 * EUR))
        result = self.two.finality(window)
        self.assertEqual((result["result"], result["net"], result["prefunding_drawn"],
                          result["reserve"], result["prefunding"]),
                         ("SETTLED", -100 * EUR, 90 * EUR, 0, 30 * EUR))
        states = {one["bank"]: (one["status"], one["cap"]) for one
                  in self.one.finality(window)["participants"]}
        self.assertEqual(states[self.two.code], ("SUSPENDED", 30 * EUR))
        self.assertEqual(self.nets(window), [60 * EUR, -100 * EUR, 40 * EUR])
        self.assertEqual(self.report(window)["exposures"], [])

    def test_suspended_participant_is_waited_for_and_settles(self):
        self.agent.settlectl("participant", "suspend", self.two.code)
        window = self.agent.cut_over()
        self.submit_all(window, self.owed(100 * EUR), [self.one, self.three])
        self.assertEqual([one["bank_code"] for one in self.one.status(window)["missing"]],
                         [self.two.code])
        self.submit_all(window, self.owed(100 * EUR), [self.two])
        self.agent.wait_final(window)
        self.assertEqual(self.statuses()[1], "SUSPENDED")
        self.assertEqual(self.nets(window), [60 * EUR, -100 * EUR, 40 * EUR])

    def test_default_is_recast_and_the_others_are_paid(self):
        self.fund((0, 0), (10 * EUR, 20 * EUR), (15 * EUR, 0))
        window = self.settle(self.owed(100 * EUR))
        self.assertEqual(self.nets(window), [10 * EUR, 0, -10 * EUR])
        self.assertEqual(self.statuses(), ["ACTIVE", "DEFAULTED", "ACTIVE"])
        self.assertEqual((self.reserves(), self.prefundings()),
                         ([10 * EUR, 10 * EUR, 5 * EUR], [0, 20 * EUR, 0]))
        pairs = {pair["peer"]: pair["settled"] for pair in self.one.finality(window)["pairs"]}
        self.assertEqual(pairs, {self.two.code: False, self.three.code: True})
        report = self.report(window)
        self.assertEqual({(one["debtor"], one["creditor"]): one["owed"] for one
                          in report["exposures"]},
                         {(self.two.code, self.one.code): "50.00",
                          (self.two.code, self.three.code): "50.00"})
        lacked = {one["bank"]: one["lacked"] for one in report["banks"]}
        self.assertEqual(lacked[self.two.code], "70.00")

    def test_default_that_takes_another_along(self):
        self.fund((0, 0), (0, 0), (0, 0))
        window = self.settle({(self.two, self.three): 50 * EUR, (self.three, self.one): 50 * EUR})
        self.assertEqual(self.statuses(), ["ACTIVE", "DEFAULTED", "DEFAULTED"])
        self.assertEqual(self.one.finality(window)["result"], "FAILED")
        self.assertEqual(self.nets(window), [0, 0, 0])

    def test_who_defaulted_is_not_waited_for(self):
        self.fund((0, 0), (0, 0), (0, 0))
        self.settle({(self.two, self.one): 50 * EUR})
        self.assertEqual(self.statuses(), ["ACTIVE", "DEFAULTED", "ACTIVE"])
        self.fund((0, 0), (0, 0), (30 * EUR, 0))
        window = self.settle({(self.two, self.one): 5 * EUR, (self.three, self.one): 30 * EUR},
                             [self.one, self.three])
        self.assertEqual(self.nets(window), [30 * EUR, 0, -30 * EUR])
        pairs = {pair["peer"]: (pair["net"], pair["settled"])
                 for pair in self.two.finality(window)["pairs"]}
        self.assertEqual(pairs, {self.one.code: (-5 * EUR, False), self.three.code: (0, False)})

    def test_window_that_waited_for_who_defaulted_elsewhere_goes_on(self):
        waits = self.agent.cut_over()
        self.submit_all(waits, {(self.three, self.one): EUR}, [self.one, self.three])
        self.assertEqual(self.agent.state(waits), "CLOSED")
        self.fund((0, 0), (0, 0), (EUR, 0))
        self.settle({(self.two, self.one): 50 * EUR})
        self.agent.wait_final(waits)
        self.assertEqual(self.nets(waits), [EUR, 0, -EUR])

    def test_gross_default_leaves_what_was_not_paid(self):
        self.agent.settlectl("settings", "--model", "gross")
        self.fund((100 * EUR, 0), (0, 0), (0, 0))
        window = self.settle({(self.one, self.two): 40 * EUR, (self.two, self.one): 100 * EUR,
                              (self.two, self.three): 10 * EUR})
        self.assertEqual(self.statuses(), ["ACTIVE", "DEFAULTED", "ACTIVE"])
        report = self.report(window)
        owed = sum(int(one["owed"].replace(".", "")) for one in report["exposures"])
        settled = sum(pair.get("part", 0) if not pair["settled"] else pair["net"]
                      for pair in self.one.finality(window)["pairs"])
        self.assertEqual(settled, self.one.finality(window)["net"])
        self.assertEqual(sum(self.nets(window)), 0)
        self.assertGreater(owed, 0)

    def test_cap_violation_is_reported_and_nothing_is_undone(self):
        self.fund((0, 0), (500 * EUR, 20 * EUR), (0, 0))
        self.agent.settlectl("settings", "--caps", "on")
        window = self.settle(self.owed(100 * EUR))
        self.assertEqual(self.nets(window), [60 * EUR, -100 * EUR, 40 * EUR])
        self.assertEqual(self.report(window)["cap_violations"],
                         [{"bank": self.two.code, "net_debit": "100.00", "cap": "20.00"}])
        wait_until(lambda: "tellerwire_cap_violations 1\n" in self.agent.processes[0].metrics(),
                   "the violation is counted")
        self.assertIn("net debit beyond the cap", self.agent.processes[0].log())


class Money(AgentCase):
    def test_money_paid_in_twice_under_one_key_counts_once(self):
        txid = "0193489f-7a3c-7def-8123-456789abcd80"
        before = self.reserves()[0]
        for _ in range(2):
            self.agent.settlectl("participant", "fund", self.one.code, "5.00", "--txid", txid)
        self.assertEqual(self.reserves()[0], before + 5 * EUR)
        done = self.agent.run_settlectl("participant", "fund", self.one.code, "6.00", "--txid", txid)
        self.assertEqual(done.returncode, 1)

    def test_nobody_pays_out_more_than_there_is(self):
        done = self.agent.run_settlectl("participant", "fund", self.one.code, "1000.01", "--out")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.reserves()[0], 1_000 * EUR)


if __name__ == "__main__":
    unittest.main()
