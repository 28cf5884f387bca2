#!/usr/bin/python3
"""Customers at all terminals of one bank, with cards of every bank, as a process of its own.

Python needs about as long for a request as the banks do, so a crowd is a process per bank and a
thread per terminal. Crowd starts and hears it; run as a program this file is the process: one JSON
object on standard input says who and how much, each finished operation is one JSON line on standard
output, the line "finish" makes it ask about every transfer whose end it was not told.

What is done is drawn before anything is answered, from the seed, so that a seed repeats all
choices. All operations are between banks: cards of the own bank only pay to others. No outcome is
left unknown: what is lost is asked again until there is an answer, at whatever middleware lives.
The exception is a terminal that gives up on a request and reverses it at once, without having heard
the answer.
"""

import json
import random
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

from host import NOTE, Card, HostTerminal
from pin import PinBlocks
from wire import Identity, Lost, RpcError

VISIT = 12  # operations with one card
ANSWER_SECONDS, SETTLE_SECONDS = 4.0, 120.0
KINDS = ("withdraw", "withdraw", "withdraw", "deposit", "transfer", "transfer")
ENDINGS = ("confirm", "confirm", "confirm", "partial", "full", "abandon")
REPEATED, OWN_CARD = 0.05, 0.15
FINAL = ("COMPLETED", "REJECTED", "RETURNED")


class Operation:
    """One choice; all random numbers are drawn here."""

    def __init__(self, dice, payees, home):
        self.kind = "transfer" if home else dice.choice(KINDS)
        self.amount = dice.randint(1, 8) * NOTE
        self.cents = dice.randint(1, 150_00)
        self.ending = dice.choice(ENDINGS)
        self.kept = dice.randrange(0, self.amount, NOTE)
        self.payee = dice.choice(payees)
        self.repeated = dice.random() < REPEATED


class Terminal(threading.Thread):
    """A terminal and who comes to it."""

    def __init__(self, order, number, report, pins):
        folder = order["folders"][number]
        name = order["terminals"][number]
        super().__init__(name=name, daemon=True)
        self._host = HostTerminal(name, order["addresses"],
                                  Identity(Path(folder), order["root"]), pins, None,
                                  ANSWER_SECONDS)
        self._bank, self._count = order["bank"], order["operations"]
        self._cards = [Card(**card) for card in order["wallets"][number]]
        self._payees = order["payees"]
        self._report = report
        self._dice = random.Random(f"{order['seed']}/{self._bank}/{name}")
        self._pending = []
        self.finish = threading.Event()

    def run(self):
        try:
            self._host.business_date = "1970-01-01"
            signed_on = self._host.settle(self._host.request("network.sign_on"))
            self._host.business_date = signed_on["business_date"]
            left = self._count
            while left > 0:
                left -= self._visit(min(left, VISIT))
            self._report({"idle": self.name})
            self.finish.wait()
            for result, request in self._pending:
                self._ask_end(result, request)
            self._report({"finished": self.name})
        except BaseException:  # told to the test, which fails with it
            self._report({"failure": traceback.format_exc()})

    def _visit(self, count):
        """Somebody comes with a card and goes again."""
        at_home = self._dice.random() < OWN_CARD
        card = self._dice.choice([one for one in self._cards
                                  if (bank_of(one.accounts[0]) == self._bank) == at_home])
        payees = [one for one in self._payees if bank_of(one) != bank_of(card.accounts[0])]
        operations = [Operation(self._dice, payees, at_home) for _ in range(count)]
        self._open(card)
        for operation in operations:
            result = {"bank": self._bank, "terminal": self.name, "kind": operation.kind,
                      "account": card.accounts[0], "kept": 0, "payee": None, "status": None}
            request = getattr(self, f"_{operation.kind}")(operation, result)
            result["txid"] = request.txid
            if operation.repeated and operation.ending != "abandon":
                self._host.settle(request.repeated(), SETTLE_SECONDS)
            if result["status"] == "PENDING":
                self._pending.append((result, request))
            else:
                self._report(result)
            if result["rc"] == "63":  # its session ended while a bank was away
                self._open(card)
        return count

    def _open(self, card):
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            answer = self._host.settle(self._host.session_open(card), SETTLE_SECONDS)
            if answer["rc"] == "00":
                break
            if answer["rc"] != "91" or time.monotonic() > deadline:
                raise AssertionError(f"session.open: {answer}")
        self._host.card, self._host.session = card, answer["session"]
        self._host.account = card.accounts[0]

    def _settle(self, request):
        return self._host.settle(request, SETTLE_SECONDS)

    def _withdraw(self, operation, result):
        request = self._host.withdrawal(operation.amount)
        result["amount"] = operation.amount
        if operation.ending == "abandon":
            result["rc"] = "abandoned"
            try:
                self._host.client().send(request.method, request.params)
            except Lost:
                self._host.close()
            self._advise(self._host.reversal(request))
            return request
        result["rc"] = self._settle(request)["rc"]
        if result["rc"] != "00":
            return request
        if operation.ending == "confirm":
            result["kept"] = operation.amount
            self._advise(self._host.confirmation(request))
        else:
            result["kept"] = operation.kept if operation.ending == "partial" else 0
            self._advise(self._host.reversal(request, result["kept"], "partial_dispense"))
        return request

    def _advise(self, request):
        answer = self._settle(request)
        if answer["rc"] not in ("00", "25"):
            raise AssertionError(f"{request.method} {request.txid}: {answer}")

    def _deposit(self, operation, result):
        request = self._host.deposit(operation.amount)
        result["amount"] = operation.amount
        result["rc"] = self._settle(request)["rc"]
        if result["rc"] == "00":
            if operation.ending == "full":
                self._advise(self._host.reversal(request, 0, "returned"))
            else:
                result["kept"] = operation.amount
        return request

    def _transfer(self, operation, result):
        request = self._host.transfer(operation.cents, operation.payee)
        answer = self._settle(request)
        result.update(amount=operation.cents, payee=operation.payee, rc=answer["rc"],
                      status=answer.get("status", "REJECTED"))
        return request

    def _ask_end(self, result, request):
        deadline = time.monotonic() + SETTLE_SECONDS
        while result["status"] not in FINAL:
            if time.monotonic() > deadline:
                raise AssertionError(f"transfer {request.txid} has no end")
            inquiry = self._host.transfer_status(request.txid, request.params["from_account"])
            answer = self._settle(inquiry)
            result["status"] = answer.get("status", result["status"])
            time.sleep(0.1)
        self._report(result)


