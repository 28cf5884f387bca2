"""JSON-RPC 2.0 over TLS 1.3, one object per line: the client side, in as few lines as possible.

It is written against docs/PROTOCOL.md and shares no code with the C client, so that one checks the
other. Calls may be pipelined: send() several, then receive() each by its id.
"""

import itertools
import json
import socket
import ssl
import time

# Errors after which nothing is known about the outcome: the same request is sent again.
RETRYABLE = {-32003: "BUSY", -32004: "DEADLINE", -32005: "UNAVAILABLE", -32007: "SHUTTING_DOWN",
             -32603: "INTERNAL"}


class Lost(Exception):
    """The connection ended, could not be made, or stayed silent: the outcome is unknown."""


class RpcError(Exception):
    """The other side answered with a JSON-RPC error."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')} {error.get('message')} {error.get('data')}")
        self.code = error.get("code")
        self.message = error.get("message")
        self.data = error.get("data") or {}

    @property
    def retryable(self):
        return self.code in RETRYABLE


class Identity:
    """Certificate, key and the network root, as a TLS context that can be used many times."""

    def __init__(self, folder, root):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.check_hostname = False  # names are URIs; see docs/PROTOCOL.md
        self.context.load_verify_locations(str(root))
        self.context.load_cert_chain(str(folder / "cert.pem"), str(folder / "key.pem"))


class RpcClient:
    """One connection. Not for several threads at once."""

    def __init__(self, address, identity, timeout=15.0):
        self.address = address
        self.identity = identity
        self.timeout = timeout
        self._ids = itertools.count(1)
        self._socket = None
        self._buffer = b""
        self._early = {}

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        self.close()

    def connect(self):
        host, _, port = self.address.rpartition(":")
        try:
            plain = socket.create_connection((host.strip("[]"), int(port)), self.timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = self.identity.context.wrap_socket(plain)
        except OSError as error:
            raise Lost(f"{self.address}: {error}") from error
        self._buffer, self._early = b"", {}
        return self

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def write(self, data):
        """Raw bytes, as they are."""
        if self._socket is None:
            self.connect()
        try:
            self._socket.settimeout(self.timeout)
            self._socket.sendall(data)
        except OSError as error:
            self.close()
            raise Lost(f"{self.address}: {error}") from error

    def half_close(self):
        """Ends our direction only: close_notify, then the TCP half-close, and keeps reading."""
        self._socket.settimeout(self.timeout)
        try:
            self._socket.unwrap()
        except OSError:
            pass

    def send(self, method, params):
        """Returns the id to receive() by."""
        number = next(self._ids)
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.write(json.dumps(request, separators=(",", ":")).encode() + b"\n")
        return number

    def read_line(self, timeout=None):
        """The next line without its end, or b"" when the other side closed."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while b"\n" not in self._buffer:
            try:
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                piece = self._socket.recv(65536)
            except OSError as error:
                self.close()
                raise Lost(f"{self.address}: {error}") from error
            if not piece:
                return b""
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def receive(self, number, timeout=None):
        """The result of the call with this id; answers to other calls are kept for later."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while number not in self._early:
            line = self.read_line(max(0.001, deadline - time.monotonic()))
            if not line:
                self.close()
                raise Lost(f"{self.address}: closed by the other side")
            answer = json.loads(line)
            self._early[answer.get("id")] = answer
        answer = self._early.pop(number)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def call(self, method, params, timeout=None):
        return self.receive(self.send(method, params), timeout)
