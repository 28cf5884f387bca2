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

import fleet
import report
from measure import Measure
from network import Failed, Network
from settle import Settle


@dataclass
class Shape:
    """How much of everything, chosen by measurement: docs/PERFORMANCE.md."""

    rounds: int
    seconds: int  # of each writing run; TPC-B gets them twice, for 8 and for 32 clients
    read_seconds: int
    lone_seconds: int  # enough for the kernel to place the processes, which decides p50
    customers: int
    scale: int  # of pgbench: 100,000 accounts each
    terminals: int
    servers: int = 1
    middlewares: int = 1
    lanes: int = 2
    close_few: int = 1000  # items of a settlement window whose closing is measured
    close_many: int = 0  # and of another one, to see what they cost; 0: not measured
    closes: int = 3  # of each
    fleet_terminals: int = 300  # real ones, as a fleet; 0: not measured
    fleet_seconds: int = 10


SHAPES = {
    "quick": Shape(rounds=3, seconds=1, read_seconds=1, lone_seconds=2, customers=100000, scale=10,
                   terminals=500, fleet_terminals=0),
    "default": Shape(rounds=5, seconds=5, read_seconds=3, lone_seconds=3, customers=100000,
                     scale=10, terminals=500, close_many=50000),
    "full": Shape(rounds=7, seconds=20, read_seconds=10, lone_seconds=10,
                  customers=1000000, scale=10, terminals=500, close_many=1000000, closes=3),
}

# Each with the member of Shape that says how long it takes.
RUNS = {
    "pgbench_tpcb": "seconds",
    "transfer_e2e": "seconds",
    "foreign_withdraw_e2e": "seconds",
    "interbank_transfer_e2e": "seconds",
    "pgbench_select": "read_seconds",
    "balance_e2e": "read_seconds",
    "pgbench_tpcb_lone": "lone_seconds",
    "transfer_lone": "lone_seconds",
}


def arguments():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n\n")[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", dest="how", action="store_const", const="quick",
                     help="meant for under 90 seconds in all, with more noise")
    how.add_argument("--full", dest="how", action="store_const", const="full",
                     help="a million accounts at each bank, longer runs: about 30 minutes")
    parser.add_argument("--json", metavar="FILE", help="write the result there")
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
    print(f"- {text}", flush=True)


def measure_all(measure, shape):
    """{run: [measured, ...]}, one per round."""
    measured = {name: [] for name in RUNS}
    for turn in range(1, shape.rounds + 1):
        # Every other round backwards: neither side always follows the other's checkpoint.
        for name in RUNS if turn % 2 else reversed(RUNS):
            measured[name].append(getattr(measure, name)(getattr(shape, RUNS[name])))
        figures = ", ".join(f"{name} {measured[name][-1]['tps']:,.0f}" for name in RUNS)
        say(f"round {turn} of {shape.rounds}: {figures}")
    return measured


def measure_closing(network, measure, shape):
    """What closing settlement windows takes and costs; None when the shape leaves it out."""
    if shape.close_many == 0:
        return None
    settle = Settle(network, measure)
    say("transfers while a settlement window is closed every second, and without")
    rate = settle.rate_during_close(2 * shape.seconds, shape.closes)
    few = settle.close_window(shape.close_few, shape.closes)
    say(f"closing with {shape.close_few:,} items: {[close['close_ms'] for close in few]} ms; "
        f"now with {shape.close_many:,}")
    many = settle.close_window(shape.close_many, 1 if shape.close_many > 100000 else shape.closes)
    return report.closing(few, many, rate)


def bench(shape):
    network = Network()
    began = time.monotonic()
    try:
        say(f"two banks with {shape.customers:,} accounts each, {shape.terminals} terminals; "
            f"pgbench with {shape.scale * 100000:,} accounts")
        network.create(shape)
        network.load_banks(shape.customers)
        network.load_pgbench(shape.scale)
        facts = report.machine(network)
        say(f"ready after {time.monotonic() - began:.0f} s")
        measure = Measure(network, shape.terminals)
        measured = measure_all(measure, shape)
        closing = measure_closing(network, measure, shape)
        fleet_found = None
        if shape.fleet_terminals > 0:
            say(f"a fleet of {shape.fleet_terminals} terminals")
            fleet_found = fleet.measure(network, shape.fleet_terminals, shape.fleet_seconds)
        say("audit of both banks' books")
        network.home.bankctl("audit")
        network.away.bankctl("audit")
        say(f"{network.check_mirror():,} items between the banks, the same in both books")
    finally:
        # What was begun is removed, also when somebody is impatient.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        network.destroy()
    runs = [report.summary(name, rounds) for name, rounds in measured.items()]
    facts["seconds"] = round(time.monotonic() - began)
    document = {"runs": runs, "ratios": report.ratios(runs), "machine": facts,
                "shape": asdict(shape)}
    if closing:
        document["closing"] = closing
        document["ratios"].update(closing["ratios"])
    if fleet_found:
        document["fleet"] = fleet_found
    return document


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)
    given, shape = arguments()
    try:
        document = bench(shape)
        if given.json:
            with open(given.json, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=1)
                file.write("\n")
    except (Failed, OSError) as failed:
        sys.exit(f"bench: {failed}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted")
    report.print_table(document)


if __name__ == "__main__":
    main()
