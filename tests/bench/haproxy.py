"""HAProxy in the middleware's place: it ends the terminals' TLS with certificates on both sides, and
passes the bytes of each connection on to the bank server over TLS of its own, because a bank server
takes nothing else. It reads no message; the terminals send what the middleware would have added."""

import os
import socket
import subprocess
import time

from network import Failed

HAPROXY = "/usr/sbin/haproxy"
PORT = 7999
READY_SECONDS = 10

CONFIGURATION = """global
    maxconn 5000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend terminals
    bind {address}:{port} ssl crt {pem} ca-file {root} crl-file {crl} verify required ssl-min-ver TLSv1.3
    default_backend bank
backend bank
    server bank {address}:{server_port} ssl crt {pem} ca-file {root} crl-file {crl} verify required
"""


class HaProxy:
    def __init__(self, home):
        folder = home.folder / "haproxy"
        folder.mkdir(mode=0o700, exist_ok=True)
        own = home.folder / "pki" / "middleware-mw1"
        pem = folder / "middleware.pem"
        with open(os.open(pem, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write((own / "cert.pem").read_text() + (own / "key.pem").read_text())
        address = home.environment["TW_ADDRESS"]
        self.address = f"{address}:{PORT}"
        configuration = folder / "haproxy.cfg"
        configuration.write_text(CONFIGURATION.format(
            address=address, port=PORT, pem=pem, root=home.folder / "pki" / "root.crt",
            crl=home.folder / "pki" / "crl.pem", server_port=7101))
        self._log = folder / "haproxy.log"
        with self._log.open("w") as log:
            # It outlives this function: stop() ends it.
            # pylint: disable-next=consider-using-with
            self._process = subprocess.Popen([HAPROXY, "-db", "-f", configuration],
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await_listening(address)

    def _await_listening(self, address):
        deadline = time.monotonic() + READY_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((address, PORT)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise Failed(f"HAProxy does not listen:\n{self._log.read_text()[-2000:]}")

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
