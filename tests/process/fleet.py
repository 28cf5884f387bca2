"""A fleet of atm-client on a test's network: its start, its report, and T1 to T4 of all its terminals."""

import json
import os
import signal
import subprocess
from pathlib import Path

import cash
import paths
from machine import Machine

FIRST = 1001  # as interbank/network/fleet.sh numbers them


class Fleet:
    """others: Networks whose customers come too."""

    def __init__(self, network, terminals, others=()):
        self.network, self.terminals = network, terminals
        self.ini = network.folder / "etc" / "fleet.ini"
        self.folder = network.folder / "fleet"
        done = subprocess.run(
            [paths.NETWORK_SH, "fleet", network.folder, "--terminals", str(terminals),
             *(other.folder for other in others)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def profile(self, name="fleet", **sections):
        """A profile's file: profile(time={"duration_s": 10}, faults={...})."""
        file = self.network.folder / "etc" / f"{name}.profile.ini"
        lines = []
        for section, keys in sections.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items())]
        file.write_text("\n".join(lines) + "\n")
        return file

    def start(self, profile, terminals=None, **options):
        return Run(self, profile, terminals or self.terminals, **options)

    def machines(self):
        """Every terminal that has a journal."""
        return [Member(self, journal) for journal in sorted(self.folder.glob("*.db"))]

    def check(self):
        """Findings of T1 to T4 at all terminals."""
        books = self.network.books()
        return [f"{machine.terminal_id}: {finding}" for machine in self.machines()
                for finding in cash.check(machine, books)]


class Member(Machine):
    """A terminal of a fleet, looked at only."""

    def __init__(self, fleet, journal):
        super().__init__(fleet.network, journal.name.removesuffix(".db"))
        self.journal_file = journal

    def unfinished(self):
        return self.journal("SELECT txid FROM operation WHERE state IN "
                            f"({cash.REQUESTED}, {cash.INTENT})")


class Run:
    """One process; with fleet.start(profile) as run: run.wait_operations(50)."""

    def __init__(self, fleet, profile, terminals, files=None, more=()):
        self.report_file = Path(f"{fleet.folder}.json")
        self.report_file.unlink(missing_ok=True)
        command = [paths.binary("atm-client"), "fleet", "--config", fleet.ini, "--profile", profile,
                   "--terminals", str(terminals), "--json", self.report_file, *more]
        if files is not None:  # descriptors that it may have, at most
            command = ["/bin/sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *command]
        self.errors = ""
        self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._child.poll() is None:
            self.kill()

    def wait_line(self, wanted):
        """Reads progress until wanted(operations, terminals in service)."""
        for line in self._child.stderr:
            self.errors += line
            words = line.replace(",", "").split()
            if "operations" in words and wanted(int(words[words.index("operations") - 1]),
                                                int(words[words.index("in") - 1].split("/")[0])):
                return
        raise AssertionError(f"the fleet ended:\n{self.errors}")

    def signal(self, number=signal.SIGINT):
        os.kill(self._child.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._child.communicate()

    def end(self, seconds=120):
        """Waits for its end; the exit code."""
        self.output, errors = self._child.communicate(timeout=seconds)
        self.errors += errors
        return self._child.returncode

    @property
    def report(self):
        return json.loads(self.report_file.read_text())
