"""The private networks that are measured: two banks that are each other's peers, a PostgreSQL
cluster each, and beside the first bank's database one for pgbench, under the same settings and on
the same disk. The first bank has the terminals; the second is where foreign cards come from and
where transfers go to."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("TW_BUILD", ROOT / "build" / "dev")).resolve() / "bin"
NETWORK_SH = ROOT / "interbank" / "network" / "network.sh"
POSTGRES_BIN = Path(os.environ.get("TW_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))
PGBENCH_DATABASE = "pgbench"
# What a foreign card pays on top, and its bank to the terminal's: with both every posting between
# banks has all its legs.
SURCHARGE, INTERCHANGE = "2.00", "0.50"


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


class Bank:
    """One bank: its folder made by network.sh, its cluster, its servers."""

    def __init__(self, folder, code, iin):
        self.folder = folder
        self.code = code
        self.iin = iin
        self.cards = folder / "cards.csv"
        self.environment = {}

    def create(self, shape, *more):
        run(NETWORK_SH, "create", self.folder, "--bin", BIN, "--servers", shape.servers,
            "--bank", self.code, "--name", f"Bank {self.code}", "--iin", self.iin,
            "--peer-limit", "10000000000.00", *more)
        for line in (self.folder / "network.env").read_text().splitlines():
            name, _, value = line.partition("=")
            self.environment[name] = shlex.split(value)[0] if value else ""
        for server in range(1, shape.servers + 1):
            self._set_lanes(self.folder / "etc" / f"bank-server-{server}.ini", shape.lanes)

    @staticmethod
    def _set_lanes(ini, lanes):
        text = ini.read_text()
        ini.write_text(text.replace("[database]\n", f"[database]\nlanes = {lanes}\n", 1))

    def start(self):
        run(NETWORK_SH, "start", self.folder)

    def destroy(self):
        run(NETWORK_SH, "destroy", self.folder)

    def load(self, customers):
        """Every account may go far below zero, so that nothing is declined for its amount."""
        self.bankctl("load", "--customers", customers, "--overdraft", "10000000.00",
                     "--card-limit", "10000000.00", "--card-count", 1000000,
                     "--cards-file", self.cards)

    def agree(self, peer):
        self.bankctl("bank", "surcharge", SURCHARGE)
        self.bankctl("peer", "interchange", peer.code, INTERCHANGE)

    def bankctl(self, *arguments):
        return run(BIN / "bankctl", "--config", self.folder / "etc" / "bankctl.ini", *arguments)

    def items(self, peer, sign):
        """Counter of (txid, window, amount) that this bank has booked with a peer."""
        rows = json.loads(self.bankctl("--json", "interbank", "items", "--peer", peer.code))
        return Counter((row["txid"], row["window"], sign * int(row["amount"].replace(".", "")))
                       for row in rows)

    def psql(self, database, sql):
        return run(POSTGRES_BIN / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                   "--set=ON_ERROR_STOP=1", f"--host={self.environment['TW_PG']}",
                   "--username=postgres", f"--dbname={database}", "--command", sql).strip()

    def window_state(self, number):
        return self.psql("bank", f"SELECT state FROM bank.settlement_window WHERE window_no = {number}")

    def await_settled(self, number, seconds):
        """Waits inside the server: who asks again and again takes a part of what is measured."""
        self.psql("bank", f"""DO $$ BEGIN
            FOR look IN 1..{seconds * 100} LOOP
                EXIT WHEN EXISTS (SELECT FROM bank.settlement_window
                                  WHERE window_no = {number} AND state = 'SETTLED');
                PERFORM pg_sleep(0.01);
            END LOOP; END $$""")
        return self.window_state(number) == "SETTLED"

    def window(self, number):
        """State and items of a window."""
        state = self.window_state(number)
        items = self.psql("bank", "SELECT coalesce(sum(debit_count + credit_count), 0) "
                                  f"FROM bank.position WHERE window_no = {number}")
        return state, int(items)

    def middlewares(self):
        count = int(self.environment["TW_MIDDLEWARES"])
        return [f"{self.environment['TW_ADDRESS']}:{7001 + i}" for i in range(count)]


class Agent:
    """The settlement agent of both banks, with reserves that never run out."""

    RESERVE = "90000000000.00"

    def __init__(self, folder):
        self.folder = folder

    def create(self, banks):
        run(NETWORK_SH, "create", self.folder, "--bin", BIN, "--agent", "--join", banks[0].folder)
        run(NETWORK_SH, "start", self.folder)
        run(NETWORK_SH, "settlement", self.folder, *(bank.folder for bank in banks),
            "--poll-ms", 100)
        for bank in banks:
            self.settlectl("participant", "fund", bank.code, self.RESERVE)

    def settlectl(self, *arguments):
        return run(BIN / "settlectl", "--config", self.folder / "etc" / "settlectl.ini", *arguments)

    def cut_over(self):
        """Number of the window that this closes."""
        return json.loads(self.settlectl("--json", "window", "cut-over"))["window"] - 1

    def destroy(self):
        run(NETWORK_SH, "destroy", self.folder)


class Network:
    """Made by create(), gone after destroy(), whatever happened in between."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tw-bench-"))
        self.home = Bank(self.folder / "home", "90000001", "92760001")
        self.away = Bank(self.folder / "away", "90000002", "92760002")
        self.agent = Agent(self.folder / "agent")

    def create(self, shape):
        self.home.create(shape, "--middlewares", shape.middlewares, "--terminals", shape.terminals)
        self.away.create(shape, "--middlewares", 0, "--terminals", 0, "--join", self.home.folder)
        run(NETWORK_SH, "directory", self.home.folder, self.away.folder)
        self.agent.create((self.home, self.away))
        for bank, peer in ((self.home, self.away), (self.away, self.home)):
            bank.start()
            bank.agree(peer)

    def destroy(self):
        self.agent.destroy()
        self.away.destroy()  # its pki/ is a link to the other's
        self.home.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)

    def load_banks(self, customers):
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(bank.load, customers) for bank in (self.home, self.away)]:
                done.result()

    def check_mirror(self):
        """How many items there are; every one must be in both books, with opposite signs."""
        ours, theirs = self.home.items(self.away, 1), self.away.items(self.home, -1)
        if ours != theirs:
            raise Failed("the banks' books do not mirror each other: "
                         f"only at {self.home.code} {list((ours - theirs).elements())[:5]}, "
                         f"only at {self.away.code} {list((theirs - ours).elements())[:5]}")
        return ours.total()

    def load_pgbench(self, scale):
        self.home.psql("postgres", f"CREATE DATABASE {PGBENCH_DATABASE}")
        self.pgbench("--initialize", "--quiet", f"--scale={scale}")

    def pgbench(self, *options):
        return run(POSTGRES_BIN / "pgbench", f"--host={self.home.environment['TW_PG']}",
                   "--username=postgres", *options, PGBENCH_DATABASE, cwd=self.folder)
