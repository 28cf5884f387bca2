"""The posting engine alone beside a bare libpq loop that does the same batches: a bank's database,
whose servers stand idle or are stopped, and engineload (tests/bench/engine), which is a client of
that database and of nothing else."""

import json

from network import BIN, run

# The load generator counts its STANs from 1: these are far from there, on the same terminals.
FIRST_STAN = 500001


class Engine:
    """What measure() gives is a dict with tps, batches, mean_batch, p50_ms, p99_ms (of transfers in
    mode engine, of batches in mode ceiling) and cpu_us, the process's own CPU time per transfer."""

    MODES = ("engine", "ceiling")

    def __init__(self, bank, warm_up=1):
        self._keyring = bank.folder / "secrets" / "keyring.ini"
        self._conninfo = f"host={bank.environment['TW_PG']} dbname=bank user=tw_bank"
        self._warm_up = warm_up
        self._next_stan = FIRST_STAN
        self._runs = 0

    def measure(self, mode, batch, lanes, seconds):
        self._runs += 1
        result = json.loads(run(
            BIN / "engineload", "--mode", mode, "--conninfo", self._conninfo,
            "--keyring", self._keyring, "--batch", batch, "--lanes", lanes,
            "--warm-up", self._warm_up, "--seconds", seconds, "--first-stan", self._next_stan,
            "--seed", self._runs))
        self._next_stan = result.pop("next_stan")
        return result
