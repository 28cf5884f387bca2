"""Many terminals: what an idle connection costs the middleware, whether the rate holds while ten thousand
are connected, and how long two thousand take to be in service again after the middleware died."""

from statistics import median

from load import Load, Payees
from network import Failed

MIDDLEWARE = "middleware-1"
WORKING = 100  # terminals that work, however many are connected
STORM_TERMINALS = 2000
STEPS = (1000, 5000, 10000)  # connected terminals
LONGEST_SERVICE_MS = 60000


class Crowd:
    """Terminals from first_terminal on, those of the storm first; nothing else may be connected to the
    middleware."""

    def __init__(self, network, first_terminal):
        self._network = network
        self._storm_first = first_terminal
        self._first = first_terminal + STORM_TERMINALS

    @staticmethod
    def terminals(most):
        return STORM_TERMINALS + most

    def storm(self):
        """One after the other: all work, the middleware is killed and started, all come back at once.
        What was under way is sent again; what was approved must be what the bank has booked."""
        home = self._network.home
        load = Load(home, home, self._storm_first, STORM_TERMINALS)
        try:
            load.ready()
            load.storm_begins(Payees(home))
            home.restart(MIDDLEWARE)
            found = load.storm_ends()
            load.stop()
        finally:
            load.kill()
        booked = home.approved_transfers(self._storm_first, STORM_TERMINALS)
        if found["errors"] or found["pending"] or set(found["by_rc"]) != {"00"}:
            raise Failed(f"not every operation of the storm was approved: {found}")
        return {**found, "terminals": STORM_TERMINALS, "booked": booked,
                "operations_lost": found["approved"] - booked}

    def growth(self, most, rounds, seconds):
        """Transfers of the same few terminals, with more and more others connected and idle; before, in
        between and after, so that a machine that slows down is seen."""
        home = self._network.home
        home.restart(MIDDLEWARE)  # memory that it once needed would hide what it needs now
        working = Load(home, home, self._first, WORKING)
        idle, steps, empty_kib = [], [], 0
        try:
            working.ready()
            empty_kib = home.rss_kib(MIDDLEWARE)
            alone = self._rates(working, rounds, seconds)
            connected = WORKING
            for step in (step for step in STEPS if step <= most):
                idle.append(Load(home, None, self._first + connected, step - connected).ready())
                connected = step
                kib = (home.rss_kib(MIDDLEWARE) - empty_kib) / (connected - WORKING)
                steps.append({"connected": connected, "kib_per_connection": round(kib, 2),
                              "tps": self._rates(working, rounds, seconds)})
            for load in idle:
                load.stop()
            alone += self._rates(working, rounds, seconds)
            working.stop()
        finally:
            for load in (working, *idle):
                load.kill()
        return {"working": WORKING, "alone": {"connected": WORKING, "tps": alone}, "steps": steps,
                "ratio": round(median(steps[-1]["tps"]) / median(alone), 3)}

    def _rates(self, load, rounds, seconds):
        return [load.measure("transfer", seconds, warm_up=0.5, payees=Payees(self._network.home))["tps"]
                for _ in range(rounds)]
