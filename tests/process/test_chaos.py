"""Faults drawn at random, one upon the other, while customers use the network. The seed and the
faults are in the message of a failure; TW_SEED repeats them."""

import random
import unittest

import checker
import crash_points
from case import SEED, LoadCase

STEPS = 14
SECONDS = 45  # for some operations to get through after each fault


class Chaos(LoadCase):
    weight = 5
    timeout = 4.0

    def setUp(self):
        self.random = random.Random(f"{SEED}/{self.id()}")
        self.done = []

    def test_random_faults(self):
        history = self.network.history("chaos")
        baseline = self.network.books()
        with self.load(history) as load:
            for _ in range(STEPS):
                fault = self.random.choice(self.FAULTS)
                self.done.append(fault.__name__)
                fault(self)
                if self.random.random() < 0.6:
                    self.heal()
                self.wait_done(load)
        self.network.heal()
        findings = checker.check(history.events(), self.network.books(), baseline)
        self.assertEqual([str(finding) for finding in findings], [],
                         f"seed {SEED}, faults {self.done}")

    def wait_done(self, load):
        try:
            load.wait_done(5, SECONDS)
        except AssertionError as failure:
            raise AssertionError(f"seed {SEED}, faults {self.done}: {failure}") from failure

    def one_of(self, daemons):
        """One of several equal processes; the others are healthy before anything happens to it."""
        chosen = self.random.choice(daemons)
        for daemon in daemons:
            if daemon is not chosen:
                daemon.heal()
                daemon.wait_ready()
        return chosen

    def heal(self):
        self.done.append("heal")
        self.network.heal()

    def kill_bank_server(self):
        self.one_of(self.network.bank_servers).kill()

    def crash_bank_server(self):
        point = self.random.choice(crash_points.names("bank"))
        server = self.one_of(self.network.bank_servers)
        server.restart(crash_at=f"{point}:{self.random.randint(1, 10)}", wait=False)

    def freeze_bank_server(self):
        server = self.one_of(self.network.bank_servers)
        server.heal()
        server.freeze()

    def kill_middleware(self):
        self.one_of(self.network.middlewares).kill()

    def crash_middleware(self):
        point = self.random.choice(crash_points.names("mw"))
        middleware = self.one_of(self.network.middlewares)
        middleware.restart(crash_at=f"{point}:{self.random.randint(1, 10)}", wait=False)

    def freeze_middleware(self):
        middleware = self.one_of(self.network.middlewares)
        middleware.heal()
        middleware.freeze()

    def terminate_backends(self):
        self.network.postgres.terminate_backends()

    def kill_backend(self):
        backends = self.network.postgres.backends()
        if backends:
            self.network.postgres.kill_backend(self.random.choice(backends))
            self.network.postgres.wait_accepts()

    def kill_postmaster(self):
        self.network.postgres.kill_postmaster()
        self.network.postgres.start()

    FAULTS = (kill_bank_server, crash_bank_server, freeze_bank_server, kill_middleware,
              crash_middleware, freeze_middleware, terminate_backends, kill_backend,
              kill_postmaster)


if __name__ == "__main__":
    unittest.main()
