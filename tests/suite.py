"""Runs the test modules of one folder, each in a process of its own, as many at once as there are
cores; prints what they print, whole modules at a time, and at the end one line:

    counts PASSED FAILED SKIPPED

    suite.py FOLDER [MODULE...]
"""

import concurrent.futures
import os
import subprocess
import sys
import unittest
from pathlib import Path

MODULE_SECONDS = 420


def run_module(name):
    """In the child: one module, its counts as the last line."""
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    # A failing subTest is listed beside its test: never more passed than ran.
    passed = max(0, result.testsRun - bad - len(result.skipped))
    print(f"counts {passed} {bad} {len(result.skipped)}", flush=True)


def start_module(folder, name):
    """In the parent: the child's output and its counts; a child without counts has failed once."""
    command = [sys.executable, __file__, "--module", name]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1"}
    try:
        child = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", timeout=MODULE_SECONDS)
        output, ended = child.stdout, f"exit code {child.returncode}"
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"").decode(errors="replace")
        ended = f"killed after {MODULE_SECONDS} s"
    head, _, last = output.rstrip("\n").rpartition("\n")
    if last.startswith("counts "):
        return head, [int(word) for word in last.split()[1:]]
    return f"{output}\n{name}: no counts, {ended}", [0, 1, 0]


def main(folder, names):
    names = names or sorted(path.stem for path in folder.glob("test_*.py"))
    total = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, (output, counts) in zip(
            names, pool.map(lambda name: start_module(folder, name), names)
        ):
            print(f"== {name}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
            print(output, flush=True)
            total = [sum(pair) for pair in zip(total, counts)]
    print("counts", *total)


if __name__ == "__main__":
    if sys.argv[1] == "--module":
        run_module(sys.argv[2])
    else:
        main(Path(sys.argv[1]).resolve(), sys.argv[2:])
