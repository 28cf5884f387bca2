"""The benchmark's load generator: what it counts is what the bank booked, also when the middleware dies."""

import json
import subprocess

import paths
from case import NetworkCase
from processes import wait_until

TERMINALS = 12
CARDS = 20
GOOD, WRONG, USAGE = 0, 1, 2


class LoadGenerator(NetworkCase):
    shape = {"bank_servers": 1, "terminals": TERMINALS, "cards": 0}
    spoils = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        network = cls.network
        cls.cards = network.folder / "cards.csv"
        loaded = network.bankctl("load", "--customers", str(CARDS), "--overdraft", "100000.00",
                                 "--card-limit", "100000.00", "--card-count", "100000",
                                 "--cards-file", str(cls.cards))
        cls.payees = {"bank": int(network.bank_code), "first_account": int(loaded["first_account"]),
                      "count": CARDS}
        cls.first_stan = 1

    def command(self, *more):
        network = self.network
        type(self).first_stan += 10000
        return [str(part) for part in (
            paths.binary("loadgen"), "--connect", network.middlewares[0].address, "--pki",
            network.folder / "pki", "--terminals", TERMINALS, "--first-stan", self.first_stan, *more)]

    def customers(self):
        return ("--cards", self.cards, "--pin-certificate",
                self.network.folder / "secrets" / "pin-cert.pem")

    def results(self, *commands):
        """Of commands that all succeed."""
        done = subprocess.run(self.command(*self.customers()), text=True, capture_output=True,
                              input="".join(json.dumps(command) + "\n" for command in commands),
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""))
        ready, *results = map(json.loads, done.stdout.splitlines())
        self.assertEqual(ready, {"ready": TERMINALS})
        self.assertEqual(len(results), len(commands))
        return results

    def measure(self, mix, **more):
        return {"do": "measure", "mix": mix, "warm_up_ms": 100, "measured_ms": 300, **more}

    def booked(self, condition):
        return int(self.network.postgres.query(
            f"SELECT count(*) FROM bank.decision WHERE rc = '00' AND terminal_id > 0 AND {condition}"))

    def test_what_is_approved_is_what_the_bank_booked(self):
        before = self.booked("to_account_id IS NOT NULL"), self.booked("phase = 1")
        transfers, hot, withdrawals, balances, echoes = self.results(
            self.measure("transfer", payees=self.payees, terminals=5),
            self.measure("transfer", payees=self.payees, hot=100),
            self.measure("withdraw"), self.measure("balance"), self.measure("echo"))
        for result in (transfers, hot, withdrawals, balances, echoes):
            self.assertEqual((set(result["by_rc"]), result["errors"], result["pending"]),
                             ({"00"}, 0, 0))
            self.assertGreater(result["count"], 0)
            self.assertGreaterEqual(result["p99_ms"], result["p50_ms"])
        self.assertEqual(self.booked("to_account_id IS NOT NULL") - before[0],
                         transfers["approved"] + hot["approved"])
        self.assertEqual(self.booked("phase = 1") - before[1], withdrawals["approved"])

    def test_a_rate_is_kept_whatever_is_answered(self):
        (paced,) = self.results({"do": "measure", "mix": "balance", "measured_ms": 2000, "rate": 100})
        # 200 are expected; beyond six standard deviations (85) chance is no excuse.
        self.assertAlmostEqual(paced["approved"], 200, delta=85)

    def test_storm_loses_no_operation(self):
        before = self.booked("to_account_id IS NOT NULL")
        middleware = self.network.middlewares[0]
        with subprocess.Popen(self.command(*self.customers()), text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            json.loads(process.stdout.readline())
            process.stdin.write(json.dumps({"do": "storm", "mix": "transfer",
                                            "payees": self.payees}) + "\n")
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline()), {"storming": True})
            wait_until(lambda: self.booked("to_account_id IS NOT NULL") > before + TERMINALS,
                       "transfers are booked")
            middleware.kill()
            middleware.start()
            storm = json.loads(process.stdout.readline())
            process.stdin.close()
            self.assertEqual(process.wait(30), GOOD)
        self.assertEqual((storm["lost"], storm["in_service"]), (TERMINALS, TERMINALS))
        self.assertEqual((set(storm["by_rc"]), storm["errors"], storm["pending"]), ({"00"}, 0, 0))
        self.assertGreaterEqual(storm["all_answered_ms"], storm["all_in_service_ms"])
        self.assertEqual(self.booked("to_account_id IS NOT NULL") - before, storm["approved"])

    def refused(self, text, *options):
        done = subprocess.run(self.command(*options), text=True, capture_output=True, input=text,
                              timeout=60, check=False)
        return done.returncode, done.stderr

    def test_what_is_not_a_command_is_refused(self):
        for text, reason in (("nonsense\n", "syntax"), ('{"do":"measure"}\n', "mix"),
                             ('{"do":"measure","mix":"balance","measured_ms":0}\n', "value"),
                             ('{"do":"measure","mix":"transfer","measured_ms":10}\n', "value"),
                             ('{"do":"measure","mix":"echo","measured_ms":10,"terminals":13}\n',
                              "value"), ("x" * 5000, "too long")):
            with self.subTest(text=text[:60]):
                code, errors = self.refused(text, *self.customers())
                self.assertEqual(code, WRONG)
                self.assertIn("loadgen: ", errors)
                self.assertIn(reason.lower(), errors.lower())

    def test_terminals_without_customers_only_echo(self):
        code, errors = self.refused('{"do":"measure","mix":"balance","measured_ms":10}\n')
        self.assertEqual((code, errors),
                         (WRONG, "loadgen: terminals without customers can only echo\n"))
        self.assertEqual(self.refused("", "--terminals", "0")[0], USAGE)
