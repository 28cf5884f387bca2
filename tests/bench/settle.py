"""Closing a settlement window: how long it takes, with few and with many items in it, and what it
costs the traffic that goes on meanwhile."""

import threading
import time
from statistics import median

from network import Failed

FINAL_SECONDS = 120
FILL_SECONDS = 5  # of one run of the load generator
TRICKLE_ITEMS = 20000  # so many are missing at most when they are made by few terminals
CLOSES_EVERY_SECONDS = 1.0


class Settle:
    def __init__(self, network, measure):
        self._network = network
        self._measure = measure

    def _banks(self):
        return self._network.home, self._network.away

    def _await_final(self, window):
        for bank in self._banks():
            if not bank.await_settled(window, FINAL_SECONDS):
                raise Failed(f"window {window} of bank {bank.code} is not settled after "
                             f"{FINAL_SECONDS} s: {bank.bankctl('window', 'pairs')}")

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
            if missing < TRICKLE_ITEMS:
                self._measure.interbank_trickle(1)
            else:
                self._measure.interbank_transfer_e2e(FILL_SECONDS)

    def close_window(self, items, rounds):
        """Closes windows that hold about so many items, one after the other."""
        closes = []
        for _ in range(rounds):
            self._fill(items)
            window = int(self._network.home.psql("bank", "SELECT window_no FROM bank.bank"))
            held = self._network.home.window(window)[1]
            closes.append({**self._close(), "items": held})
        return closes

    def rate_during_close(self, seconds, rounds):
        """Transfers while a window is closed and settled every second, beside as many without, in
        turns: medians."""
        without, during, closes = [], [], 0
        for _ in range(rounds):
            without.append(self._measure.transfer_e2e(seconds)["tps"])
            rate, closed = self._rate_while_closing(seconds)
            during.append(rate)
            closes += closed
        return {"without": {"tps": median(without), "all": without},
                "during": {"tps": median(during), "all": during}, "closes": closes}

    def _rate_while_closing(self, seconds):
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
        return during["tps"], len(closes)
