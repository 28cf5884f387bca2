"""A TCP relay that misbehaves on request: between terminal and middleware, or middleware and bank.

TLS runs end to end, so it cannot change or read anything; it can do what a network does: delay,
hold, lose the rest of a direction, cut, refuse. Duplicating bytes of a TLS stream would only break
the stream; duplicates are made by sending a request twice instead.

Faults are set on the proxy and act on the connections that are open and on later ones:

  hold("down")       bytes towards the client wait until release()
  drop("down", n)    after n more bytes towards the client the rest vanishes, the connection stays
  delay_seconds      every piece is passed on that much later
  refuse             new connections are closed at once
  cut()              all connections are reset
"""

import selectors
import socket
import struct
import threading
import time

UP, DOWN = "up", "down"
_PIECE = 65536


class Proxy:
    """Listens on `listen_host` (port 0: any) and relays to `target`. One thread for all of it."""

    def __init__(self, target, listen_host="127.0.0.1"):
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server((listen_host, 0))
        self._listener.setblocking(False)
        self.address = "{}:{}".format(*self._listener.getsockname())
        self._lock = threading.RLock()
        self._links = set()
        self._held = set()
        self._left = {UP: None, DOWN: None}
        self.delay_seconds = 0.0
        self.refuse = False
        self.accepted = 0
        self.bytes = {UP: 0, DOWN: 0}
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"proxy {target}", daemon=True)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, self._drain_wake)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._stopping = True
        self._poke()
        self._thread.join(10)
        for link in list(self._links):
            link.close(reset=False)
        for one in (self._listener, self._wake, self._woken):
            one.close()
        self._selector.close()

    # Faults

    def hold(self, direction):
        with self._lock:
            self._held.add(direction)

    def release(self):
        """Ends hold, drop, refuse and delay; held bytes go on, lost ones stay lost."""
        with self._lock:
            self._held.clear()
            self._left = {UP: None, DOWN: None}
            self.refuse = False
            self.delay_seconds = 0.0
        self._poke()

    def drop(self, direction, after_bytes=0):
        with self._lock:
            self._left[direction] = after_bytes

    def cut(self):
        with self._lock:
            for link in list(self._links):
                link.close(reset=True)

    def wait_bytes(self, direction, count, seconds=10.0):
        """Until `count` bytes in all came in from that side (held and dropped ones count)."""
        deadline = time.monotonic() + seconds
        while self.bytes[direction] < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"proxy saw {self.bytes[direction]} of {count} bytes")
            time.sleep(0.005)

    # The loop

    def _poke(self):
        try:
            self._wake.send(b"x")
        except OSError:
            pass

    def _drain_wake(self, _):
        self._woken.recv(4096)

    def _run(self):
        while not self._stopping:
            for key, _ in self._selector.select(self._pause()):
                with self._lock:
                    key.data(key.fileobj)
            with self._lock:
                for link in list(self._links):
                    link.flush()

    def _pause(self):
        with self._lock:
            due = [link.due() for link in self._links]
        due = [one for one in due if one is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _accept(self, _):
        client, _ = self._listener.accept()
        self.accepted += 1
        if self.refuse:
            _reset(client)
            return
        try:
            server = socket.create_connection(self._target, 5)
        except OSError:
            _reset(client)
            return
        _Link(self, client, server)

    def register(self, link):
        self._links.add(link)
        for one in link.sockets:
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(one, selectors.EVENT_READ, link.readable)

    def forget(self, link):
        self._links.discard(link)

    def unregister(self, one):
        try:
            self._selector.unregister(one)
        except (KeyError, ValueError):
            pass

    def admit(self, direction, piece):
        """What of a piece is passed on."""
        self.bytes[direction] += len(piece)
        left = self._left[direction]
        if left is None:
            return piece
        self._left[direction] = max(0, left - len(piece))
        return piece[:left]

    def held(self, direction):
        return direction in self._held


def _reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


class _Link:
    """One relayed connection: two sockets and what waits for each."""

    def __init__(self, proxy, client, server):
        self._proxy = proxy
        self._client, self._server = client, server
        self.sockets = (client, server)
        self._queues = {UP: [], DOWN: []}  # [(due, bytes; b"" is the end of the stream)]
        self._ended = set()
        self._closed = False
        proxy.register(self)

    def readable(self, one):
        if self._closed:
            return
        direction = UP if one is self._client else DOWN
        try:
            piece = one.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            self.close(reset=True)
            return
        if piece:
            piece = self._proxy.admit(direction, piece)
            if not piece:
                return
        else:
            self._proxy.unregister(one)
        self._queues[direction].append((time.monotonic() + self._proxy.delay_seconds, piece))

    def due(self):
        """When the next waiting piece may go, or None."""
        return min((queue[0][0] for direction, queue in self._queues.items()
                    if queue and not self._proxy.held(direction)), default=None)

    def flush(self):
        for direction, queue in self._queues.items():
            while queue and not self._proxy.held(direction) and queue[0][0] <= time.monotonic():
                if not self._pass_on(direction, queue):
                    break
        if len(self._ended) == 2:
            self.close(reset=False)

    def _pass_on(self, direction, queue):
        """Sends the first piece of a queue; False when the queue must wait or has ended."""
        target = self._server if direction == UP else self._client
        due, piece = queue[0]
        try:
            if not piece:
                queue.clear()
                self._ended.add(direction)
                target.shutdown(socket.SHUT_WR)
                return False
            sent = target.send(piece)
        except BlockingIOError:
            queue[0] = (time.monotonic() + 0.01, piece)
            return False
        except OSError:
            self.close(reset=True)
            return False
        if sent < len(piece):
            queue[0] = (due, piece[sent:])
        else:
            queue.pop(0)
        return True

    def close(self, reset):
        if self._closed:
            return
        self._closed = True
        self._proxy.forget(self)
        for queue in self._queues.values():
            queue.clear()
        for one in self.sockets:
            self._proxy.unregister(one)
            if reset:
                _reset(one)
            else:
                one.close()
