"""A proxy between banks that loses, delays, duplicates, reorders, holds and changes messages.

TLS keeps a network from doing that to single messages, so this one has the banks' certificates: it
is the peer bank for whoever calls it and the caller for the peer bank. It stands in front of all
bank servers of one bank, with an address for each; the test's directory names these addresses.

    rule = proxy.lose("transfer.credit", ANSWERS, times=1)
    rule.wait()                 # until it has acted
    rule.end()

A rule acts on the messages that match its method (a pattern as of fnmatch, "*" without the echoes),
direction and, if given, sender; of those on the first `times`, each by chance. Of several rules the
oldest that acts decides. The dice are seeded. A message may pass twice or in another order, but
connections work: what is lost looks like a peer that says nothing about that one message.
"""

import asyncio
import collections
import copy
import fnmatch
import json
import random
import ssl
import threading

from processes import wait_until
from wire import Identity

REQUESTS, ANSWERS = "requests", "answers"
ECHO = "rpc.ping"
_LINE_MAX = 1 << 20
_CALLS_KEPT = 8192  # of one connection: which method an answer belongs to
_KEPT = 5000


class Message:
    """One message on its way; `content` is the parsed JSON."""

    def __init__(self, link, way, sender, method, content, line):
        self.link, self.way, self.sender, self.method = link, way, sender, method
        self.content, self._line = content, line

    @property
    def params(self):
        return self.content.get("params") or {}

    def deliver(self, content=None, after=0.0):
        line = self._line
        if content is not None:
            line = json.dumps(content, separators=(",", ":")).encode() + b"\n"
        self.link.write(self.way, line, after)


class Rule:
    def __init__(self, proxy, act, method, way, times, chance, sender):
        self._proxy, self._act = proxy, act
        self._method, self._way, self._sender = method, way, sender
        self._left, self._chance = times, chance
        self.hits = 0
        self.held = []

    def takes(self, message, dice):
        if message.way != self._way or self._left == 0:
            return False
        if self._sender is not None and message.sender != self._sender:
            return False
        if self._method == "*" and message.method == ECHO:
            return False
        if not fnmatch.fnmatchcase(message.method, self._method):
            return False
        return self._chance >= 1.0 or dice.random() < self._chance

    def act(self, message):
        if self._left is not None:
            self._left -= 1
        self.hits += 1
        self._act(self, message)

    def wait(self, count=1, seconds=20.0):
        """Until it has acted so often."""
        wait_until(lambda: self.hits >= count,
                   lambda: f"{self._method} {self._way}: {self.hits} of {count}", seconds)

    def release(self):
        """What it holds goes on, in the order it came; what comes later is held."""
        self._proxy.in_loop(self.deliver_held)

    def deliver_held(self):
        held, self.held = self.held, []
        for message in held:
            message.deliver()

    def end(self):
        """Acts no more; what it holds goes on."""
        self._proxy.forget(self)
        self.release()


