"""A terminal's side of the wire, by hand: headers, STANs, sessions, every request of the protocol.

A request is made first (`withdrawal(...)`) and sent as often as a test likes (`send`, `settle`), so
that repeats, changes and races are plain to write. It has no cash and no journal; the real
terminal is machine.Machine.
"""

import copy
import itertools
import time
import uuid
from dataclasses import dataclass, field

from wire import Lost, RpcClient, RpcError

EUR = "EUR"
NOTE = 1000  # notes of 10.00 make any amount these tests use


@dataclass
class Card:
    pan: str
    expiry: str
    pin: str
    accounts: list = field(default_factory=list)  # IBANs, the default first


@dataclass
class Request:
    method: str
    params: dict

    @property
    def txid(self):
        return self.params["txid"]

    def changed(self, **members):
        """The same request with other content; a member given as None is left out."""
        other = copy.deepcopy(self)
        other.params.update(members)
        other.params = {name: value for name, value in other.params.items() if value is not None}
        return other

    def repeated(self):
        return self.changed(repeat=True)


def notes(amount, denomination=NOTE):
    return [{"denomination": denomination, "count": amount // denomination}] if amount else None


class Declined(AssertionError):
    """`expect` got another response code."""


class HostTerminal:
    """One terminal. Keeps one connection, goes to the next address when it is lost.
    Not for several threads at once."""

    def __init__(self, terminal_id, addresses, identity, pins, history=None, timeout=15.0,
                 stans=None):
        """stans: the counter of a terminal that was used before on the same business date."""
        self.terminal_id = terminal_id
        self.addresses = list(addresses)
        self.identity = identity
        self.pins = pins
        self.history = history
        self.timeout = timeout
        self.business_date = "1970-01-01"
        self.stans = stans or itertools.count(1)
        self.card = None
        self.session = None
        self.account = None
        self._client = None

    def close(self):
        if self._client is not None:
            self._client.close()
            self._client = None

    # Making requests

    def request(self, method, txid=None, **members):
        params = {"terminal_id": self.terminal_id, "business_date": self.business_date,
                  "stan": next(self.stans), "txid": txid or str(uuid.uuid4())}
        params.update((name, value) for name, value in members.items() if value is not None)
        return Request(method, params)

    def in_session(self, method, **members):
        return self.request(method, session=self.session, **members)

    def session_open(self, card, pin=None):
        request = self.request("session.open", pan=card.pan, expiry=card.expiry)
        request.params["pin_block"] = self.pins.block(pin or card.pin, card.pan, self.terminal_id,
                                                      request.txid)
        return request

    def pin_change(self, old, new):
        request = self.in_session("pin.change")
        request.params["pin_block"] = self.pins.block(old, self.card.pan, self.terminal_id,
                                                      request.txid, new_pin=new)
        return request

    def balance(self, account=None):
        return self.in_session("balance.inquiry", account=account or self.account)

    def statement(self, account=None, count=None):
        return self.in_session("statement.mini", account=account or self.account, count=count)

    def withdrawal(self, amount, account=None, **more):
        return self.in_session("withdrawal.request", account=account or self.account,
                               amount=amount, currency=EUR, **more)

    def deposit(self, amount, account=None, **more):
        return self.in_session("deposit.request", account=account or self.account,
                               amount=amount, currency=EUR, notes=notes(amount), **more)

    def transfer(self, amount, to_account, account=None, **more):
        return self.in_session("transfer.request", from_account=account or self.account,
                               to_account=to_account, amount=amount, currency=EUR, **more)

    def transfer_status(self, txid, account=None):
        """account: whose card it was; the acquirer finds the issuer by it."""
        return self.request("transfer.status", txid=txid, from_account=account or self.account)

    def confirmation(self, original, suspect=None):
        amount = original.params["amount"]
        return self.request("withdrawal.confirm", txid=original.txid, amount=amount, currency=EUR,
                            suspect=suspect, notes=notes(amount))

    def reversal(self, original, dispensed=0, reason="timeout"):
        method = original.method.replace(".request", ".reverse")
        return self.request(method, txid=original.txid, amount=original.params["amount"],
                            dispensed=dispensed, currency=EUR, reason=reason,
                            account=original.params["account"], notes=notes(dispensed))

    def cash(self, method, amount):
        """terminal.replenish, terminal.remove, terminal.balance"""
        return self.request(method, amount=amount, currency=EUR, notes=notes(amount))

    # Sending

    def client(self):
        """The connection, made if need be to the first address that takes it."""
        if self._client is not None:
            return self._client
        for _ in range(len(self.addresses)):
            client = RpcClient(self.addresses[0], self.identity, self.timeout)
            try:
                self._client = client.connect()
                return self._client
            except Lost:
                self.addresses.append(self.addresses.pop(0))
        raise Lost("no middleware can be reached")

    def send(self, request):
        """One attempt. Raises Lost or RpcError; the history hears of all of it."""
        call = self.history and self.history.invoke(f"terminal-{self.terminal_id}", request.method,
                                                    request.params)
        try:
            answer = self.client().call(request.method, request.params)
        except Lost as lost:
            self.close()
            self.addresses.append(self.addresses.pop(0))
            if call:
                self.history.unknown(call, lost)
            raise
        except RpcError as error:
            if call:
                (self.history.unknown if error.retryable else self.history.refused)(call, error)
            raise
        if call:
            self.history.answered(call, answer)
        if answer.get("session") and request.method != "session.open":
            self.session = answer["session"]
        return answer

    def settle(self, request, seconds=60.0):
        """Repeats until there is an answer: an unknown outcome is resolved by asking again."""
        deadline = time.monotonic() + seconds
        attempt, pause = request, 0.0
        while True:
            try:
                return self.send(attempt)
            except Lost:
                pass
            except RpcError as error:
                if not error.retryable:
                    raise
            if time.monotonic() > deadline:
                raise AssertionError(f"{request.method} {request.txid}: no answer in {seconds} s")
            time.sleep(pause)
            attempt, pause = request.repeated(), 0.05

    def expect(self, rc, request):
        """Sends once and demands this response code."""
        answer = self.send(request)
        if answer.get("rc") != rc:
            raise Declined(f"{request.method}: {answer}, expected rc {rc}")
        return answer

    # Whole steps

    def sign_on(self):
        answer = self.expect("00", self.request("network.sign_on", business_date="1970-01-01"))
        self.business_date = answer["business_date"]
        return answer

    def open(self, card, pin=None):
        answer = self.expect("00", self.session_open(card, pin))
        self.card, self.session = card, answer["session"]
        self.account = answer["accounts"][0]["account"]
        return answer

    def see(self, account=None):
        """(ledger balance, available balance, entry number)"""
        answer = self.expect("00", self.balance(account))
        return answer["ledger_balance"], answer["available_balance"], answer["entry_no"]
