"""Calls and types that have no place in this tree (the list of STYLE and the reasons below).

Comments and string literals are blanked first, so that a sentence may name what is banned. A line
may be excused by a comment `allowed: reason` on it.
"""

import re
import sys

import tree

CALLS = {
    "sprintf": "no bound: snprintf",
    "vsprintf": "no bound: vsnprintf",
    "strcpy": "no bound: snprintf, or memcpy with a checked length",
    "strcat": "no bound: snprintf",
    "strncpy": "may leave no NUL: snprintf, or memcpy with a checked length",
    "strncat": "bound is easily wrong: snprintf",
    "strtok": "hidden state: strchr, strcspn",
    "atoi": "no errors: strtoll with its checks",
    "atol": "no errors: strtoll with its checks",
    "gets": "no bound: getline",
    "localtime": "shared buffer and time zone: core/date.h",
    "gmtime": "shared buffer: gmtime_r",
    "rand": "predictable: core/uuid.h, RAND_bytes",
    "alloca": "unbounded stack",
    "setjmp": "jumps over cleanup",
    "system": "runs a shell",
}
TEST_CALLS = {  # in tests/unit, but for its support
    call: "stays behind when the test fails: support/scratch.h"
    for call in ("mkdtemp", "mkstemp", "tmpnam", "tempnam", "mkdir")
}
MONEY_FOLDERS = ("middleware/", "bank-server/", "atm-client/", "interbank/")
UNIT_TEST = re.compile(r"tests/unit/(?!support/).*\.[ch]$")
SECRET = re.compile(r"\b(pin|pan|pin_digest|pan_digest|secret|token|mac|hmac|session|key_bytes)\b")
BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def findings_of(path, source):
    code = BLANKED.sub(blank, source).split("\n")
    for number, (line, original) in enumerate(zip(code, source.split("\n")), start=1):
        if "allowed: " in original:
            continue
        for call in re.findall(r"\b(\w+)\s*\(", line):
            if call in CALLS:
                yield f"{path}:{number}: {call}: {CALLS[call]}"
            if call in TEST_CALLS and UNIT_TEST.match(str(path)):
                yield f"{path}:{number}: {call}: {TEST_CALLS[call]}"
            if call in ("memcmp", "strcmp", "strncmp") and SECRET.search(line.partition(call)[2]):
                yield f"{path}:{number}: {call} of a secret: CRYPTO_memcmp, tw_digest_equal"
        if str(path).startswith(MONEY_FOLDERS) and re.search(r"\b(float|double)\b", line):
            yield f"{path}:{number}: float or double: amounts are int64_t minor units"


def self_test():
    """The check of the check: each rule must find its seeded offence, and only that."""
    seeded = {
        "    sprintf(text, format);": 1,
        '    log("sprintf(");': 0,
        "    /* strcpy(a, b) */ int gets = 0;": 0,
        "    if (memcmp(token, other, 32) == 0)": 1,
        "    if (memcmp(content, other, 32) == 0)": 0,
        "    double amount = 0;": 1,
        "    double share = 0; /* allowed: a percentage for people */": 0,
        "    fgets(line, 10, in);": 0,
    }
    for line, expected in seeded.items():
        found = list(findings_of("middleware/seeded.c", line))
        if len(found) != expected:
            sys.exit(f"banned.py is broken: {line!r} gave {found}")
    for path, expected in {"tests/unit/core/check_a.c": 1, "tests/unit/support/b.c": 0}.items():
        if len(list(findings_of(path, "    mkdtemp(folder);"))) != expected:
            sys.exit(f"banned.py is broken: mkdtemp in {path}")


if __name__ == "__main__":
    self_test()
    tree.finish(
        [
            finding
            for path in tree.files(".c", ".h")
            for finding in findings_of(path, tree.text(path))
        ]
    )
