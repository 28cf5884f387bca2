"""The load generator as a process that stays: its terminals are connected once, and then measured as
often as one likes. Commands and results are lines of JSON (loadgen/commands.h)."""

import json
import subprocess
from itertools import count

from network import BIN, Failed

_seeds = count(1)


class Payees:
    """Accounts that are paid: all that a bank was loaded with."""

    def __init__(self, bank):
        self.members = {"bank": int(bank.code), "first_account": bank.first_account,
                        "count": bank.accounts}


class Load:
    """Terminals of home, with customers of issuer (None: they only sign on), through home's
    middlewares or through the proxy at another address."""

    def __init__(self, home, issuer, first_terminal, terminals, first_card=1, proxy=None):
        self.terminals = terminals
        self.first_terminal = first_terminal
        self._errors = home.folder / f"loadgen-{first_terminal}.err"
        addresses = [proxy] if proxy else home.middlewares()
        command = [BIN / "loadgen", "--pki", home.folder / "pki", "--bank", home.code,
                   "--terminals", terminals, "--first-terminal", first_terminal,
                   "--first-card", first_card, "--seed", next(_seeds)]
        command += [option for address in addresses for option in ("--connect", address)]
        command += ["--proxied"] if proxy else []
        if issuer:
            command += ["--issuer", issuer.code, "--cards", issuer.cards, "--pin-certificate",
                        issuer.folder / "secrets" / "pin-cert.pem"]
        with self._errors.open("w") as errors:
            # It outlives this function: stop() ends it.
            # pylint: disable-next=consider-using-with
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True)

    def _read(self):
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise Failed(f"loadgen ended with {self._process.returncode}: "
                         f"{self._errors.read_text().strip()[-2000:]}")
        return json.loads(line)

    def ready(self):
        """All terminals are signed on, and their customers have sessions."""
        self._read()
        return self

    def tell(self, **command):
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()

    def measure(self, mix, seconds, warm_up=1.0, payees=None, **more):
        """One run in which everything is approved."""
        more = {name: value for name, value in more.items() if value is not None}
        if payees:
            more["payees"] = payees.members
        found = self.tell(do="measure", mix=mix, warm_up_ms=round(warm_up * 1000),
                          measured_ms=round(seconds * 1000), **more)
        if found["errors"] or found["pending"] or set(found["by_rc"]) != {"00"}:
            raise Failed(f"not every operation of the load was approved: {found}")
        return {**found, "terminals": more.get("terminals", self.terminals)}

    def storm_begins(self, payees):
        """Transfers, from now on until every connection was lost and is there again."""
        self.tell(do="storm", mix="transfer", payees=payees.members)

    def storm_ends(self):
        return self._read()

    def stop(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process.stdout.close()
        if self._process.returncode != 0:
            raise Failed(f"loadgen ended with {self._process.returncode}: "
                         f"{self._errors.read_text().strip()[-2000:]}")

    def kill(self):
        """For ends that are not good ones anyway."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
