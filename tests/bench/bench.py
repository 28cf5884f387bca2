#!/usr/bin/python3
"""The benchmark: what this bank does from terminal to disk, beside what pgbench does on the same
PostgreSQL, on the same disk, under the same settings, fsync on, in turns.

Rounds alternate between ours and theirs, so that a machine that is busy with something else for a
while is busy for both. Figures are medians over the rounds. docs/PERFORMANCE.md says what they mean.
"""

import argparse
import json
import signal
import sys
import time
from dataclasses import asdict, dataclass
from statistics import median

import fleet
import growth
import page
import report
from crowd import Crowd
from measure import LOAD_SHARE, Measure, proxied_terminals
from network import Failed, Network
from settle import Settle


@dataclass
class Shape:
    """How much of everything, chosen by measurement: docs/PERFORMANCE.md."""

    rounds: int  # as many as the budget has time for, one at least
    warm_up_ms: int  # of each run of ours: batches have grown to their size by then
    seconds: int  # of each writing run; TPC-B gets them twice, for 8 and for 32 clients
    read_seconds: int
    lone_seconds: int  # enough for the kernel to place the processes, which decides p50
    customers: int
    scale: int  # of pgbench: 100,000 accounts each
    terminals: int
    servers: int = 1
    middlewares: int = 1
    lanes: int = 2
    buffers_mb: int = 256  # of each PostgreSQL: its own and pgbench's data stay in memory
    engine_batch: int = 100  # items in a batch of the engine alone and of the ceiling
    sweep_seconds: int = 2  # of each point of a plot; 0: no plots
    close_few: int = 1000  # items of a settlement window whose closing is measured
    close_many: int = 0  # and of another one, to see what they cost; 0: not measured
    closes: int = 3  # of each
    connections: int = 10000  # most terminals connected; 0: not measured, nor is the storm
    accounts: int = 1000000  # of the largest bank; 0: not measured
    fleet_terminals: int = 300  # real ones, as a fleet; 0: not measured
    fleet_seconds: int = 10
    naive: int = 1  # the naive function as one more peer; 0: not measured
    budget_seconds: int = 0  # in all; 0: no matter


SHAPES = {
    "quick": Shape(rounds=3, warm_up_ms=400, seconds=1, read_seconds=1, lone_seconds=1, customers=100000, scale=10,
                   terminals=500, sweep_seconds=0, connections=0, accounts=0, fleet_terminals=0, naive=0,
                   budget_seconds=85),
    "default": Shape(rounds=5, warm_up_ms=1000, seconds=3, read_seconds=2, lone_seconds=3, customers=100000,
                     scale=10, terminals=500, buffers_mb=512, close_many=50000),
    "full": Shape(rounds=3, warm_up_ms=1000, seconds=4, read_seconds=3, lone_seconds=4, customers=100000, scale=10,
                  terminals=500, buffers_mb=2048, close_many=50000, closes=2, accounts=10000000),
}

END_SECONDS = 17  # of a quick run, after its rounds

# Each with the member of Shape that says how long it takes. Who is compared runs side by side.
RUNS = {
    "pgbench_tpcb": "seconds",
    "transfer_e2e": "seconds",
    "naive_function": "seconds",
    "transfer_hot_e2e": "seconds",
    "withdraw_e2e": "seconds",
    "foreign_withdraw_e2e": "seconds",
    "interbank_transfer_e2e": "seconds",
    "engine": "seconds",
    "ceiling": "seconds",
    "pgbench_select": "read_seconds",
    "balance_e2e": "read_seconds",
    "middleware_balance": "read_seconds",
    "haproxy_balance": "read_seconds",
    "pgbench_tpcb_lone": "lone_seconds",
    "transfer_lone": "lone_seconds",
}


def arguments():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n\n")[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", dest="how", action="store_const", const="quick",
                     help="meant for under 90 seconds in all, with more noise")
    how.add_argument("--full", dest="how", action="store_const", const="full",
                     help="also ten million accounts, longer runs: meant for under 20 minutes")
    parser.add_argument("--json", metavar="FILE", help="write the result there")
    parser.add_argument("--html", metavar="FILE", help="write a page with plots there")
    for name in asdict(SHAPES["quick"]):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N",
                            help=argparse.SUPPRESS)
    given = parser.parse_args()
    shape = SHAPES[given.how or "default"]
    for name in asdict(shape):
        if getattr(given, name) is not None:
            setattr(shape, name, getattr(given, name))
    return given, shape


def say(text):
    print(f"- {time.strftime('%H:%M:%S')} {text}", flush=True)


def measure_all(measure, shape, began):
    """{run: [measured, ...]}, one per round."""
    names = [name for name in RUNS if shape.naive or name != "naive_function"]
    measured = {name: [] for name in names}
    for turn in range(1, shape.rounds + 1):
        start = time.monotonic()
        # Every other round backwards: neither side always follows the other's checkpoint.
        for name in names if turn % 2 else reversed(names):
            measured[name].append(getattr(measure, name)(getattr(shape, RUNS[name])))
        figures = ", ".join(f"{name} {measured[name][-1]['tps']:,.0f}" for name in names)
        say(f"round {turn} of {shape.rounds}: {figures}")
        now = time.monotonic()
        if shape.budget_seconds and now - began + (now - start) + END_SECONDS > shape.budget_seconds:
            break
    return measured


