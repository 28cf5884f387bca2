"""Concurrent load that never gives up on an answer: workers with a terminal and a card each.

Every request goes into the history before it leaves. What is lost is asked again until it is
answered, at whatever middleware lives; so when the load ends, nothing is unknown and the checker
can judge everything. Some requests that were answered are asked again, at once or much later.
Amounts are such that accounts stay near zero: only there can they be overspent. Choices come from
a seeded generator per worker.
"""

import random
import threading
import time
import traceback

MIX = ("withdraw", "transfer", "transfer", "deposit", "read")  # Worker.do_...
ASK_AGAIN = 0.15
REMEMBERED = 20


class Worker(threading.Thread):
    def __init__(self, terminal, payees, seed, stop, mix=MIX):
        super().__init__(name=f"load {terminal.terminal_id}", daemon=True)
        self.terminal = terminal
        self.payees = payees
        self.random = random.Random(seed)
        self.stop = stop
        self.mix = mix
        self.done = 0
        self.failure = None
        self._earlier = []

    def run(self):
        try:
            while not self.stop.is_set():
                getattr(self, f"do_{self.random.choice(self.mix)}")()
                self.done += 1
        except BaseException:  # handed to the test, which fails with it
            self.failure = traceback.format_exc()

    def ask(self, request):
        answer = self.terminal.settle(request)
        self.heard(request, answer)
        self._earlier = [*self._earlier[-REMEMBERED:], request]
        if self.random.random() < ASK_AGAIN:
            again = self.random.choice([request, *self._earlier])
            self.heard(again, self.terminal.settle(again.repeated()))
        return answer

    def heard(self, request, answer):
        """For those who keep account."""

    def do_read(self):
        self.terminal.settle(self.terminal.balance())

    def do_deposit(self):
        self.ask(self.terminal.deposit(self.random.randint(1, 3) * 1000))

    def do_transfer(self):
        payee = self.random.choice([one for one in self.payees if one != self.terminal.account])
        self.ask(self.terminal.transfer(self.random.randint(1, 5000), payee))

    def do_withdraw(self):
        request = self.terminal.withdrawal(self.random.randint(1, 5) * 1000)
        if self.ask(request)["rc"] != "00":
            return
        amount = request.params["amount"]
        kept = self.random.choice([0, amount, amount, self.random.randrange(0, amount, 1000)])
        if kept == amount:
            self.ask(self.terminal.confirmation(request))
        else:
            self.ask(self.terminal.reversal(request, kept, "partial_dispense"))


class Load:
    """with Load(terminals, payees, seed) as load: ... faults ...; ends the load on the way out and
    raises when a worker failed."""

    worker = Worker

    def __init__(self, terminals, payees, seed, mix=MIX):
        self._stop = threading.Event()
        self.workers = [self.worker(terminal, payees, f"{seed}/{place}", self._stop, mix)
                        for place, terminal in enumerate(terminals)]

    def __enter__(self):
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        for worker in self.workers:
            worker.join(90)
        if kind is None:
            self.raise_failures()
            stuck = [worker.name for worker in self.workers if worker.is_alive()]
            assert not stuck, f"workers do not end: {stuck}"

    @property
    def done(self):
        return sum(worker.done for worker in self.workers)

    def raise_failures(self):
        failures = [f"{worker.name}:\n{worker.failure}" for worker in self.workers
                    if worker.failure]
        if failures:
            raise AssertionError("\n".join(failures))

    def wait_done(self, more, seconds=40.0):
        """Until `more` further operations were completed: the load flows."""
        target, deadline = self.done + more, time.monotonic() + seconds
        while self.done < target:
            self.raise_failures()
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.done} of {target} operations within {seconds} s")
            time.sleep(0.01)
