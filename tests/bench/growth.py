"""How throughput grows: with the size of batches, with clients, with accounts."""

from statistics import median

from load import Load, Payees
from network import Failed

BATCHES = (1, 10, 50, 100, 200, 500)
CLIENTS = (1, 4, 16, 64, 256)
TPCB_MOST = 64  # PostgreSQL takes 100 connections, ours included
LARGE_MOST = 200  # terminals at the large bank, and as many at the other one beside it


def batches(measure, seconds):
    """The engine alone and the ceiling, batch size by batch size."""
    return [{"batch": batch, **{mode: measure.engine_with(mode, batch, seconds)["tps"]
                                for mode in ("engine", "ceiling")}}
            for batch in BATCHES]


def clients(measure, most, seconds):
    """Terminals of ours beside clients of TPC-B, each of which is a connection to PostgreSQL."""
    counts = [count for count in CLIENTS if count < most] + [most]
    return [{"clients": count, "transfers": measure.transfers_of(count, seconds)["tps"],
             "tpcb": measure.tpcb_with(count, seconds)["tps"] if count <= TPCB_MOST else None}
            for count in counts]


class Accounts:
    """A third bank, with more and more accounts, measured in turns with the first one, which keeps what it
    has. Payers are the same few customers at both; payees are uniform among all accounts."""

    def __init__(self, network, shape):
        self._network = network
        self._shape = shape
        self._bank = network.large
        self._terminals = min(LARGE_MOST, shape.terminals)

    def measure(self, small, most, rounds, seconds):
        """small: the load at the first bank."""
        bank = self._bank
        bank.create(self._shape, "--middlewares", 1, "--terminals", self._terminals, "--join",
                    self._network.home.folder)
        bank.start()
        bank.load(self._network.home.accounts)
        load = Load(bank, bank, self._network.FIRST_TERMINAL, self._terminals)
        try:
            load.ready()
            steps = []
            while True:
                bank.warm_up()
                steps.append(self._compare(small, load, rounds, seconds))
                if bank.accounts >= most:
                    break
                bank.load_more(min(most, 10 * bank.accounts) - bank.accounts)
            load.stop()
        finally:
            load.kill()
        bank.bankctl("audit")
        return {"steps": steps, "ratio": steps[-1]["ratio"]}

    def _compare(self, small, large, rounds, seconds):
        tps = {"small": [], "large": []}
        for turn in range(rounds):
            sides = [("small", small, self._network.home), ("large", large, self._bank)]
            for name, load, bank in sides if turn % 2 == 0 else reversed(sides):
                found = load.measure("transfer", seconds, payees=Payees(bank),
                                     terminals=self._terminals)
                tps[name].append(found["tps"])
        if not tps["small"]:
            raise Failed("no rounds")
        return {"accounts": self._bank.accounts, **tps,
                "ratio": round(median(tps["large"]) / median(tps["small"]), 3)}
