"""One measurement each: a run of pgbench, of the load generator or of the engine alone, as a dict with
at least tps, p50_ms and p99_ms."""

import re
from itertools import count
from pathlib import Path

from engine_bench import Engine
from haproxy import HaProxy
from load import Load, Payees
from network import Failed

HERE = Path(__file__).resolve().parent
TPCB_CLIENTS = (8, 32)
TRICKLE_TERMINALS = 2
WARM_UP_CLIENTS = 16  # sessions that fill their caches within a second
US_PER_S = 1000000
SELECT_CLIENTS = 8  # on two cores 32 are slower
NAIVE_CLIENTS = 32
PROXIED_MOST = 200  # terminals through the middleware and through HAProxy
HOT_PERCENT = 50
LOAD_SHARE = 0.7  # of the peak rate, for latency under a load that is bearable
# Of a select only some are logged: writing a line for each would slow pgbench down.
SAMPLES = {"tpcb": 1.0, "select": 0.05, "naive": 1.0}


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def proxied_terminals(shape):
    return min(PROXIED_MOST, shape.terminals)


class Measure:
    """All peers, ready. Terminals of ours: first those with customers of their own bank, then as many
    with cards of the other one, then those that come through HAProxy."""

    def __init__(self, network, shape):
        home, away = network.home, network.away
        self._network = network
        self._shape = shape
        self._runs = count(1)
        self._scripts = {"tpcb": ["--builtin=tpcb-like"], "select": ["--builtin=select-only"],
                         "naive": [f"--file={HERE / 'naive.pgbench'}",
                                   f"--define=accounts={home.accounts}"]}
        self._haproxy = HaProxy(home)
        self._warm_up = shape.warm_up_ms / 1000
        self._engine = Engine(home)
        self._loads = []
        first = network.FIRST_TERMINAL
        try:
            self.own = self._begin(Load(home, home, first, shape.terminals))
            self._foreign = self._begin(Load(home, away, first + shape.terminals, shape.terminals))
            self._proxied = self._begin(Load(home, home, first + 2 * shape.terminals,
                                             proxied_terminals(shape), 1 + shape.terminals,
                                             proxy=self._haproxy.address))
        except BaseException:
            self.kill()
            raise
        self.payees = Payees(home)

    def _begin(self, load):
        self._loads.append(load)
        return load.ready()

    def stop(self):
        for load in self._loads:
            load.stop()
        self._loads.clear()
        self._haproxy.stop()

    def end_proxied(self):
        """They are connected to a bank server, and end when it does."""
        self._loads.remove(self._proxied)
        self._proxied.stop()
        self._haproxy.stop()

    def kill(self):
        for load in self._loads:
            load.kill()
        self._haproxy.stop()

    # peers

    def _pgbench(self, script, clients, seconds):
        """From its per-transaction log: client, number, microseconds, script, second, microsecond. Begins to
        count late, because a session's first transactions fill its caches."""
        prefix = f"pgbench-{next(self._runs)}"
        warm_up = max(1, clients // WARM_UP_CLIENTS)
        rate = SAMPLES[script]
        sampling = [f"--sampling-rate={rate}"] if rate < 1 else []
        text = self._network.pgbench(
            *self._scripts[script], "--protocol=prepared", "--no-vacuum", f"--client={clients}",
            f"--jobs={min(clients, 2)}", f"--time={seconds + warm_up}", "--log",
            f"--log-prefix={prefix}", *sampling)
        if not re.search(r"^number of failed transactions: 0 ", text, re.M):
            raise Failed(f"pgbench said:\n{text}")
        done = []  # (when, in microseconds; how long)
        for log in self._network.folder.glob(f"{prefix}.*"):
            with log.open(encoding="ascii") as lines:
                for line in lines:
                    part = line.split()
                    done.append((int(part[4]) * US_PER_S + int(part[5]), int(part[2])))
            log.unlink()
        end = max(done)[0] if done else 0
        latencies = sorted(took for when, took in done if when > end - seconds * US_PER_S)
        if not latencies:
            raise Failed(f"pgbench did nothing, the machine is too busy:\n{text}")
        return {"tps": len(latencies) / seconds / rate, "p50_ms": percentile(latencies, 0.50) / 1000,
                "p99_ms": percentile(latencies, 0.99) / 1000, "clients": clients}

    def tpcb_with(self, clients, seconds):
        return self._pgbench("tpcb", clients, seconds)

    def pgbench_tpcb(self, seconds):
        return max((self._pgbench("tpcb", clients, seconds) for clients in TPCB_CLIENTS),
                   key=lambda result: result["tps"])

    def pgbench_select(self, seconds):
        return self._pgbench("select", SELECT_CLIENTS, seconds)

    def pgbench_tpcb_lone(self, seconds):
        return self._pgbench("tpcb", 1, seconds)

    def naive_function(self, seconds):
        return self._pgbench("naive", NAIVE_CLIENTS, seconds)

    def haproxy_balance(self, seconds):
        return self._proxied.measure("balance", seconds, self._warm_up)

    def ceiling(self, seconds):
        return self.engine_with("ceiling", self._shape.engine_batch, seconds)

    # ours

    def _own(self, mix, seconds, **more):
        return self.own.measure(mix, seconds, **{"warm_up": self._warm_up, **more})

    def transfer_e2e(self, seconds):
        return self._own("transfer", seconds, payees=self.payees)

    def transfer_hot_e2e(self, seconds):
        return self._own("transfer", seconds, payees=self.payees, hot=HOT_PERCENT)

    def withdraw_e2e(self, seconds):
        return self._own("withdraw", seconds)

    def balance_e2e(self, seconds):
        return self._own("balance", seconds)

    def middleware_balance(self, seconds):
        return self._own("balance", seconds, terminals=proxied_terminals(self._shape))

    def transfer_lone(self, seconds):
        return self._own("transfer", seconds, warm_up=0.2, payees=self.payees, terminals=1)

    def transfers_of(self, terminals, seconds):
        return self._own("transfer", seconds, payees=self.payees, terminals=terminals)

    def foreign_withdraw_e2e(self, seconds):
        return self._foreign.measure("withdraw", seconds, self._warm_up)

    def interbank_transfer_e2e(self, seconds):
        return self._own("transfer", seconds, payees=Payees(self._network.away))

    def interbank_trickle(self, seconds):
        """Few transfers, for who wants to have some."""
        return self._own("transfer", seconds, warm_up=0, payees=Payees(self._network.away),
                                terminals=TRICKLE_TERMINALS)

    def transfer_at_rate(self, rate, seconds):
        """Transfers that begin at this rate, whatever is answered."""
        return self._own("transfer", seconds, payees=self.payees, rate=rate)

    def engine(self, seconds):
        return self.engine_with("engine", self._shape.engine_batch, seconds)

    def engine_with(self, mode, batch, seconds):
        return self._engine.measure(mode, batch, self._shape.lanes, seconds)
