"""The real message-relay as a child: its configuration, its commands and its trace."""

import json
import socket
import subprocess
import threading

import paths
from processes import wait_until


class Refused(Exception):
    """The relay answered a command with an error."""


class Relay:
    """folder: for its files. links: as in the configuration; files may be paths of anywhere."""

    def __init__(self, folder, links, root, crl, seed=1):
        self.folder = folder
        self.trace_path = folder / "trace.jsonl"
        self.config_path = folder / "relay.json"
        self.config_path.write_text(json.dumps({
            "seed": seed, "trace": "trace.jsonl", "root": str(root), "crl": str(crl),
            "links": links}), encoding="utf-8")
        self._log = open(folder / "relay.log", "ab")
        self.process = subprocess.Popen(
            [paths.binary("message-relay"), "--config", self.config_path], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._log, start_new_session=True)
        self._lock = threading.Lock()
        first = self.process.stdout.readline()
        if first != b'{"ready":true}\n':
            self.close()
            raise AssertionError(f"relay: {first!r} {self.log()}")

    def log(self):
        return (self.folder / "relay.log").read_text(encoding="utf-8")

    def close(self):
        """The end of its input ends it; the exit code."""
        self.process.stdin.close()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self._log.close()

    def ask(self, **command):
        with self._lock:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    def rule(self, what, method="*", which="request", **more):
        return self.ask(do="rule", what=what, method=method, which=which, **more)["rule"]

    def wait(self, rule, hits=1, ms=20000):
        return self.ask(do="wait", rule=rule, hits=hits, ms=ms)

    def trace(self):
        """Whole lines so far."""
        text = self.trace_path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def traced(self, count, **members):
        """Until so many entries have these members; they."""
        def found():
            entries = [entry for entry in self.trace()
                       if all(entry.get(name) == value for name, value in members.items())]
            return entries if len(entries) >= count else None

        return wait_until(found, lambda: f"{count} of {members} in {self.trace()}")


def credentials(folder):
    return {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}


def free_address(host="127.0.0.1"):
    """An address that nobody listens on at the moment."""
    with socket.create_server((host, 0)) as one:
        return "{}:{}".format(*one.getsockname())
