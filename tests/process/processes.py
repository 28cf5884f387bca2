"""Child processes that a test starts, stops in every way it can think of, and never leaves behind.

The test process is made a child subreaper (prctl(2)): when a daemon dies, its children become ours
instead of init's, so that `stray_children` sees everything that outlived its parent, a killed
postmaster's backends too. Processes are ended by pid only.
"""

import ctypes
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

_PR_SET_CHILD_SUBREAPER = 36
READY_SECONDS = 20.0
POLL_SECONDS = 0.02


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def wait_until(condition, what, seconds=READY_SECONDS):
    """Polls until condition() is true and returns its value; AssertionError after `seconds`.
    `what` may be a function, called only on failure. A condition that takes long, like one that
    asks a program, is asked less often: what is waited for needs the processor more."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now >= deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(max(POLL_SECONDS, 2 * (now - began)))


def children():
    """{pid: command name} of our living children; zombies are reaped on the way."""
    own = os.getpid()
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                head, _, tail = stat.read().rpartition(")")
        except OSError:
            continue
        state, parent = tail.split()[:2]
        if int(parent) == own and state != "Z":
            found[int(name)] = head.partition("(")[2]
    return found


def end(pid, seconds=5.0):
    """SIGKILL and reap one child."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return
        except ChildProcessError:
            return
        time.sleep(POLL_SECONDS)


class Daemon:
    """One program under test: started with its own environment and log, killed and restarted."""

    def __init__(self, name, argv, log_path, ready_address=None):
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log_path = log_path
        self.ready_address = ready_address
        self.armed = False  # will kill itself at a crash point
        self._child = None

    @property
    def pid(self):
        return self._child.pid if self._child else None

    @property
    def alive(self):
        return self._child is not None and self._child.poll() is None

    def start(self, crash_at=None, wait=True, environment=None):
        """crash_at: a crash point's name, or name:N; the process kills itself there."""
        assert not self.alive, f"{self.name} runs already"
        variables = dict(os.environ, **(environment or {}))
        variables.pop("TW_CRASH_AT", None)
        self.armed = crash_at is not None
        if crash_at:
            variables["TW_CRASH_AT"] = crash_at
        with open(self.log_path, "ab") as log:
            self._child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log, env=variables, start_new_session=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def check():
            if not self.alive:
                raise AssertionError(f"{self.name} ended with {self._child.returncode} before it "
                                     f"was ready:\n{self.log_tail()}")
            return self.ready()

        wait_until(check, lambda: f"{self.name} is ready:\n{self.log_tail()}")

    def ready(self):
        """Asks /readyz; False while nobody answers or the answer is not 200."""
        try:
            with urllib.request.urlopen(f"http://{self.ready_address}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.ready_address}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def signal(self, number):
        os.kill(self._child.pid, number)

    def kill(self):
        """SIGKILL and reap; fine when it is dead already."""
        if self._child is None:
            return
        if self.alive:
            self.signal(signal.SIGKILL)
        self._child.wait(10)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def terminate(self, seconds=15.0):
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self._child.wait(seconds)

    def wait_death(self, seconds=20.0):
        """Waits for it to end by itself, as at a crash point; returns the return code."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} is still alive after {seconds} s") from None

    def heal(self):
        """Whatever happened to it: it runs, and nothing is going to happen. Not yet ready."""
        if self.alive and not self.armed:
            self.thaw()
        else:
            self.restart(wait=False)

    def restart(self, **options):
        self.kill()
        return self.start(**options)

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def log_tail(self, lines=15):
        return "\n".join(self.log().splitlines()[-lines:])
