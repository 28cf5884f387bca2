#!/usr/bin/python3
"""Unmodified third-party clients against a real network: middleware, bank server, PostgreSQL.

    run.py [CLIENT...]       jayson, aiorpcx, openssl, iso20022; default: all

Each client is a program that prints TAP; see README.md for what it is told. The last line is
"N passed, N failed, N skipped"; exit code 0 when nothing failed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "process"), str(HERE / "iso20022")]

import bookings  # noqa: E402
import paths  # noqa: E402
from harness import Network  # noqa: E402

TIMEOUT = 120.0


def install(name):
    """A client's packages as its lock file has them, in the build folder; made again when the lock
    changes. The folder of the modules."""
    lock = (HERE / name / "package-lock.json").read_bytes()
    folder = paths.BUILD / "clients" / name
    stamp = folder / "installed"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return folder / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name / file, folder / file)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=TIMEOUT)
    if done.returncode != 0:
        raise RuntimeError(f"npm ci: exit {done.returncode}\n{done.stdout}{done.stderr}")
    stamp.write_text(wanted)
    return folder / "node_modules"


# Command and environment of each client, whose terminal and card are the number-th of the network.

def jayson(_network, _number):
    return ["node", str(HERE / "jayson" / "terminal.js")], {"NODE_PATH": str(install("jayson"))}


def aiorpcx(_network, _number):
    return ["/usr/bin/python3", str(HERE / "aiorpcx" / "terminal.py")], {}


def openssl(_network, _number):
    return [str(HERE / "openssl" / "terminal.sh")], {}


def iso20022(network, number):
    modules = install("iso20022")
    return (["node", str(HERE / "iso20022" / "statement.mjs")],
            {"TW_MODULES": str(modules), "TW_STATEMENTS": str(bookings.export(network, number))})


# The last one ends the business date.
CLIENTS = {"jayson": jayson, "aiorpcx": aiorpcx, "openssl": openssl, "iso20022": iso20022}


def settings(network, number):
    """What a client is told. Each has a terminal and a card of its own."""
    terminal = network.terminal_ids[number]
    folder = network.folder / "pki" / f"terminal-{network.bank_code}-{terminal}"
    card = network.cards[number]
    host, _, port = network.middlewares[0].address.rpartition(":")
    return {"TW_HOST": host, "TW_PORT": port, "TW_ROOT": str(network.root),
            "TW_CERTIFICATE": str(folder / "cert.pem"), "TW_KEY": str(folder / "key.pem"),
            "TW_TERMINAL": terminal, "TW_PAN": card.pan, "TW_EXPIRY": card.expiry,
            "TW_PIN": card.pin}


def run_client(name, network, number):
    """(passed, failed); a client that dies or leaves out steps has failed."""
    try:
        command, environment = CLIENTS[name](network, number)
        done = subprocess.run(command, env={**os.environ, **settings(network, number), **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=TIMEOUT)
    except (AssertionError, OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        print(f"{name}: {error}")
        return 0, 1
    print(f"# {name}: {' '.join(command)}")
    print(done.stdout, end="")
    passed = len(re.findall(r"^ok ", done.stdout, re.M))
    failed = len(re.findall(r"^not ok ", done.stdout, re.M))
    plan = re.search(r"^1\.\.(\d+)$", done.stdout, re.M)
    if plan is None or int(plan[1]) != passed + failed or (done.returncode != 0) != (failed > 0):
        print(f"# {name}: exit {done.returncode} before its plan was done\n{done.stderr}")
        failed += 1
    return passed, failed


def main(names):
    unknown = set(names) - set(CLIENTS)
    if unknown:
        sys.exit(f"no client {', '.join(sorted(unknown))}; there are: {', '.join(CLIENTS)}")
    passed = failed = 0
    with Network(terminals=len(CLIENTS), cards=len(CLIENTS)) as network:
        for number, name in enumerate(CLIENTS):
            if not names or name in names:
                good, bad = run_client(name, network, number)
                passed, failed = passed + good, failed + bad
        network.failed = failed > 0
        network.audit()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
