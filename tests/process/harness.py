"""A private network for a test: made by network.sh, its daemons are children of the test process.

    with Network(bank_servers=2, middlewares=2, terminals=4, cards=4) as network:
        terminal = network.host(0)       # the wire, by hand
        machine = network.machine(1)     # the real atm-client
        network.bank_servers[0].kill()
        network.audit()

PostgreSQL runs with fsync on, as in production. close() ends everything, fails when a process is
left over, and keeps the folder when a test failed, for a person to look into; with CI=true nobody
will, so the ends of the logs are printed instead. TW_KEEP=1 keeps it always.
"""

import configparser
import contextlib
import itertools
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import books
import paths
import processes
from history import History, account_number
from host import Card, HostTerminal
from machine import Machine
from pin import PinBlocks
from postgres import Postgres
from processes import Daemon
from proxy import Proxy
from wire import Identity

OPENING_BALANCE = 1_000_00
TEST_PIN = "4271"


class Site:
    """A folder that network.sh makes, its PostgreSQL and its daemons; of a bank or of the settlement
    agent."""

    database = "bank"

    def __init__(self):
        self.failed = False
        self.spoilt = False  # configured otherwise than it was made, or worse
        self.folder = None
        self._closers = contextlib.ExitStack()

    # Life

    def __enter__(self):
        try:
            self.prepare()
            self.start_daemons()
            self.spoilt = False
        except BaseException:
            self.failed = True
            self.close()
            raise
        return self

    def __exit__(self, kind, *_):
        self.failed = self.failed or kind is not None
        self.close()

    def prepare(self):
        raise NotImplementedError

    def daemons(self):
        """In the order of start."""
        raise NotImplementedError

    def _make_folder(self, *options):
        """create, with these options of network.sh."""
        processes.become_subreaper()
        self.folder = Path(tempfile.mkdtemp(prefix="tw-test-", dir=os.environ.get("TW_TMP")))
        if "TW_TEMPLATE" in os.environ:
            options += "--template", os.environ["TW_TEMPLATE"]
        self._network_sh("create", *options, "--started", "--bin", str(paths.BUILD / "bin"))
        self.environment = dict(
            part.split("=", 1) for line in (self.folder / "network.env").read_text().splitlines()
            for part in shlex.split(line))
        self.root = self.folder / "pki" / "root.crt"
        self.postgres = Postgres(Path(self.environment["TW_PG"]), self.folder, self.database)
        self._closers.callback(self.postgres.close)

    def _network_sh(self, command, *options):
        done = subprocess.run([paths.NETWORK_SH, command, self.folder, *options],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"network.sh {command}: {done.stderr}")

    def _daemon(self, program, number):
        name = f"{program}-{number}"
        ini = self.folder / "etc" / f"{name}.ini"
        daemon = Daemon(name, [paths.binary(program), "--config", ini],
                        self.folder / "log" / f"{name}.log",
                        self.setting(name, "server", "metrics_listen"))
        daemon.address = self.setting(name, "server", "listen")
        return daemon

    def start_daemons(self, wait=True):
        for daemon in self.daemons():
            if not daemon.alive:
                daemon.start(wait=False)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        for daemon in self.daemons():
            daemon.wait_ready()

    def heal(self):
        """After any fault: PostgreSQL and every daemon run and are ready."""
        if not self.postgres.accepts():
            self.postgres.start()
            self.postgres.wait_accepts()
        for daemon in self.daemons():
            daemon.heal()
        self.wait_ready()

    def close(self):
        try:
            self.end()
        finally:
            end_left()

    def end(self):
        """Ends what it knows of; whoever has several networks looks for the rest after the last."""
        try:
            self._closers.close()
        finally:
            for daemon in reversed(self.daemons()):
                daemon.kill()
            if self.folder is not None:
                self._put_away()

    def _put_away(self):
        unattended = os.environ.get("CI") == "true"
        keep = os.environ.get("TW_KEEP") == "1" or (self.failed and not unattended)
        if self.failed and unattended:
            print(log_tails(self.folder), flush=True)
        self._network_sh("stop" if keep else "destroy")
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"# kept {self.folder}", flush=True)

    # Configuration

    def setting(self, name, section, key):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.read(self.folder / "etc" / f"{name}.ini")
        return parser[section][key]

    def edit(self, name, old, new):
        """Replaces text in etc/<name>.ini; the process must be restarted by the caller."""
        self.spoilt = True
        ini = self.folder / "etc" / f"{name}.ini"
        text = ini.read_text()
        assert old in text, f"{ini} has no {old!r}"
        ini.write_text(text.replace(old, new))

    def append(self, name, section, settings):
        """A section more in etc/<name>.ini; before the process is started."""
        self.spoilt = True
        with open(self.folder / "etc" / f"{name}.ini", "a", encoding="utf-8") as ini:
            ini.write("\n".join(["", f"[{section}]", *(f"{key} = {value}" for key, value
                                                      in settings.items()), ""]))

    # Operators

    def operate(self, tool, *arguments, text=None):
        """Runs an operators' tool with --json; returns what it printed, AssertionError when it failed."""
        done = self.run_tool(tool, "--json", *arguments, text=text)
        if done.returncode != 0:
            raise AssertionError(f"{tool} {' '.join(arguments)}: exit {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def run_tool(self, tool, *arguments, text=None, crash_at=None):
        """crash_at: a crash point's name; the process kills itself there."""
        environment = {**os.environ, **({"TW_CRASH_AT": crash_at} if crash_at else {})}
        return subprocess.run([paths.binary(tool), "--config", self.folder / "etc" / f"{tool}.ini",
                               *arguments], env=environment,
                              input=text or "", capture_output=True, text=True, check=False)


class Network(Site):
    """identity: bank, name and iin (options of network.sh) of a bank that is not the only one.
    join: the Network whose root it shares. banks.Banks puts such networks together."""

    def __init__(self, bank_servers=1, middlewares=1, terminals=2, cards=2,
                 balance=OPENING_BALANCE, card_limits=(10_000_000_00, 1000),
                 proxied_banks=False, identity=None, join=None):
        super().__init__()
        self.shape = {"servers": bank_servers, "middlewares": middlewares, "terminals": terminals}
        self.identity_options = dict(identity or {})
        self.join = join
        self.card_count = cards
        self.balance = balance
        self.card_limits = card_limits
        self.proxied_banks = proxied_banks
        self.cards = []
        self.bank_servers, self.middlewares = [], []
        self._proxies = []
        self.bank_proxies = []  # with proxied_banks: between all middlewares and each bank server

    # Life

    def prepare(self):
        """Folder, database and customers; no daemon runs yet."""
        self._create()
        self._make_customers()

    def _create(self):
        wishes = {**self.shape, **self.identity_options}
        if self.join is not None:
            wishes["join"] = self.join.folder
        options = [part for name, value in wishes.items() for part in (f"--{name}", str(value))]
        self._make_folder(*options)
        self.bank_code = self.environment["BANK_CODE"]
        self.iin = self.environment["BANK_IIN"]
        self.bank_servers = [self._daemon("bank-server", number + 1)
                             for number in range(self.shape["servers"])]
        self.middlewares = [self._daemon("middleware", number + 1)
                            for number in range(self.shape["middlewares"])]
        self.terminal_ids = [f"{17 + number:08}" for number in range(self.shape["terminals"])]
        self._stans = {name: itertools.count(1) for name in self.terminal_ids}
        self.pins = PinBlocks(self.root, self.root.parent / "crl.pem", self.bank_code,
                              self.folder / "secrets" / "pin-cert.pem", self.iin)
        self._closers.callback(self.pins.close)
        if self.proxied_banks:
            self._put_proxies()

    def proxy(self, daemon):
        """A proxy in front of a daemon, on the network's own address."""
        proxy = Proxy(daemon.address, self.environment["TW_ADDRESS"])
        self._closers.callback(proxy.close)
        self._proxies.append(proxy)
        return proxy

    def _put_proxies(self):
        for server in self.bank_servers:
            proxy = self.proxy(server)
            self.bank_proxies.append(proxy)
            for middleware in self.middlewares:
                self.edit(middleware.name, f" {server.address}\n", f" {proxy.address}\n")

    def heal(self):
        """After any fault: links work, PostgreSQL and every daemon run and are ready."""
        for proxy in self._proxies:
            proxy.release()
        super().heal()

    def daemons(self):
        return self.bank_servers + self.middlewares

    # Operators

    def bankctl(self, *arguments, text=None):
        return self.operate("bankctl", *arguments, text=text)

    def run_bankctl(self, *arguments, text=None, crash_at=None):
        return self.run_tool("bankctl", *arguments, text=text, crash_at=crash_at)

    def audit(self):
        """All invariants of the bank and the hash chain; AssertionError with the report."""
        self.bankctl("audit")

    def books(self):
        return books.dump(self.postgres.query)

    # Customers

    def _make_customers(self):
        for number in range(self.card_count):
            self.cards.append(self.new_customer(f"Customer {number + 1}"))

    def new_customer(self, name, balance=None, pin=TEST_PIN, **card):
        """A customer with one account and one card for it."""
        customer = self.bankctl("customer", "create", "--name", name)["customer"]
        account = self.new_account(customer, self.balance if balance is None else balance)
        return self.new_card(customer, [account], pin, **card)

    def new_account(self, customer, balance=0):
        """Its IBAN."""
        account = self.bankctl("account", "open", "--customer", str(customer))["iban"]
        if balance:
            self.bankctl("account", "deposit", account, _decimal(balance))
        return account

    def new_card(self, customer, accounts, pin=TEST_PIN, limits=None, expiry=None):
        """limits: most cash (minor units) and most withdrawals per day."""
        amount, count = limits or self.card_limits
        options = ["--expiry", expiry] if expiry else []
        issued = self.bankctl("card", "issue", "--customer", str(customer),
                              "--accounts", ",".join(accounts), "--pin-stdin",
                              "--daily-limit", _decimal(amount), "--daily-count", str(count),
                              *options, text=pin + "\n")
        return Card(issued["pan"], issued["expiry"], pin, accounts)

    def customer_of(self, card):
        return int(self.postgres.query("SELECT customer_id FROM bank.account "
                                       f"WHERE account_id = {account_number(card.accounts[0])}"))

    # Terminals

    def identity(self, folder):
        return Identity(self.folder / "pki" / folder, self.root)

    def host(self, number, history=None, addresses=None, timeout=15.0):
        """A signed-on terminal for requests by hand."""
        name = self.terminal_ids[number]
        terminal = HostTerminal(name, addresses or [one.address for one in self.middlewares],
                                self.identity(f"terminal-{self.bank_code}-{name}"), self.pins,
                                history, timeout, self._stans[name])
        self._closers.callback(terminal.close)
        terminal.sign_on()
        return terminal

    def machine(self, number, **options):
        """The real terminal with a new journal."""
        return Machine(self, self.terminal_ids[number], **options)

    def history(self, name="history"):
        history = History(self.folder / "log" / f"{name}.jsonl")
        self._closers.callback(history.close)
        return history


def end_left():
    """Fails when a child of this process is left over; ends it first."""
    left = processes.children()
    for pid in left:
        processes.end(pid)
    assert not left, f"processes outlived their networks: {left}"


def log_tails(folder, lines=15):
    """The last lines of every log of a network, each under its name."""
    tails = []
    for path in sorted((folder / "log").glob("*.log")):
        last = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        tails += [f"# {path.name}:", *(f"#   {line}" for line in last)]
    return "\n".join(tails)


def iban(bank_code, account):
    """German structure with its check digits (ISO 13616): DE = 1314."""
    check = 98 - int(f"{bank_code}{account:010}131400") % 97
    return f"DE{check:02}{bank_code}{account:010}"


def _decimal(amount_minor):
    return f"{amount_minor // 100}.{amount_minor % 100:02}"
