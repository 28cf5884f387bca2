"""The network's settlement agent as a site of its own, and banks played by the test.

    with Agent(processes=2) as agent:              # under a root of its own
        alder, birch = (agent.bank(code) for code in ("90000001", "90000002"))
        agent.settlectl("window", "cut-over")
        alder.submit(1, {birch: (5_00, 0)})        # Birch owes 5.00
        birch.submit(1, {alder: (0, 5_00)})
        agent.wait_final(1)

A played bank signs with its own key by the openssl command line, and reads results with its own
code: nothing here shares code with the agent.
"""

import base64
import json
import subprocess
import tempfile
import uuid
from pathlib import Path

from harness import Site
from pki import Authority
from processes import wait_until
from wire import Identity, Lost, RpcClient, RpcError

CURRENCY = "EUR"
FINAL = ("SETTLED", "FAILED")


class Agent(Site):
    """join: the Network whose root it shares; None: a root of its own, for played banks. settings:
    [settlement] of all processes."""

    database = "settlement"

    def __init__(self, processes=1, join=None, settings=None):
        super().__init__()
        self._count = processes
        self._join = join
        self._home = None  # of the root, when it is this site's own
        self._settings = {"retries": 2, "retry_ms": 100, **(settings or {})}
        self.processes = []
        self.authority = None
        self._banks = {}

    def prepare(self):
        """Folder and database; no daemon runs yet."""
        home = self._join.folder if self._join else self._make_root()
        self._make_folder("--agent", "--join", str(home), "--servers", str(self._count))
        self.authority = Authority((home / "pki").resolve())
        self.processes = [self._daemon("settlement-agent", number + 1)
                          for number in range(self._count)]
        for daemon in self.processes:
            ini = self.folder / "etc" / f"{daemon.name}.ini"
            text = ini.read_text()
            start = text.index("[settlement]")
            end = text.index("\n[", start)
            section = "\n".join(["[settlement]", *(f"{key} = {value}" for key, value
                                                   in self._settings.items()), ""])
            ini.write_text(text[:start] + section + text[end:])

    def _make_root(self):
        self._home = tempfile.TemporaryDirectory(prefix="tw-test-")
        home = Path(self._home.name)
        Authority(home / "pki")("init")
        (home / "created").touch()
        return home

    def end(self):
        """The root goes last: destroying the site takes its certificate out of it."""
        try:
            super().end()
        finally:
            if self._home is not None:
                self._home.cleanup()

    def daemons(self):
        return self.processes

    # Operators

    def settlectl(self, *arguments):
        return self.operate("settlectl", *arguments)

    def run_settlectl(self, *arguments):
        return self.run_tool("settlectl", *arguments)

    def audit(self):
        self.settlectl("audit")

    def bank(self, code, name=None, reserve=0, prefunding=0, register=True):
        """A played bank, a participant unless told otherwise."""
        folder = self.authority.holder("bank", code)
        if not folder.exists():
            self.authority.issue("bank", code)
        bank = Bank(self, code, folder)
        self._closers.callback(bank.close)
        if register:
            self.settlectl("participant", "add", code, "--name", name or f"Bank {code[-1]}",
                           "--currency", CURRENCY)
        if reserve:
            self.settlectl("participant", "fund", code, decimal(reserve))
        if prefunding:
            self.settlectl("participant", "prefund", code, decimal(prefunding))
        return bank

    def known_bank(self, code):
        """The participant of this code, who is admitted when there is none."""
        if code not in self._banks:
            self._banks[code] = self.bank(code)
        return self._banks[code]

    def played(self, bank):
        """The same bank with connections of its own, for another thread."""
        twin = Bank(self, bank.code, bank.folder)
        self._closers.callback(twin.close)
        return twin

    def cut_over(self):
        """Closes the open window; its number."""
        return self.settlectl("window", "cut-over")["window"] - 1

    def window(self, number):
        return self.settlectl("window", "show", str(number))

    def state(self, number):
        return self.postgres.query("SELECT state FROM agent.settlement_window"
                                   f" WHERE window_no = {number}").strip()

    def participant(self, bank):
        return next(one for one in self.settlectl("participant", "list") if one["bank"] == bank.code)

    def wait_state(self, number, *states, seconds=20.0):
        return wait_until(lambda: self.state(number) in states,
                          lambda: f"window {number} is {states}: {self.window(number)}", seconds)

    def wait_final(self, number):
        self.wait_state(number, *FINAL)

    def balances(self):
        """{account: minor units}"""
        rows = self.postgres.query("SELECT account_id, balance_minor FROM agent.account")
        return {account: int(balance) for account, balance
                in (row.split("|") for row in rows.splitlines())}


