"""A fleet of real terminals on the bench's network: what its users wait for and what a terminal costs. Not
one of the ratios: a fleet's journals, devices and PIN blocks take most of the processor."""

import json

from network import BIN, NETWORK_SH, Failed, run

PROFILE = """[profile]
name = bench
[time]
duration_s = {seconds}
ramp_up_s = 5
idle_ms = 300
think_ms = 150
[customers]
wrong_pin = 0
"""


def measure(network, terminals, seconds):
    """Customers who hardly think; one outcome that contradicts itself, or one open end, fails the bench."""
    home = network.home
    profile, report = network.folder / "fleet.ini", network.folder / "fleet.json"
    profile.write_text(PROFILE.format(seconds=seconds))
    run(NETWORK_SH, "fleet", home.folder, "--terminals", terminals, network.away.folder)
    run(BIN / "atm-client", "fleet", "--config", home.folder / "etc" / "fleet.ini", "--quiet",
        "--terminals", terminals, "--profile", profile, "--json", report)
    found = json.loads(report.read_text())
    if set(found["codes"]) != {"00"}:
        raise Failed(f"not every operation of the fleet was approved: {found['codes']}")
    return {"terminals": terminals, "fleet_operations_per_s": found["operations_per_s"],
            "fleet_rss_per_terminal_kib": found["memory"]["rss_per_terminal_kib"],
            "latency": found["latency"]}
