"""A cash machine on a real terminal: atm-client's full screen under tmux, keys sent, screens read.

A screen is waited for, never slept for. Golden screens are text files in tests/process/screens/:
what differs from run to run (dates, numbers that the network gives out) is replaced by letters
first, so that they stay readable. TW_UPDATE_SCREENS=1 writes them anew; look at the difference.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import paths

SECONDS = 30.0
GOLDEN = Path(__file__).resolve().parent / "screens"
VARYING = (
    (r"\d{4}-\d\d-\d\d", "YYYY-MM-DD"),
    (r"DE\d{20}", "DExxBBBBBBBBAAAAAAAAAA"),
    (r"[0-9a-f]{8}-[0-9a-f-]{27}", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
    (r"(STAN +)\d{6}", r"\1nnnnnn"),
    (r"(Reference +)\d{12}", r"\1nnnnnnnnnnnn"),
    (r"(Authorization +)\w{6}", r"\1nnnnnn"),
    (r"\d{8}\*+\d{4}", "IIIIIIII****NNNN"),
    (r"\b0000\d{4}\b", "TTTTTTTT"),
    (r"\b\d+ seconds left", "NN seconds left"),
)


def without_varying(text):
    for pattern, letters in VARYING:
        text = re.sub(pattern, letters, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


class Screen:
    """with Screen(machine) as screen: ...; the machine's process ends with it."""

    def __init__(self, machine, columns=80, rows=24, environment=None, record=None):
        self._folder = tempfile.mkdtemp(prefix="tw-screen-")
        self._socket = f"{self._folder}/tmux"
        self._size = (columns, rows)
        program = " ".join(
            ["env -u TMUX", *(f"{name}={shlex.quote(value)}"
                              for name, value in (environment or {}).items()),
             shlex.quote(str(paths.binary("atm-client"))), "--config",
             shlex.quote(str(machine.ini)), "screen",
             *(["--record", shlex.quote(str(record))] if record else [])])
        # tmux knows how a pane ended, but not always.
        self._command = f"{program}; echo $? >{self._folder}/ended"
        with open(f"{self._folder}/conf", "w", encoding="utf-8") as conf:
            conf.write("set -g remain-on-exit on\nset -s escape-time 0\nset -g status off\n"
                       "set -g default-terminal screen-256color\n")

    def __enter__(self):
        columns, rows = self._size
        self._tmux("-u", "-f", f"{self._folder}/conf", "new-session", "-d", "-x", str(columns),
                   "-y", str(rows), self._command)
        return self

    def __exit__(self, *_):
        self._tmux("kill-server")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tmux(self, *arguments):
        # A server that inherits our pipes would keep them open.
        done = subprocess.run(["tmux", "-S", self._socket, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode != 0:
            raise AssertionError(f"tmux {arguments[0]}: {done.stderr}")
        return done.stdout

    @property
    def text(self):
        return self._tmux("capture-pane", "-p")

    def wait(self, *wanted, without=()):
        """Until all of these texts are on the screen, and none of the others."""
        until = time.monotonic() + SECONDS
        while True:
            shown = self.text
            if all(one in shown for one in wanted) and not any(one in shown for one in without):
                return shown
            if time.monotonic() > until:
                raise AssertionError(f"{wanted} without {without} is not shown:\n{shown}")
            time.sleep(0.02)  # tmux has no event for it

    def keys(self, *keys):
        """Names of tmux: Enter, Escape, F10, C-t, or characters."""
        self._tmux("send-keys", *keys)

    def paste(self, text):
        """Raw bytes, as a terminal sends them when somebody pastes."""
        self._tmux("send-keys", "-l", text)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def pid(self):
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])

    def end(self):
        """Waits for the program's end; its exit code, or 128 and the signal."""
        until = time.monotonic() + SECONDS
        ended = Path(f"{self._folder}/ended")
        while not (ended.exists() and ended.read_text().endswith("\n")):
            assert time.monotonic() < until, f"it does not end:\n{self.text}"
            time.sleep(0.02)
        return int(ended.read_text())

    def differs_from(self, name):
        """None when the screen is the golden one; else both."""
        shown = without_varying(self.text)
        golden = GOLDEN / f"{name}.txt"
        if os.environ.get("TW_UPDATE_SCREENS") == "1":
            golden.write_text(shown, encoding="utf-8")
        wanted = golden.read_text(encoding="utf-8") if golden.exists() else "(there is none)\n"
        return None if shown == wanted else f"{name} is\n{shown}and was to be\n{wanted}"
