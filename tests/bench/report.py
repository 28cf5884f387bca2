"""What was measured, as JSON and as one table: medians over the rounds, spread from least to most."""

import os
import platform
import re
import statistics
import tempfile
import time
from dataclasses import dataclass

FIGURES = ("tps", "p50_ms", "p99_ms")
PROBES = 200


@dataclass
class Ratio:
    """ours / theirs, of one figure of two runs."""

    ours: str
    theirs: str
    figure: str = "tps"
    reach: float = None  # at least; of a latency at most


RATIOS = {
    "transfer_vs_tpcb": Ratio("transfer_e2e", "pgbench_tpcb", reach=5.0),
    "transfer_hot_vs_tpcb": Ratio("transfer_hot_e2e", "pgbench_tpcb", reach=4.0),
    "transfer_vs_naive": Ratio("transfer_e2e", "naive_function"),
    "withdraw_vs_tpcb": Ratio("withdraw_e2e", "pgbench_tpcb", reach=2.5),
    "interbank_transfer_vs_tpcb": Ratio("interbank_transfer_e2e", "pgbench_tpcb", reach=1.5),
    "foreign_withdraw_vs_tpcb": Ratio("foreign_withdraw_e2e", "pgbench_tpcb", reach=1.5),
    "balance_vs_select": Ratio("balance_e2e", "pgbench_select", reach=0.7),
    "engine_vs_ceiling": Ratio("engine", "ceiling", reach=0.9),
    "middleware_vs_haproxy": Ratio("middleware_balance", "haproxy_balance", reach=0.8),
    "lone_transfer_vs_tpcb_latency": Ratio("transfer_lone", "pgbench_tpcb_lone", "p50_ms", 1.5),
}


@dataclass
class Row:
    """One line of the table; texts, but for ratio."""

    name: str
    ours: str
    theirs: str
    value: float
    reach: str
    reached: bool


def summary(name, rounds):
    """One entry of "runs": medians, and what they are the medians of."""
    entry = {"name": name}
    for figure in FIGURES:
        values = [measured[figure] for measured in rounds]
        entry[figure] = round(statistics.median(values), 3)
        entry.setdefault("spread", {})[figure] = [round(min(values), 3), round(max(values), 3)]
    entry["rounds"] = rounds
    return entry


def ratios(runs):
    """Of the medians; and how far the single rounds' ratios are apart."""
    by_name = {entry["name"]: entry for entry in runs}
    values, spreads = {}, {}
    for name, ratio in RATIOS.items():
        if ratio.theirs not in by_name:
            continue
        ours, theirs = by_name[ratio.ours], by_name[ratio.theirs]
        values[name] = round(ours[ratio.figure] / theirs[ratio.figure], 3)
        single = [mine[ratio.figure] / other[ratio.figure]
                  for mine, other in zip(ours["rounds"], theirs["rounds"])]
        spreads[name] = [round(min(single), 3), round(max(single), 3)]
    return values, spreads


def closing(few, many, rate):
    """How closing a settlement window grows with its items, and what it leaves of the traffic."""
    few_ms, many_ms = (statistics.median(close["close_ms"] for close in closes)
                       for closes in (few, many))
    return {
        "close_window_ms": {"few": few_ms, "many": many_ms},
        "items": {"few": few[0]["items"], "many": many[0]["items"]},
        "closes": {"few": few, "many": many},
        "transfer_e2e": rate,
        "ratios": {
            "close_window_growth": round(many_ms / few_ms, 3),
            "transfer_during_close": round(rate["during"]["tps"] / rate["without"]["tps"], 3),
        },
    }


def fdatasync_ms():
    """Median time of writing 8 kB and forcing it to the disk where the clusters are."""
    times = []
    with tempfile.TemporaryFile(dir="/var/tmp") as file:
        for _ in range(PROBES):
            began = time.perf_counter()
            os.pwrite(file.fileno(), bytes(8192), 0)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 3)


