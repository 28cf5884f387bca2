"""One measurement each: a run of pgbench or of the load generator, as {"tps","p50_ms","p99_ms"}."""

import json
import re
from itertools import count

from network import BIN, Failed, run

TPCB_CLIENTS = (8, 32)
TRICKLE_TERMINALS = 2
SELECT_CLIENTS = 8  # on two cores 32 are slower
# Of a select only some are logged: writing a line for each would slow pgbench down.
SAMPLES = {"tpcb": 1.0, "select": 0.05}
SCRIPTS = {"tpcb": ["--builtin=tpcb-like"], "select": ["--builtin=select-only"]}


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Measure:
    def __init__(self, network, terminals):
        self._network = network
        self._terminals = terminals
        self._runs = count(1)
        self._next_stan = 1

    # pgbench

    def _pgbench(self, script, clients, seconds):
        """Latencies come from its per-transaction log: client, number, microseconds, ..."""
        prefix = f"pgbench-{next(self._runs)}"
        rate = SAMPLES[script]
        sampling = [f"--sampling-rate={rate}"] if rate < 1 else []
        text = self._network.pgbench(
            *SCRIPTS[script], "--protocol=prepared", "--no-vacuum", f"--client={clients}",
            f"--jobs={min(clients, 2)}", f"--time={seconds}", "--log", f"--log-prefix={prefix}",
            *sampling)
        found = re.search(r"^tps = ([0-9.]+)", text, re.M)
        if not found or not re.search(r"^number of failed transactions: 0 ", text, re.M):
            raise Failed(f"pgbench said:\n{text}")
        latencies = []
        for log in self._network.folder.glob(f"{prefix}.*"):
            latencies += [int(line.split()[2]) for line in log.read_text().splitlines()]
            log.unlink()
        latencies.sort()
        return {"tps": float(found.group(1)), "p50_ms": percentile(latencies, 0.50) / 1000,
                "p99_ms": percentile(latencies, 0.99) / 1000, "clients": clients}

    def _best_pgbench(self, script, seconds):
        return max((self._pgbench(script, clients, seconds) for clients in TPCB_CLIENTS),
                   key=lambda result: result["tps"])

    def pgbench_tpcb(self, seconds):
        return self._best_pgbench("tpcb", seconds)

    def pgbench_select(self, seconds):
        return self._pgbench("select", SELECT_CLIENTS, seconds)

    def pgbench_tpcb_lone(self, seconds):
        return self._pgbench("tpcb", 1, seconds)

    # ours

    def _loadgen(self, mix, terminals, warm_up, seconds, issuer=None, payees=None):
        network = self._network
        home = network.home
        issuer = issuer or home
        connect = [option for address in home.middlewares() for option in ("--connect", address)]
        others = ["--payees", payees.cards] if payees else []
        result = json.loads(run(
            BIN / "loadgen", *connect, *others, "--pki", home.folder / "pki", "--bank", home.code,
            "--issuer", issuer.code, "--cards", issuer.cards,
            "--pin-certificate", issuer.folder / "secrets" / "pin-cert.pem",
            "--terminals", terminals, "--mix", mix, "--warm-up", warm_up, "--seconds", seconds,
            "--first-stan", self._next_stan, "--seed", next(self._runs)))
        self._next_stan = result.pop("next_stan")
        if result["errors"] or result["pending"] or set(result["by_rc"]) != {"00"}:
            raise Failed(f"not every operation of the load was approved: {result}")
        return {**result, "terminals": terminals}

    def transfer_e2e(self, seconds):
        return self._loadgen("transfer", self._terminals, 1, seconds)

    def foreign_withdraw_e2e(self, seconds):
        return self._loadgen("withdraw", self._terminals, 1, seconds, issuer=self._network.away)

    def interbank_transfer_e2e(self, seconds):
        return self._loadgen("transfer", self._terminals, 1, seconds, payees=self._network.away)

    def interbank_trickle(self, seconds):
        """Few transfers, for who wants to have some."""
        return self._loadgen("transfer", TRICKLE_TERMINALS, 0, seconds, payees=self._network.away)

    def balance_e2e(self, seconds):
        return self._loadgen("balance", self._terminals, 1, seconds)

    def transfer_lone(self, seconds):
        return self._loadgen("transfer", 1, 0, seconds)
