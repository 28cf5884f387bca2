"""The private network that is measured: one bank, its PostgreSQL cluster, and beside the bank's
database one for pgbench, under the same settings and on the same disk."""

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("TW_BUILD", ROOT / "build" / "dev")).resolve() / "bin"
NETWORK_SH = ROOT / "interbank" / "network" / "network.sh"
POSTGRES_BIN = Path(os.environ.get("TW_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))
PGBENCH_DATABASE = "pgbench"


class Failed(Exception):
    """A step of the benchmark did not do what it should."""


def run(*command, **more):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise Failed(f"{Path(str(command[0])).name} {' '.join(map(str, command[1:]))} ended with "
                     f"{done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Network:
    """Made by create(), gone after destroy(), whatever happened in between."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tw-bench-"))
        self.cards = self.folder / "net" / "cards.csv"
        self.environment = {}

    def create(self, shape):
        run(NETWORK_SH, "create", self.folder / "net", "--bin", BIN, "--servers", shape.servers,
            "--middlewares", shape.middlewares, "--terminals", shape.terminals)
        for line in (self.folder / "net" / "network.env").read_text().splitlines():
            name, _, value = line.partition("=")
            self.environment[name] = shlex.split(value)[0] if value else ""
        for server in range(1, shape.servers + 1):
            self._set_lanes(self.folder / "net" / "etc" / f"bank-server-{server}.ini", shape.lanes)
        run(NETWORK_SH, "start", self.folder / "net")

    @staticmethod
    def _set_lanes(ini, lanes):
        text = ini.read_text()
        ini.write_text(text.replace("[database]\n", f"[database]\nlanes = {lanes}\n", 1))

    def destroy(self):
        run(NETWORK_SH, "destroy", self.folder / "net")
        shutil.rmtree(self.folder, ignore_errors=True)

    def load_bank(self, customers):
        """Every account may go far below zero, so that no transfer is declined for its amount."""
        self.bankctl("load", "--customers", customers, "--overdraft", "10000000.00",
                     "--card-limit", "10000000.00", "--card-count", 1000000,
                     "--cards-file", self.cards)

    def load_pgbench(self, scale):
        self.psql("postgres", f"CREATE DATABASE {PGBENCH_DATABASE}")
        self.pgbench("--initialize", "--quiet", f"--scale={scale}")

    def bankctl(self, *arguments):
        return run(BIN / "bankctl", "--config", self.folder / "net" / "etc" / "bankctl.ini",
                   *arguments)

    def psql(self, database, sql):
        return run(POSTGRES_BIN / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                   "--set=ON_ERROR_STOP=1", f"--host={self.environment['TW_PG']}",
                   "--username=postgres", f"--dbname={database}", "--command", sql).strip()

    def pgbench(self, *options):
        return run(POSTGRES_BIN / "pgbench", f"--host={self.environment['TW_PG']}",
                   "--username=postgres", *options, PGBENCH_DATABASE, cwd=self.folder)

    def middlewares(self):
        count = int(self.environment["TW_MIDDLEWARES"])
        return [f"{self.environment['TW_ADDRESS']}:{7001 + i}" for i in range(count)]
