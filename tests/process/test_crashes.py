"""Daemons that die at every named point while customers use them: exactly once after restart."""

import unittest

from case import LoadCase, sweep


@sweep("bank")
class BankServerCrashes(LoadCase):
    weight = 5

    def sweep(self, point):
        def crash_each_server(load):
            for nth in (1, 4):
                for server in self.network.bank_servers:
                    server.restart(crash_at=f"{point}:{nth}", wait=False)
                    server.wait_death()
                    server.start()
                    load.wait_done(5)

        self.under_load(crash_each_server)

    def test_all_killed_at_once(self):
        def crash_all(load):
            for server in self.network.bank_servers:
                server.kill()
            for server in self.network.bank_servers:
                server.start()
            load.wait_done(20)

        self.under_load(crash_all)

    def test_scenario_40_one_of_two_killed_under_load(self):
        def kill_one(load):
            self.network.bank_servers[0].kill()
            load.wait_done(100)

        self.under_load(kill_one)


@sweep("mw")
class MiddlewareCrashes(LoadCase):
    weight = 3

    def sweep(self, point):
        def crash_each(load):
            for nth in (1, 6):
                for armed, other in self.pairs():
                    armed.restart(crash_at=f"{point}:{nth}", wait=False)
                    other.kill()  # leaves all terminals to the armed one
                    armed.wait_death()
                    other.start()
                    armed.start()
                    load.wait_done(5)

        self.under_load(crash_each)

    def pairs(self):
        one, two = self.network.middlewares
        return (one, two), (two, one)

    def test_scenario_39_middleware_killed_under_load(self):
        def kill_one(load):
            self.network.middlewares[0].kill()
            load.wait_done(100)

        self.under_load(kill_one)


if __name__ == "__main__":
    unittest.main()
