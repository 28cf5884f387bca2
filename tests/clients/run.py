#!/usr/bin/python3
"""Unmodified third-party clients against a real network: middleware, bank server, PostgreSQL.

    run.py [CLIENT...]       jayson, aiorpcx, openssl; default: all

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
sys.path.insert(0, str(HERE.parent / "process"))

import paths  # noqa: E402
from harness import Network  # noqa: E402

TIMEOUT = 120.0


def install_jayson():
    """jayson as the lock file has it, in the build folder; made again when the lock changes."""
    lock = (HERE / "jayson" / "package-lock.json").read_bytes()
    folder = paths.BUILD / "clients" / "jayson"
    stamp = folder / "installed"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "jayson" / name, folder / name)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=TIMEOUT)
    if done.returncode != 0:
        raise RuntimeError(f"npm ci: exit {done.returncode}\n{done.stdout}{done.stderr}")
    stamp.write_text(wanted)
    return folder


def jayson():
    modules = install_jayson() / "node_modules"
    return ["node", str(HERE / "jayson" / "terminal.js")], {"NODE_PATH": str(modules)}


def aiorpcx():
    return ["/usr/bin/python3", str(HERE / "aiorpcx" / "terminal.py")], {}


def openssl():
    return [str(HERE / "openssl" / "terminal.sh")], {}


CLIENTS = {"jayson": jayson, "aiorpcx": aiorpcx, "openssl": openssl}


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
        command, environment = CLIENTS[name]()
        done = subprocess.run(command, env={**os.environ, **settings(network, number), **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=TIMEOUT)
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
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
