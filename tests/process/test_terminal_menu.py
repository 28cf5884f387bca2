"""The menu on a pseudo-terminal: what the screen shows, and that the terminal goes on working."""

import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

import paths
from case import NetworkCase
from machine import NO_MARGIN
from processes import wait_until
from proxy import DOWN

SECONDS = 20.0


class Screen:
    """atm-client's menu; everything it ever showed is in `seen`."""

    def __init__(self, machine, *options):
        self._ours, theirs = pty.openpty()
        self._child = subprocess.Popen(
            [paths.binary("atm-client"), "--config", machine.ini, "menu", *options],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.seen = ""
        self._read_to = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._child.poll() is None:
            os.kill(self._child.pid, signal.SIGTERM)
        self._child.wait(SECONDS)
        os.close(self._ours)

    def wait(self, pattern):
        """Until something matching is shown after what was waited for before."""
        until = time.monotonic() + SECONDS
        while True:
            found = re.search(pattern, self.seen[self._read_to:])
            if found:
                self._read_to += found.end()
                return found
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._ours], [], [], left)[0]:
                raise AssertionError(f"{pattern!r} is not shown:\n{self.seen}")
            try:
                self.seen += os.read(self._ours, 4096).decode()
            except OSError as error:  # the other side has gone
                raise AssertionError(f"ended before {pattern!r}:\n{self.seen}") from error

    def type(self, prompt, text):
        self.wait(prompt)
        os.write(self._ours, (text + "\n").encode())

    def end(self):
        self.wait("Good-bye")
        return self._child.wait(SECONDS)


class Menu(NetworkCase):
    shape = {"terminals": 2, "cards": 0}

    def setUp(self):
        self.card = self.network.new_customer("Someone", balance=300_00)

    def machine(self, number):
        machine = self.network.machine(number, limits=NO_MARGIN)
        machine.fill()
        return machine

    def insert(self, screen):
        screen.type("> ", "c")
        screen.type("Card number: ", self.card.pan)
        screen.type("Expiry.*: ", self.card.expiry)
        screen.type("PIN: ", self.card.pin)
        screen.wait("card back")

    def leave(self, screen):
        screen.type("> ", "0")
        screen.type("leave\r?\n> ", "q")
        self.assertEqual(screen.end(), 0)

    def test_card_number_is_not_shown(self):
        with Screen(self.machine(0)) as screen:
            self.insert(screen)
            screen.type("> ", "1")
            screen.type("take your cash.*] ", "")
            screen.wait(r"approved \(00\)")
            self.leave(screen)
            self.assertIn(f"ending in {self.card.pan[-4:]}", screen.seen)
            self.assertNotIn(self.card.pan, screen.seen)
            self.assertNotIn(self.card.pan[8:-4] + self.card.pan[-4:], screen.seen)
            self.assertNotIn(self.card.pin + "\r", screen.seen)

    def test_host_is_heard_while_the_customer_looks_at_the_menu(self):
        machine = self.machine(1)
        proxy = self.network.proxy(self.network.middlewares[0])
        machine.use_middlewares([proxy.address])
        with Screen(machine) as screen:
            self.insert(screen)
            screen.type("> ", "1")
            screen.wait("take your cash.*] ")
            proxy.hold(DOWN)
            screen.type("", "")
            screen.wait("card back")
            self.assertEqual(len(unheard(machine)), 1)
            proxy.release()
            wait_until(lambda: not unheard(machine), "the acknowledgement is heard")
            self.leave(screen)


def unheard(machine):
    return machine.journal("SELECT id FROM advice WHERE rc IS NULL")


if __name__ == "__main__":
    unittest.main()
