"""Where things are: the checkout, its build and PostgreSQL's programs."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TW_BUILD", ROOT / "build" / "dev")).resolve()
NETWORK_SH = ROOT / "interbank" / "network" / "network.sh"
POSTGRES_BIN = Path(os.environ.get("TW_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))


def binary(name):
    """A program of this project, as built."""
    path = BUILD / "bin" / name
    if not path.exists():
        raise FileNotFoundError(f"{path}: not built (set TW_BUILD to the build folder)")
    return path
