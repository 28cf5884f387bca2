"""Simulated time: a file that every process of a network adds to its clocks (TW_CLOCK_FILE)."""

import mmap
import os
import struct
import time

STEP_SECONDS = 0.5
STEP_REAL_SECONDS = 0.025


class Clock:
    """To be made before the processes that go by it."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)

    def for_children(self):
        """From now on every process that this one starts goes by it."""
        os.environ["TW_CLOCK_FILE"] = str(self.path)

    def jump(self, seconds):
        """At once, as after a machine slept: whatever was waited for is overdue."""
        ahead_us, = struct.unpack("q", self._map[:])
        self._map[:] = struct.pack("q", ahead_us + round(seconds * 1_000_000))

    def let_pass(self, seconds):
        """Twenty times as fast as real time, so that answers still come in time."""
        while seconds > 0:
            self.jump(min(seconds, STEP_SECONDS))
            seconds -= STEP_SECONDS
            time.sleep(STEP_REAL_SECONDS)
