"""PIN blocks for the wire client, made by the C library (tests/process/pinblock.c)."""

import contextlib
import json
import subprocess
import threading

import paths


class PinBlocks:
    """One helper process for a bank's PIN key; usable by many threads."""

    def __init__(self, root, crl, bank_code, certificate, iin):
        self._child = subprocess.Popen(
            [paths.binary("pinblock"), str(root), str(crl), str(bank_code), str(certificate),
             str(iin)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.wait(10)
        self._child.stdout.close()

    def block(self, pin, pan, terminal_id, txid, new_pin=None, issued_ms=None):
        """Members of struct tw_pin_plain (pin/pin_block.h); issued_ms: now by default."""
        plain = {"pin": pin, "pan": pan, "terminal_id": terminal_id, "txid": txid}
        if new_pin is not None:
            plain["new_pin"] = new_pin
        if issued_ms is not None:
            plain["issued_ms"] = issued_ms
        with self._lock:
            self._child.stdin.write(json.dumps(plain) + "\n")
            self._child.stdin.flush()
            block = self._child.stdout.readline().strip()
        if not block:
            raise RuntimeError("pinblock ended; it says why on standard error")
        return block
