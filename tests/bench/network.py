"""The private networks that are measured: two banks that are each other's peers, a PostgreSQL
cluster each, and beside the first bank's database one for pgbench, under the same settings and on
the same disk. The first bank has the terminals; the second is where foreign cards come from and
where transfers go to."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("TW_BUILD", ROOT / "build" / "dev")).resolve() / "bin"
NETWORK_SH = ROOT / "interbank" / "network" / "network.sh"
POSTGRES_BIN = Path(os.environ.get("TW_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))
PGBENCH_DATABASE = "pgbench"
NAIVE_SQL = Path(__file__).resolve().with_name("naive.sql")
# What a foreign card pays on top, and its bank to the terminal's: with both every posting between
# banks has all its legs.
SURCHARGE, INTERCHANGE = "2.00", "0.50"
READY_SECONDS = 30


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
        self.first_account, self.accounts = 0, 0  # consecutive numbers
        self.servers = 0
        self.environment = {}

    def create(self, shape, *more):
        run(NETWORK_SH, "create", self.folder, "--bin", BIN, "--servers", shape.servers,
            "--bank", self.code, "--name", f"Bank {self.code}", "--iin", self.iin,
            "--peer-limit", "10000000000.00", "--buffers-mb", shape.buffers_mb, *more)
        for line in (self.folder / "network.env").read_text().splitlines():
            name, _, value = line.partition("=")
            self.environment[name] = shlex.split(value)[0] if value else ""
        self.servers = shape.servers
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
        self._load(customers, "--card-limit", "10000000.00", "--card-count", 1000000,
                   "--cards-file", self.cards)

    def load_more(self, customers):
        """Accounts that are only paid: there are not enough card numbers for all."""
        self._load(customers, "--without-cards")

    def _load(self, customers, *more):
        loaded = json.loads(self.bankctl("--json", "load", "--customers", customers, "--overdraft",
                                         "10000000.00", *more))
        first = int(loaded["first_account"])
        if self.accounts and first != self.first_account + self.accounts:
            raise Failed(f"accounts of bank {self.code} do not follow each other")
        self.first_account = self.first_account or first
        self.accounts += customers

    def warm_up(self):
        """All accounts in PostgreSQL's buffers, as they are at a bank that has been at work for a while."""
        self.psql("bank", "CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        self.psql("bank", "SELECT pg_prewarm('bank.account'), pg_prewarm('bank.account_pk')")

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

    def psql_file(self, database, file, **variables):
        sets = [f"--set={name}={value}" for name, value in variables.items()]
        run(POSTGRES_BIN / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *sets,
            f"--host={self.environment['TW_PG']}", "--username=postgres", f"--dbname={database}",
            "--file", file)

    def approved_transfers(self, first_terminal, terminals):
        """What the bank has booked for them."""
        return int(self.psql("bank", f"""SELECT count(*) FROM bank.decision
            WHERE terminal_id BETWEEN {first_terminal} AND {first_terminal + terminals - 1}
                AND to_account_id IS NOT NULL AND rc = '00'"""))

    def restart(self, process):
        """Dies without a warning, and is started again."""
        run(NETWORK_SH, "kill", self.folder, process)
        run(NETWORK_SH, "start", self.folder, process)

    def _get(self, process, path):
        """What the process answers over HTTP; empty when it is not ready, or not there yet."""
        ini = (self.folder / "etc" / f"{process}.ini").read_text()
        address = re.search(r"^metrics_listen = (\S+)$", ini, re.M).group(1)
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return ""

    def await_service(self, peer):
        """Terminals are served, and the peer's server answers."""
        up = f'tellerwire_peer_servers_up{{peer="{peer.code}"}} {peer.servers}\n'
        deadline = time.monotonic() + READY_SECONDS
        while not ((self.environment["TW_MIDDLEWARES"] == "0" or self._get("middleware-1", "/readyz"))
                   and up in self._get("bank-server-1", "/metrics")):
            if time.monotonic() > deadline:
                raise Failed(f"bank {self.code} is not in service after {READY_SECONDS} s")
            time.sleep(0.05)

    def rss_kib(self, process):
        """Resident memory of one of its processes."""
        pid = (self.folder / "run" / f"{process}.pid").read_text().split()[0]
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return int(re.search(r"^VmRSS:\s*(\d+)", status, re.M).group(1))

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
    """Two banks and their agent. Made by create(), gone after destroy(), whatever happened in between."""

    FIRST_TERMINAL = 17

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tw-bench-"))
        self.home = Bank(self.folder / "home", "90000001", "92760001")
        self.away = Bank(self.folder / "away", "90000002", "92760002")
        self.large = Bank(self.folder / "large", "90000003", "92760003")  # only made when asked for
        self.agent = Agent(self.folder / "agent")  # as well

    def create(self, shape, terminals):
        self.home.create(shape, "--middlewares", shape.middlewares, "--terminals", terminals)
        self.away.create(shape, "--middlewares", 0, "--terminals", 0, "--join", self.home.folder)
        run(NETWORK_SH, "directory", self.home.folder, self.away.folder)
        for bank, peer in self._pairs():
            bank.start()
            bank.agree(peer)

    def _pairs(self):
        return (self.home, self.away), (self.away, self.home)

    def begin_settlement(self):
        """From now on, because what agent and banks ask each other costs a part of a core."""
        self.agent.create((self.home, self.away))
        for bank, _ in self._pairs():
            for server in range(1, bank.servers + 1):
                bank.restart(f"bank-server-{server}")
        for bank, peer in self._pairs():
            bank.await_service(peer)

    def destroy(self):
        if self.large.folder.exists():
            self.large.destroy()
        if self.agent.folder.exists():
            self.agent.destroy()
        self.away.destroy()  # its pki/ is a link to the other's
        self.home.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _at_both(self, what):
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(what, bank) for bank in (self.home, self.away)]:
                done.result()

    def load_banks(self, customers):
        self._at_both(lambda bank: bank.load(customers))

    def audit(self):
        """Every invariant, and the hash chain; Failed with what was found."""
        self._at_both(lambda bank: bank.bankctl("audit"))

    def check_mirror(self):
        """How many items there are; every one must be in both books, with opposite signs."""
        ours, theirs = self.home.items(self.away, 1), self.away.items(self.home, -1)
        if ours != theirs:
            raise Failed("the banks' books do not mirror each other: "
                         f"only at {self.home.code} {list((ours - theirs).elements())[:5]}, "
                         f"only at {self.away.code} {list((theirs - ours).elements())[:5]}")
        return ours.total()

    def load_pgbench(self, scale):
        """Also the naive function, with as many accounts as the bank has."""
        self.home.psql("postgres", f"CREATE DATABASE {PGBENCH_DATABASE}")
        self.pgbench("--initialize", "--quiet", f"--scale={scale}")
        self.home.psql_file(PGBENCH_DATABASE, NAIVE_SQL, accounts=self.home.accounts)

    def pgbench(self, *options):
        return run(POSTGRES_BIN / "pgbench", f"--host={self.home.environment['TW_PG']}",
                   "--username=postgres", *options, PGBENCH_DATABASE, cwd=self.folder)