def machine(network):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*:\s*(.*)", file.read())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory_kb = int(re.search(r"MemTotal:\s*(\d+)", file.read()).group(1))
    return {
        "cpu": model.group(1) if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": memory_kb // 1024,
        "kernel": platform.release(),
        "postgresql": network.home.psql("postgres", "SHOW server_version"),
        "fsync": network.home.psql("postgres", "SHOW fsync"),
        "fdatasync_ms": fdatasync_ms(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


# --- the table ------------------------------------------------------------------------------------


def _range(median, values, digits=0):
    return f"{median:,.{digits}f} ({min(values):,.{digits}f}..{max(values):,.{digits}f})"


def _spread(entry, figure, digits):
    return _range(entry[figure], entry["spread"][figure], digits)


def _at_most(name, ours, theirs, value, reach, text=None):
    return Row(name, ours, theirs, value, f"<= {reach if text is None else text}", value <= reach)


def _at_least(name, ours, theirs, value, reach):
    return Row(name, ours, theirs, value, f">= {reach}" if reach else "",
               not reach or value >= reach)


def _of_ratios(document):
    by_name = {entry["name"]: entry for entry in document["runs"]}
    for name, ratio in RATIOS.items():
        if name not in document["ratios"]:
            continue
        latency = ratio.figure != "tps"
        texts = [_spread(by_name[run], ratio.figure, 3 if latency else 0) + (" ms" if latency else "")
                 for run in (ratio.ours, ratio.theirs)]
        yield (_at_most if latency else _at_least)(name, *texts, document["ratios"][name], ratio.reach)


def _of_crowd(document):
    storm, growth = document["storm"], document["connections"]
    last = growth["steps"][-1]
    alone = growth["alone"]["tps"]
    yield _at_most("storm_in_service_s", f"{storm['terminals']:,} terminals, "
                   f"{storm['operations_lost']} operations lost", "",
                   document["storm_in_service_s"], 10)
    yield _at_most("idle_connection_kib", f"{last['connected']:,} connections", "",
                   document["idle_connection_kib"], 24)
    yield _at_least(f"rate_{last['connected']}_vs_{growth['working']}_connected",
                    _range(statistics.median(last["tps"]), last["tps"]),
                    _range(statistics.median(alone), alone), growth["ratio"], 0.8)


def _of_accounts(document):
    last = document["accounts"]["steps"][-1]
    yield _at_least(document["accounts"]["name"],
                    _range(statistics.median(last["large"]), last["large"]),
                    _range(statistics.median(last["small"]), last["small"]), last["ratio"], 0.7)


def _of_closing(document):
    measured = document["closing"]
    ours, theirs = (f"{measured['close_window_ms'][how]:,.0f} ms, {measured['items'][how]:,} items"
                    for how in ("many", "few"))
    yield _at_most("close_window_growth", ours, theirs, measured["ratios"]["close_window_growth"], 1.5)
    rate = measured["transfer_e2e"]
    yield _at_least("transfer_during_close", *(_range(rate[how]["tps"], rate[how]["all"])
                                               for how in ("during", "without")),
                    measured["ratios"]["transfer_during_close"], 0.8)


def rows(document):
    """All lines of the table."""
    found = list(_of_ratios(document))
    paced = document["paced"]
    found.append(_at_most("p99_at_70_percent_ms", f"{paced['rate']:,.0f}/s asked for", "",
                          document["p99_at_70_percent_ms"], 50))
    for part, lines in (("connections", _of_crowd), ("accounts", _of_accounts),
                        ("closing", _of_closing)):
        if part in document:
            found += lines(document)
    return found


def print_table(document):
    print(f"\n{'median (least..most) of rounds':30}{'ours':>31}{'theirs':>28}{'ratio':>8}  "
          f"{'reach':9}{'spread':>14}")
    spreads = document["ratio_spreads"]
    for row in rows(document):
        spread = "{:.2f}..{:.2f}".format(*spreads[row.name]) if row.name in spreads else ""
        print(f"{row.name:30}{row.ours:>31}{row.theirs:>28}{row.value:>8.2f}  "
              f"{row.reach + ('' if row.reached else ' !'):9}{spread:>14}")
    print(f"\n{'run':24}{'tps':>10}{'p50 ms':>10}{'p99 ms':>10}")
    for entry in document["runs"]:
        print(f"{entry['name']:24}{entry['tps']:>10,.0f}{entry['p50_ms']:>10.3f}"
              f"{entry['p99_ms']:>10.3f}")
    if "fleet" in document:
        found = document["fleet"]
        print(f"\na fleet of {found['terminals']} terminals: {found['fleet_operations_per_s']} "
              f"operations/s, {found['fleet_rss_per_terminal_kib']} KiB per terminal")
    facts = document["machine"]
    print(f"\n{facts['cores']} cores of {facts['cpu']}, PostgreSQL {facts['postgresql']}, "
          f"fsync {facts['fsync']}, fdatasync {facts['fdatasync_ms']} ms, "
          f"load average before {facts['load_average'][0]}; {document['seconds']} s in all")
    if "failed" in document:
        print("\nSomething failed after this: believe no figure before you know what.")
