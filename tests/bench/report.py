"""What was measured, as JSON and as a table: medians over the rounds, spread from least to most."""

import os
import platform
import re
import statistics
import tempfile
import time

FIGURES = ("tps", "p50_ms", "p99_ms")
# ratio: ours, theirs, the figure that is compared
RATIOS = {
    "transfer_vs_tpcb": ("transfer_e2e", "pgbench_tpcb", "tps"),
    "foreign_withdraw_vs_tpcb": ("foreign_withdraw_e2e", "pgbench_tpcb", "tps"),
    "interbank_transfer_vs_tpcb": ("interbank_transfer_e2e", "pgbench_tpcb", "tps"),
    "balance_vs_select": ("balance_e2e", "pgbench_select", "tps"),
    "lone_transfer_vs_tpcb_latency": ("transfer_lone", "pgbench_tpcb_lone", "p50_ms"),
}
PROBES = 200


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
    by_name = {entry["name"]: entry for entry in runs}
    return {ratio: round(by_name[ours][figure] / by_name[theirs][figure], 3)
            for ratio, (ours, theirs, figure) in RATIOS.items()}


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


def _print_closing(document):
    measured = document["closing"]
    print(f"\n{'closing a settlement window':34}{'few items':>29}{'many items':>29}{'ratio':>8}")
    print(f"{'close_window_growth, ms':34}"
          f"{'%.0f (%d items)' % (measured['close_window_ms']['few'], measured['items']['few']):>29}"
          f"{'%.0f (%d items)' % (measured['close_window_ms']['many'], measured['items']['many']):>29}"
          f"{measured['ratios']['close_window_growth']:>8.2f}")
    rate = measured["transfer_e2e"]
    print(f"\ntransfers/s while {rate['closes']} windows were closed and settled: "
          f"{rate['during']['tps']:,.0f}, without: {rate['without']['tps']:,.0f}, ratio "
          f"{measured['ratios']['transfer_during_close']:.2f}")


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


def _spread(entry, figure, digits):
    least, most = entry["spread"][figure]
    return f"{entry[figure]:,.{digits}f} ({least:,.{digits}f} .. {most:,.{digits}f})"


def print_table(document):
    by_name = {entry["name"]: entry for entry in document["runs"]}
    print(f"\n{'median (least .. most) of rounds':34}{'ours':>29}{'pgbench':>29}{'ratio':>8}")
    for ratio, (ours, theirs, figure) in RATIOS.items():
        digits = 0 if figure == "tps" else 3
        print(f"{ratio + ', ' + figure:34}{_spread(by_name[ours], figure, digits):>29}"
              f"{_spread(by_name[theirs], figure, digits):>29}"
              f"{document['ratios'][ratio]:>8.2f}")
    print(f"\n{'run':20}{'tps':>10}{'p50 ms':>10}{'p99 ms':>10}")
    for entry in document["runs"]:
        print(f"{entry['name']:20}{entry['tps']:>10,.0f}{entry['p50_ms']:>10.3f}"
              f"{entry['p99_ms']:>10.3f}")
    if "closing" in document:
        _print_closing(document)
    if "fleet" in document:
        found = document["fleet"]
        print(f"\na fleet of {found['terminals']} terminals: {found['fleet_operations_per_s']} "
              f"operations/s, {found['fleet_rss_per_terminal_kib']} KiB per terminal")
    facts = document["machine"]
    print(f"\n{facts['cores']} cores of {facts['cpu']}, PostgreSQL {facts['postgresql']}, "
          f"fsync {facts['fsync']}, fdatasync {facts['fdatasync_ms']} ms, "
          f"load average before {facts['load_average'][0]}")