def bank_of(iban):
    return iban[4:12]


class Issuers:
    """PIN blocks by the issuer of the card."""

    def __init__(self, order):
        self._pins = {one["iin"]: PinBlocks(order["root"], one["crl"], one["bank"],
                                            one["certificate"], one["iin"])
                      for one in order["issuers"]}

    def block(self, pin, pan, *arguments, **options):
        return self._pins[pan[:8]].block(pin, pan, *arguments, **options)

    def close(self):
        for pins in self._pins.values():
            pins.close()


def main():
    order = json.loads(sys.stdin.readline())
    lock = threading.Lock()

    def report(content):
        with lock:
            sys.stdout.write(json.dumps(content) + "\n")
            sys.stdout.flush()

    pins = Issuers(order)
    terminals = [Terminal(order, number, report, pins)
                 for number in range(len(order["terminals"]))]
    for terminal in terminals:
        terminal.start()
    sys.stdin.readline()  # "finish", or the end of the test
    for terminal in terminals:
        terminal.finish.set()
    for terminal in terminals:
        terminal.join()
    pins.close()


class Crowd:
    """The process as the test sees it. results: of finished operations."""

    def __init__(self, banks, network, operations, seed, wallets, payees):
        """operations: of each terminal. wallets: the cards of each; payees: IBANs."""
        self.results, self.failures = [], []
        self._idle = self._finished = 0
        self._terminals = len(network.terminal_ids)
        self._child = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._say(json.dumps({
            "seed": seed, "bank": network.bank_code, "operations": operations,
            "root": str(network.root), "terminals": network.terminal_ids,
            "folders": [str(network.folder / "pki" / f"terminal-{network.bank_code}-{name}")
                        for name in network.terminal_ids],
            "addresses": [one.address for one in network.middlewares],
            "wallets": [[vars(card) for card in wallet] for wallet in wallets],
            "payees": payees,
            "issuers": [{"bank": one.bank_code, "iin": one.iin,
                         "crl": str(one.root.parent / "crl.pem"),
                         "certificate": str(one.folder / "secrets" / "pin-cert.pem")}
                        for one in banks]}))

    def _say(self, line):
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    def _read(self):
        for line in self._child.stdout:
            content = json.loads(line)
            if "failure" in content:
                self.failures.append(content["failure"])
            elif "idle" in content:
                self._idle += 1
            elif "finished" in content:
                self._finished += 1
            else:
                self.results.append(content)

    @property
    def idle(self):
        """All operations are done, but for transfers that pend."""
        return self._idle == self._terminals

    @property
    def finished(self):
        return self._finished == self._terminals

    def finish(self):
        self._say("finish")

    def close(self):
        self._child.stdin.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(10)
        self._reader.join(10)
        self._child.stdout.close()


if __name__ == "__main__":
    main()
