"""Words that say that something is not finished, and paths that exist on one machine only."""

import re

import tree

# Written apart, so that this file does not find itself.
UNFINISHED = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|HA" r"CK|T" r"BD|XX" r"X)\b"
    r"|\bnot (yet )?imple" r"mented\b|\bst" r"ub(s|bed)?\b|\bcoming so" r"on\b|\blorem ip" r"sum\b",
)
SOURCES = (".c", ".h", ".sh", ".py", ".js", ".sql", ".md", ".txt", ".cmake", ".def", "run", ".ini")


def findings_of(path):
    source = tree.text(path)
    for number, line in enumerate((source or "").split("\n"), start=1):
        match = UNFINISHED.search(line)
        if match:
            yield f"{path}:{number}: '{match.group()}' says that this is unfinished"
        if line != line.rstrip():
            yield f"{path}:{number}: spaces at the end of the line"


if __name__ == "__main__":
    tree.finish([finding for path in tree.files(*SOURCES) for finding in findings_of(path)])
