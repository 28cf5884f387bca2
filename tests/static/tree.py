"""The files that the static checks look at: everything in the checkout that a person wrote."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".tellerwire", "build", "node_modules", "__pycache__"}


def files(*suffixes):
    """Paths relative to ROOT, sorted; with suffixes, only names that end in one of them."""
    found = []
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [name for name in subfolders if name not in SKIPPED]
        for name in names:
            if not suffixes or name.endswith(suffixes):
                found.append((Path(folder) / name).relative_to(ROOT))
    return sorted(found)


def text(path):
    """None for what is not UTF-8 text: a fuzz corpus, for instance."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def finish(findings):
    """Prints the findings, exits with 1 if there are any."""
    for finding in findings:
        print(finding)
    raise SystemExit(1 if findings else 0)