class MessageProxy:
    """In front of one bank. One thread for all of it."""

    def __init__(self, targets, host, server, clients, root, seed=1):
        """targets: the bank servers' addresses. server: folder with the bank's own certificate and
        key. clients: {bank code: such a folder} of the banks that may call it."""
        self._targets = list(targets)
        self._host, self._root = host, root
        self._context = server_context(server, root)
        self._clients = {f"tellerwire://bank/{code}": (code, Identity(folder, root).context)
                         for code, folder in clients.items()}
        self._rules = []
        self._links = set()
        self.dice = random.Random(seed)
        self.refuse = False
        self.accepted = 0
        self.counts = collections.Counter()  # (way, method): arrived
        self.messages = collections.deque(maxlen=_KEPT)  # all that arrived, oldest first
        self.addresses = []
        self._loop = asyncio.new_event_loop()
        self._servers = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="messages", daemon=True)
        self._thread.start()
        try:
            self._wait(self._listen())
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # Rules

    def lose(self, method, way, **which):
        return self._rule(lambda rule, message: None, method, way, **which)

    def delay(self, method, way, seconds, **which):
        """seconds: one number, or (least, most): so messages also overtake each other."""
        least, most = seconds if isinstance(seconds, tuple) else (seconds, seconds)
        return self._rule(lambda rule, message:
                          message.deliver(after=self.dice.uniform(least, most)),
                          method, way, **which)

    def duplicate(self, method, way, after=0.0, **which):
        def act(_, message):
            message.deliver()
            message.deliver(after=after)

        return self._rule(act, method, way, **which)

    def swap(self, method, way, seconds=1.0, **which):
        """A message waits for the next one of its connection and direction and follows it."""
        return self._rule(lambda rule, message: message.link.postpone(message, seconds),
                          method, way, **which)

    def hold(self, method, way, **which):
        """Until the rule's release() or end()."""
        return self._rule(lambda rule, message: rule.held.append(message), method, way, **which)

    def change(self, method, way, function, **which):
        """function(content) gives what goes on in its place; it may work on its argument."""
        return self._rule(lambda rule, message:
                          message.deliver(function(copy.deepcopy(message.content))),
                          method, way, **which)

    def _rule(self, act, method, way, times=None, chance=1.0, sender=None):
        rule = Rule(self, act, method, way, times, chance, sender)
        self._rules.append(rule)
        return rule

    def forget(self, rule):
        if rule in self._rules:
            self._rules.remove(rule)

    def release(self):
        """Ends all rules and refuse."""
        self.refuse = False
        for rule in list(self._rules):
            rule.end()

    def cut(self):
        """All connections are reset; what was on its way is lost."""
        self.in_loop(lambda: [link.abort() for link in list(self._links)])

    # Looking

    def wait(self, method, way, count=1, seconds=20.0):
        """Until so many messages of a method have arrived, whatever became of them."""
        wait_until(lambda: self.counts[way, method] >= count,
                   lambda: f"{method} {way}: {self.counts[way, method]} of {count}", seconds)

    def seen(self, method, way, txid=None):
        """What arrived, oldest first."""
        return [message for message in list(self.messages)
                if message.method == method and message.way == way
                and (txid is None or message.params.get("txid") == txid)]

    # The loop

    def in_loop(self, function):
        """Runs function on the proxy's thread and waits for it."""
        async def run():
            return function()

        return self._wait(run())

    def _wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _listen(self):
        for target in self._targets:
            server = await asyncio.start_server(
                lambda reader, writer, target=target: self._serve(reader, writer, target),
                self._host, 0, ssl=self._context, limit=_LINE_MAX)
            self._servers.append(server)
            self.addresses.append("{}:{}".format(*server.sockets[0].getsockname()[:2]))

    async def _end(self):
        for server in self._servers:
            server.close()
        for link in list(self._links):
            link.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer, target):
        self.accepted += 1
        caller = self._clients.get(_uri_of(writer))
        if caller is None or self.refuse:
            writer.transport.abort()
            return
        code, context = caller
        host, _, port = target.rpartition(":")
        try:
            far = await asyncio.wait_for(asyncio.open_connection(
                host, int(port), ssl=context, limit=_LINE_MAX), 5)
        except (OSError, asyncio.TimeoutError):
            writer.transport.abort()
            return
        link = _Link(self, code, (reader, writer), far)
        self._links.add(link)
        try:
            await link.run()
        except asyncio.CancelledError:  # the end of the proxy; asyncio would print it
            pass
        finally:
            self._links.discard(link)

    def treat(self, message):
        """Called for every message that arrives."""
        self.messages.append(message)
        self.counts[message.way, message.method] += 1
        for rule in list(self._rules):
            if rule.takes(message, self.dice):
                rule.act(message)
                break
        else:
            message.deliver()


class _Link:
    """One caller's connection and the one to the bank server behind it."""

    def __init__(self, proxy, code, near, far):
        self._proxy, self._loop = proxy, asyncio.get_running_loop()
        self._code = code
        self._readers = {REQUESTS: near[0], ANSWERS: far[0]}
        self._writers = {REQUESTS: far[1], ANSWERS: near[1]}
        self._methods = collections.OrderedDict()  # id -> method
        self._postponed = {REQUESTS: None, ANSWERS: None}

    async def run(self):
        """Until one side ends; the other gets what was read before."""
        pumps = [asyncio.ensure_future(self._pump(way)) for way in (REQUESTS, ANSWERS)]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for writer in self._writers.values():
                writer.close()

    def abort(self):
        for writer in self._writers.values():
            writer.transport.abort()

    async def _pump(self, way):
        try:
            while line := await self._readers[way].readline():
                self._proxy.treat(self._message(way, line))
                self._flush_postponed(way)
                await self._writers[way].drain()
        except (OSError, ValueError):  # reset; a line that is too long
            return

    def _message(self, way, line):
        try:
            content = json.loads(line)
        except ValueError:
            content = {}
        content = content if isinstance(content, dict) else {}
        return Message(self, way, self._code, self._method_of(way, content), content, line)

    def _method_of(self, way, content):
        number = json.dumps(content.get("id"))
        if way == ANSWERS:
            return self._methods.get(number, "?")
        self._methods[number] = str(content.get("method"))
        if len(self._methods) > _CALLS_KEPT:
            self._methods.popitem(last=False)
        return self._methods[number]

    def write(self, way, line, after):
        if after > 0:
            self._loop.call_later(after, self.write, way, line, 0.0)
        elif not self._writers[way].is_closing():
            self._writers[way].write(line)

    # Swapping: [message, it has been passed by one]

    def postpone(self, message, seconds):
        if self._postponed[message.way] is not None:
            message.deliver()
            return
        self._postponed[message.way] = message
        self._loop.call_later(seconds, self._overdue, message)

    def _overdue(self, message):
        if self._postponed[message.way] is message:
            self._postponed[message.way] = None
            message.deliver()

    def _flush_postponed(self, way):
        message = self._postponed[way]
        if message is not None and self._proxy.messages[-1] is not message:
            self._overdue(message)


def server_context(folder, root):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(str(root))
    context.load_cert_chain(str(folder / "cert.pem"), str(folder / "key.pem"))
    return context


def _uri_of(writer):
    certificate = writer.get_extra_info("peercert") or {}
    return next((value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"),
                None)
