"""The real terminal: atm-client with a journal and a simulated world of its own.

Every play() is one life of the process: it powers up, does its steps and ends, or dies at a crash
point. The journal (SQLite) and the world file outlive it. The world says where every note really
is; the invariants compare it with what the journal and the bank believe.
"""

import contextlib
import json
import os
import sqlite3
import subprocess

import paths

FULL = {1: 20, 2: 50}  # notes per cassette: 20 x 50.00 and 50 x 20.00, as network.sh fits them
NO_MARGIN = {"taken_ms": 200, "answer_ms": 5000, "advice_ms": 2000}


class Machine:
    def __init__(self, network, terminal_id, limits=None, middlewares=None):
        self.network = network
        self.terminal_id = terminal_id
        self.ini = network.folder / "etc" / f"atm-{terminal_id}.ini"
        self.journal_file = network.folder / "journal" / f"{terminal_id}.db"
        self.exit_code = None
        if limits:
            self._append("limits", [f"{name} = {value}" for name, value in limits.items()])
        if middlewares:
            self.use_middlewares(middlewares)

    def _append(self, section, lines):
        with open(self.ini, "a", encoding="utf-8") as ini:
            ini.write("\n".join(["", f"[{section}]", *lines, ""]))

    def use_middlewares(self, addresses):
        lines = [line for line in self.ini.read_text().splitlines()
                 if not line.startswith("middleware =")]
        place = lines.index("[network]") + 1
        lines[place:place] = [f"middleware = {address}" for address in addresses]
        self.ini.write_text("\n".join(lines) + "\n")

    # Doing

    def play(self, *steps, crash_at=None, may_die=False, seconds=60):
        """Plays steps in one life; returns their reports. With crash_at, or when its own fault may
        end it, fewer may come back."""
        environment = dict(os.environ)
        environment.pop("TW_CRASH_AT", None)
        if crash_at:
            environment["TW_CRASH_AT"] = crash_at
        done = subprocess.run(
            [paths.binary("atm-client"), "--config", self.ini, "script", "-"],
            input="".join(json.dumps(step) + "\n" for step in steps), env=environment,
            capture_output=True, text=True, timeout=seconds, check=False)
        self.exit_code = done.returncode
        if done.returncode in (2, 7) or (done.returncode < 0 and not (crash_at or may_die)):
            raise AssertionError(f"atm-client ended with {done.returncode}: {done.stderr}\n"
                                 f"{done.stdout}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def life(self):
        """A life whose steps are given one after the other, for faults between them."""
        return Life(self)

    def do(self, verb, **members):
        """One step in a life of its own; returns its report."""
        reports = self.play({"do": verb, **members})
        assert len(reports) == 1, f"{verb}: {reports}"
        return reports[0]

    def fill(self):
        """Signs on and puts notes in."""
        return self.play({"do": "sign-on"},
                         {"do": "replenish", "loads": [{"cassette": number, "notes": notes}
                                                       for number, notes in FULL.items()]})

    def settle(self):
        """A life without customers: what was left open is settled and the host knows of it."""
        return self.play({"do": "recover"}, {"do": "advices", "ms": 20000})

    # Looking

    def look(self, verb, *options):
        """One command that only looks, while the terminal may run elsewhere."""
        done = subprocess.run(
            [paths.binary("atm-client"), "--config", self.ini, verb, *options, "--json"],
            capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def status(self):
        return self.do("status")

    def world(self):
        """Read from the file, not asked of the terminal."""
        with open(f"{self.journal_file}.world", encoding="utf-8") as file:
            return json.load(file)

    def world_notes(self, cassette, count):
        """Somebody changes the number of notes in a cassette."""
        world = self.world()
        for one in world["cassettes"]:
            if one["number"] == cassette:
                one["notes"] = count
        with open(f"{self.journal_file}.world", "w", encoding="utf-8") as file:
            json.dump(world, file)

    def journal(self, sql):
        """Closed at once: a connection that waits for the garbage collector locks fleets out."""
        database = sqlite3.connect(f"file:{self.journal_file}?mode=ro", uri=True)
        with contextlib.closing(database):
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql)]

    def operations(self):
        return self.journal("SELECT * FROM operation ORDER BY rowid")


class Life:
    """with machine.life() as life: life.play(step(...)); ends with the process's end."""

    def __init__(self, machine):
        self._machine = machine

    def __enter__(self):
        self._child = subprocess.Popen(
            [paths.binary("atm-client"), "--config", self._machine.ini, "script", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self._child.kill()
        self._child.stdin.close()
        self._machine.exit_code = self._child.wait(60)
        self._child.stdout.close()

    @property
    def pid(self):
        return self._child.pid

    def begin(self, one):
        """Gives a step without waiting for its report."""
        self._child.stdin.write(json.dumps(one) + "\n")
        self._child.stdin.flush()

    def end(self):
        """The report of the step begun before."""
        line = self._child.stdout.readline()
        assert line, "atm-client ended before its report"
        return json.loads(line)

    def play(self, one):
        self.begin(one)
        return self.end()


def step(verb, card=None, **members):
    """A step for play(); with a card, its session is opened."""
    if card is not None:
        members.update(card=card.pan, expiry=card.expiry, pin=card.pin)
    return {"do": verb, **members}