def measure_paced(measure, shape):
    """Transfers at a share of the peak rate: what a customer waits for when not everybody comes at once.
    The peak is the one of the moment before, for the machine's speed changes."""
    say("transfers at 70 % of the peak rate")
    rounds = []
    for _ in range(shape.rounds):
        rate = measure.transfer_e2e(shape.seconds)["tps"] * LOAD_SHARE
        rounds.append({"rate": rate, **measure.transfer_at_rate(rate, shape.seconds)})
    return {"rate": median(measured["rate"] for measured in rounds), "rounds": rounds}


def measure_closing(network, measure, shape):
    """What closing settlement windows takes and costs."""
    measure.end_proxied()
    network.begin_settlement()
    settle = Settle(network, measure)
    say("transfers while a settlement window is closed every second, and without")
    rate = settle.rate_during_close(2 * shape.seconds, shape.closes)
    few = settle.close_window(shape.close_few, shape.closes)
    say(f"closing with {shape.close_few:,} items: {[close['close_ms'] for close in few]} ms; "
        f"now with {shape.close_many:,}")
    many = settle.close_window(shape.close_many, 1 if shape.close_many > 100000 else shape.closes)
    return report.closing(few, many, rate)


def measure_accounts(network, measure, shape):
    say(f"a third bank, with up to {shape.accounts:,} accounts")
    found = growth.Accounts(network, shape).measure(measure.own, shape.accounts, shape.rounds,
                                                    shape.sweep_seconds)
    return {**found, "name": f"rate_{shape.accounts}_vs_{shape.customers}_accounts"}


def measure_crowd(network, shape, first_terminal):
    crowd = Crowd(network, first_terminal)
    say("2,000 terminals come back at once")
    storm = crowd.storm()
    say(f"up to {shape.connections:,} terminals connected")
    return {"storm": storm,
            "connections": crowd.growth(shape.connections, shape.rounds, shape.sweep_seconds)}


def with_clients(network, shape, began, document):
    """Everything that needs terminals connected for a long time."""
    measure = Measure(network, shape)
    try:
        document["runs"] = [report.summary(name, rounds)
                            for name, rounds in measure_all(measure, shape, began).items()]
        document["paced"] = measure_paced(measure, shape)
        if shape.sweep_seconds:
            say("batch sizes and clients")
            document["batches"] = growth.batches(measure, shape.sweep_seconds)
            document["clients"] = growth.clients(measure, shape.terminals, shape.sweep_seconds)
        if shape.accounts:
            document["accounts"] = measure_accounts(network, measure, shape)
        if shape.close_many:
            document["closing"] = measure_closing(network, measure, shape)
        measure.stop()
    finally:
        measure.kill()


def keys(document):
    """Every figure of the table under a name of its own, in "ratios" or beside it."""
    document["ratios"], document["ratio_spreads"] = report.ratios(document["runs"])
    document["p99_at_70_percent_ms"] = median(
        measured["p99_ms"] for measured in document["paced"]["rounds"])
    if "closing" in document:
        document["ratios"].update(document["closing"]["ratios"])
    if "accounts" in document:
        document["ratios"][document["accounts"]["name"]] = document["accounts"]["ratio"]
    if "connections" in document:
        last = document["connections"]["steps"][-1]
        document["idle_connection_kib"] = last["kib_per_connection"]
        document["storm_in_service_s"] = round(document["storm"]["all_in_service_ms"] / 1000, 3)
        document["storm_operations_lost"] = document["storm"]["operations_lost"]
        document["ratios"][f"rate_{last['connected']}_vs_{document['connections']['working']}"
                           "_connected"] = document["connections"]["ratio"]
    return document


def bench(shape, document):
    """Fills the document part by part, so that a failure leaves what was measured before it."""
    network = Network()
    began = time.monotonic()
    crowd_first = Network.FIRST_TERMINAL + 2 * shape.terminals + proxied_terminals(shape)
    terminals = crowd_first - Network.FIRST_TERMINAL
    if shape.connections:
        terminals += Crowd.terminals(shape.connections)
    try:
        say(f"two banks with {shape.customers:,} accounts each, {terminals:,} terminals; "
            f"pgbench with {shape.scale * 100000:,} accounts")
        network.create(shape, terminals)
        network.load_banks(shape.customers)
        network.load_pgbench(shape.scale)
        document.update(machine=report.machine(network), shape=asdict(shape))
        say(f"ready after {time.monotonic() - began:.0f} s")
        with_clients(network, shape, began, document)
        if shape.connections:
            document.update(measure_crowd(network, shape, crowd_first))
        if shape.fleet_terminals:
            say(f"a fleet of {shape.fleet_terminals} terminals")
            document["fleet"] = fleet.measure(network, shape.fleet_terminals, shape.fleet_seconds)
        say("audit of both banks' books")
        network.audit()
        say(f"{network.check_mirror():,} items between the banks, the same in both books")
    finally:
        # What was begun is removed, also when somebody is impatient.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        network.destroy()
        document["seconds"] = round(time.monotonic() - began)


def publish(document, given):
    keys(document)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.write("\n")
    report.print_table(document)
    if given.html:
        page.write(document, given.html)


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)
    given, shape = arguments()
    document = {}
    try:
        bench(shape, document)
    except (Failed, OSError) as failed:
        document["failed"] = str(failed)
    except KeyboardInterrupt:
        sys.exit("bench: interrupted")
    try:
        if "paced" in document:
            publish(document, given)
    except (Failed, OSError) as failed:
        document.setdefault("failed", str(failed))
    if "failed" in document:
        sys.exit(f"bench: {document['failed']}")


if __name__ == "__main__":
    main()
