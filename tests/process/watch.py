"""What every user of the machine can read of the processes of a test: arguments and environments.

    with Watch() as watch:
        child = subprocess.Popen([..., "--pin-stdin"], stdin=subprocess.PIPE)
        watch.wait_for(child.pid, "bankctl")
        child.communicate(...)
    watch.seen    # all that was there to be read, as bytes

What the test itself starts is noted when it starts (PEP 578), so a command that ends at once is not
missed. For the rest a thread looks again and again, at this process and all that descend from it.
wait_for() is for a process that must have been seen at work before it is told a secret.
"""

import os
import sys
import threading
from pathlib import Path

from processes import wait_until

LOOK_SECONDS = 0.01

_watches = set()  # those that want to know of every start


def _note_start(event, arguments):
    if event == "subprocess.Popen":
        _, command, _, environment = arguments
        for watch in _watches:
            watch.note(command, environment or {})


sys.addaudithook(_note_start)  # for good: there is no way to remove one


class Watch:
    def __init__(self):
        self.seen = set()
        self._commands = {}  # the latest arguments by pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        _watches.add(self)
        self._thread.start()
        return self

    def __exit__(self, *_):
        _watches.discard(self)
        self._stop.set()
        self._thread.join()

    def note(self, command, environment):
        """A process is about to start with these."""
        words = [command] if isinstance(command, (str, bytes, os.PathLike)) else command
        self.seen.add(b"\0".join(os.fsencode(word) for word in words))
        self.seen.update(os.fsencode(value) for value in environment.values())

    def wait_for(self, pid, program):
        """Until the arguments of this process were seen; program: the end of its name."""
        def running():
            name = self._commands.get(pid, b"").split(b"\0")[0]
            return name.endswith(program.encode())

        wait_until(running, f"{program}, process {pid}, is seen")

    def _run(self):
        while not self._stop.wait(LOOK_SECONDS):
            for pid in descendants(os.getpid()):
                self._look(pid)

    def _look(self, pid):
        for name in ("environ", "cmdline"):
            try:
                text = Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                return
            self.seen.add(text)
        self._commands[pid] = text


def descendants(top):
    """This process and all below it."""
    children = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            continue
        parent = int(stat.rpartition(b")")[2].split()[1])
        children.setdefault(parent, []).append(int(pid))
    found = [top]
    for pid in found:
        found += children.get(pid, [])
    return found
