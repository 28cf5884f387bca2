"""What the terminals of a test asked and heard, in order, as JSON lines.

One event per line, flushed before the request leaves, so that the file survives whatever the test
kills: {"call", "process", "time_ns", "event", "method", "txid", ...}. Events of one call:

  invoke   about to be sent; has terminal, account(s), amount, dispensed as far as they apply
  ok       answered with rc 00; has the answer
  fail     answered with another rc, or refused with an error that promises that nothing happened
  unknown  no answer, or an error that promises nothing

A call that is repeated is a new call with the same method and txid. `time_ns` is CLOCK_MONOTONIC,
the same for all threads and processes of one machine.
"""

import itertools
import json
import threading
import time


def account_number(iban):
    return int(iban[-10:])


class History:
    """Written by many threads. events() reads it back."""

    def __init__(self, path):
        self.path = path
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()
        self._calls = itertools.count(1)

    def close(self):
        self._file.close()

    def invoke(self, process, method, params):
        call = next(self._calls)
        event = {"call": call, "process": process, "event": "invoke", "method": method,
                 "txid": params["txid"], "terminal": params["terminal_id"]}
        for name in ("amount", "dispensed", "suspect"):
            if name in params:
                event[name] = params[name]
        for name in ("account", "from_account", "to_account"):
            if name in params:
                event[name] = account_number(params[name])
        self._write(event)
        return call

    def answered(self, call, answer):
        event = "ok" if answer.get("rc") == "00" else "fail"
        self._write({"call": call, "event": event, "answer": answer})

    def refused(self, call, error):
        self._write({"call": call, "event": "fail", "error": str(error)})

    def unknown(self, call, reason):
        self._write({"call": call, "event": "unknown", "reason": str(reason)})

    def _write(self, event):
        with self._lock:
            event["time_ns"] = time.monotonic_ns()
            self._file.write(json.dumps(event) + "\n")
            self._file.flush()

    def events(self):
        return read(self.path)


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
