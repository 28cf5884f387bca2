"""Closing a settlement window: how long it takes, with few and with many items in it, and what it
costs the traffic that goes on meanwhile."""

import threading
import time

from network import Failed

FINAL_SECONDS = 120.0
LOOK_SECONDS = 0.01
FILL_SECONDS = 5  # of one run of the load generator
CLOSES_EVERY_SECONDS = 1.0


class Settle:
    def __init__(self, network, measure):
        self._network = network
        self._measure = measure

    def _banks(self):
        return self._network.home, self._network.away

    def _await_final(self, window):
        deadline = time.monotonic() + FINAL_SECONDS
        for bank in self._banks():
            while bank.window(window)[0] != "SETTLED":
                if time.monotonic() > deadline:
                    raise Failed(f"window {window} of bank {bank.code} is not settled after "
                                 f"{FINAL_SECONDS:.0f} s: {bank.bankctl('window', 'pairs')}")
                time.sleep(LOOK_SECONDS)

    def _close(self):
        """Cut-over until both banks have posted the final settlement."""
        began = time.perf_counter()
        window = self._network.agent.cut_over()
        cut_ms = (time.perf_counter() - began) * 1000
        self._await_final(window)
        return {"window": window, "cut_over_ms": round(cut_ms, 1),
                "close_ms": round((time.perf_counter() - began) * 1000, 1)}

    def _fill(self, items):
        """The open window, with at least so many items in it."""
        home = self._network.home
        while True:
            window = int(home.psql("bank", "SELECT window_no FROM bank.bank"))
            missing = items - home.window(window)[1]
            if missing <= 0:
                return
            self._measure.interbank_transfer_e2e(1 if missing < 5000 else FILL_SECONDS)

    def close_window(self, items, rounds):
        """Closes windows that hold about so many items, one after the other."""
        closes = []
        for _ in range(rounds):
            self._fill(items)
            window = int(self._network.home.psql("bank", "SELECT window_no FROM bank.bank"))
            held = self._network.home.window(window)[1]
            closes.append({**self._close(), "items": held})
        return closes

    def rate_during_close(self, seconds):
        """Transfers while a window is closed and settled every second, beside as many without."""
        before = self._measure.transfer_e2e(seconds)
        stopped, closes, failures = threading.Event(), [], []

        def close_again_and_again():
            while not stopped.wait(CLOSES_EVERY_SECONDS):
                try:
                    closes.append(self._close())
                except Failed as failed:
                    failures.append(failed)
                    return

        closer = threading.Thread(target=close_again_and_again)
        closer.start()
        try:
            during = self._measure.transfer_e2e(seconds)
        finally:
            stopped.set()
            closer.join()
        if failures:
            raise failures[0]
        return {"without": before, "during": during, "closes": len(closes)}
