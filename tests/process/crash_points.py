"""The named crash points of the programs, read from the list they are compiled from."""

import re

import paths

CRASH_DEF = paths.ROOT / "middleware" / "core" / "crash.def"


def names(prefix):
    """["bank.before_begin", ...]; several prefixes as "bank|peer"."""
    text = CRASH_DEF.read_text(encoding="utf-8")
    return re.findall(rf"^TW_CRASH\(\s*\"?((?:{prefix})\.[a-z_.]+)", text, re.MULTILINE)