class Bank:
    """A bank as the agent sees it."""

    def __init__(self, agent, code, folder):
        self.agent = agent
        self.code = code
        self.folder = folder
        self.identity = Identity(folder, agent.root)
        self._clients = {}

    def __repr__(self):
        return self.code

    def close(self):
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def call(self, method, process=0, **params):
        """process: which of the agent's processes is asked."""
        daemon = self.agent.processes[process]
        request = {"txid": str(uuid.uuid4()), **params}
        client = self._clients.get(daemon.address)
        if client is None:
            client = self._clients[daemon.address] = RpcClient(daemon.address, self.identity)
            return client.call(method, request)
        try:
            return client.call(method, request)
        except Lost:  # perhaps it was restarted since the last call
            return client.call(method, request)

    def ask_until(self, ask, seconds=30.0):
        """As a bank does: asks again while nobody answers, or nothing is decided."""
        def try_once():
            try:
                return ask()
            except (Lost, RpcError) as error:
                if isinstance(error, RpcError) and not error.retryable:
                    raise
                return None

        return wait_until(try_once, "the agent answers", seconds)

    # Statements

    def positions(self, window, positions, revision=1, **changed):
        """positions: {peer: (debit, credit) or (debit, credit, breaks)}, minor units; one item for
        each amount that is not zero. changed: members that shall be otherwise."""
        listed = []
        for peer, (debit, credit, *breaks) in positions.items():
            listed.append({"peer": peer.code if isinstance(peer, Bank) else peer,
                           "debit_count": int(debit != 0), "debit_amount": debit,
                           "credit_count": int(credit != 0), "credit_amount": credit,
                           "breaks": breaks[0] if breaks else 0})
        net = sum(one["debit_amount"] - one["credit_amount"] for one in listed)
        return {"bank": self.code, "window_no": window, "currency": CURRENCY, "revision": revision,
                "net": net, "positions": listed, **changed}

    def submit(self, window, positions, revision=1, process=0, **changed):
        return self.send(window, self.sign(self.positions(window, positions, revision, **changed)),
                         process=process)

    def send(self, window, statement, certificate=None, process=0):
        """A signed statement as it is."""
        return self.call("settlement.submit", process, window_no=window, statement=statement,
                         certificate=certificate or self.certificate)

    @property
    def certificate(self):
        return (self.folder / "cert.pem").read_text()

    def sign(self, payload, kind="tellerwire-positions", algorithm="ES256"):
        return jws(self.folder / "key.pem", payload, kind, algorithm)

    def status(self, window, process=0):
        return self.call("settlement.status", process, window_no=window)

    def account(self, process=0):
        return self.call("settlement.account", process)

    def finality(self, window, process=0):
        """The verified result; the raw text too, as `text`."""
        answer = self.status(window, process)
        assert "finality" in answer, answer
        payload = open_jws(answer["finality"], answer["certificate"], "tellerwire-finality")
        payload["text"] = answer["finality"]
        return payload


def decimal(amount_minor):
    return f"{amount_minor // 100}.{amount_minor % 100:02}"


# JWS, compact serialization (RFC 7515) with ES256 (RFC 7518, 3.4)

def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jws(key, payload, kind, algorithm="ES256"):
    header = json.dumps({"alg": algorithm, "typ": kind}, separators=(",", ":"))
    signed = f"{encode(header.encode())}.{encode(json.dumps(payload, separators=(',', ':')).encode())}"
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed.encode(),
                         capture_output=True, check=True).stdout
    return f"{signed}.{encode(raw_of_der(der))}"


def open_jws(text, certificate, kind):
    """The payload, once `openssl` has verified it with the certificate's key."""
    signed, _, signature = text.rpartition(".")
    header, payload = (json.loads(decode(part)) for part in signed.split("."))
    assert header == {"alg": "ES256", "typ": kind}, header
    with tempfile.TemporaryDirectory(prefix="tw-jws-") as name:
        folder = Path(name)
        public = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=certificate.encode(),
                                capture_output=True, check=True).stdout
        (folder / "public.pem").write_bytes(public)
        (folder / "signature").write_bytes(der_of_raw(decode(signature)))
        subprocess.run(["openssl", "dgst", "-sha256", "-verify", folder / "public.pem", "-signature",
                        folder / "signature"], input=signed.encode(), capture_output=True, check=True)
    return payload


def raw_of_der(der):
    """SEQUENCE of two INTEGERs -> r || s, 32 bytes each."""
    at, numbers = 2, []
    for _ in range(2):
        assert der[at] == 2
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big"))
        at += 2 + length
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def der_of_raw(raw):
    parts = b""
    for half in (raw[:32], raw[32:]):
        number = half.lstrip(b"\0") or b"\0"
        number = b"\0" + number if number[0] & 0x80 else number
        parts += bytes([2, len(number)]) + number
    return bytes([0x30, len(parts)]) + parts


def tampered(statement, **changed):
    """The statement with another payload under its old signature."""
    header, payload, signature = statement.split(".")
    content = {**json.loads(decode(payload)), **changed}
    return f"{header}.{encode(json.dumps(content, separators=(',', ':')).encode())}.{signature}"
