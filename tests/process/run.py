#!/usr/bin/python3
"""Runs the process tests: each class in a process and on a network of its own, several at once;
light classes that need the same network share both.

    run.py [-j N] [--seed N] [--seconds N] [--junit FILE] [--list] [PATTERN]

PATTERN: part of module.Class.test. One line per test; the last line is "N passed, N failed,
N skipped". Exit code 0 when nothing failed. The seed is printed and given to the tests as TW_SEED.
Without a pattern the seed draws a quarter of the classes (all of them take twenty minutes on two cores)
and, of the sweeps over crash points, a third of the points; with TW_THOROUGH=1 everything runs.
After --seconds no further class begins; which ones did not is told, and they count as nothing.
A class that takes longer than TIMEOUT is ended with all its processes and counts as failed.
"""

import argparse
import contextlib
import json
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import case
import paths
import processes

HERE = Path(__file__).resolve().parent
TIMEOUT = float(os.environ.get("TW_CLASS_TIMEOUT", "600"))
GROUP_MAX = 30  # tests, and then no further class
PASSED, FAILED, SKIPPED = "ok", "FAIL", "skip"


def discover(pattern):
    """[[test ids]] of the tests that match, heavy ones first: the tests of one class, or of several
    light ones that can use the same network."""
    found, weights, keys, swept = {}, {}, {}, set()
    pending = [unittest.defaultTestLoader.discover(str(HERE), "test_*.py", str(HERE))]
    while pending:
        one = pending.pop()
        if isinstance(one, unittest.TestSuite):
            pending.extend(one)
        elif pattern in one.id():
            name = one.id().rpartition(".")[0]
            found.setdefault(name, []).append(one.id())
            weights[name] = getattr(one, "weight", 0)
            swept |= {name} if hasattr(one, "sweep") else set()
            keys[name] = case.network_key(one.kind, one.shape) if hasattr(one, "kind") else name
    names = sorted(found, key=lambda one: (-weights[one], keys[one], one))
    groups, before = [], None
    for name in names:
        together = (weights[name], keys[name])
        if together != before or weights[name] > 2 or sum(map(len, groups[-1])) > GROUP_MAX:
            groups.append([])
        groups[-1].append(sorted(found[name]))
        before = together
    if not pattern and os.environ.get("TW_THOROUGH") != "1":
        groups = drawn(groups, swept)
    return [sum(classes, []) for classes in groups if classes]


def drawn(groups, always):
    """A quarter of the classes, the same for the same seed: who comes after whom stays as it is."""
    names = sorted({class_of(tests[0]) for classes in groups for tests in classes})
    taken = {*random.Random(os.environ["TW_SEED"]).sample(names, -(-len(names) // 4)), *always}
    print(f"# {len(taken)} of {len(names)} classes are drawn", flush=True)
    return [[tests for tests in classes if class_of(tests[0]) in taken] for classes in groups]


def class_of(test):
    return test.rpartition(".")[0]


# In the child


class ReportingResult(unittest.TestResult):
    """Writes one JSON object per finished test to a pipe."""

    def __init__(self, pipe):
        super().__init__()
        self._pipe = pipe
        self._started = time.monotonic()
        self._state = (PASSED, "")

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()
        self._state = (PASSED, "")

    def stopTest(self, test):
        super().stopTest(test)
        self._report(test.id(), *self._state)

    def _report(self, name, state, detail):
        self._pipe.write(json.dumps({"test": name, "state": state, "detail": detail,
                                     "seconds": time.monotonic() - self._started}) + "\n")
        self._pipe.flush()

    def _failed(self, test, error):
        detail = "".join(traceback.format_exception(*error))
        if isinstance(test, unittest.TestCase):
            self._state = (FAILED, self._state[1] + detail)
        else:  # setUpClass, tearDownClass
            self._report(str(test), FAILED, detail)

    def release_network(self):
        """Which fails when it left something behind."""
        try:
            case.Kept.release()
        except Exception:  # whatever it is, it is told
            self._report("tearDownClass (the last network)", FAILED, traceback.format_exc())

    def addError(self, test, error):
        super().addError(test, error)
        self._failed(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._failed(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._state = (FAILED, f"{self._state[1]}{subtest.id()}\n")
            self._failed(test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._state = (SKIPPED, reason)


def run_child(names, descriptor):
    with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = ReportingResult(pipe)
        suite.run(result)
        result.release_network()


# In the parent


class Job:
    """One group of tests in its process."""

    def __init__(self, tests):
        self.tests = tests
        self.classes = sorted({class_of(test) for test in tests})
        self.outcomes = []
        self.started = time.monotonic()
        reader, writer = os.pipe()
        self.pipe = reader
        self._rest = b""
        command = [sys.executable, __file__, "--child", str(writer), *tests]
        self.process = subprocess.Popen(command, cwd=HERE, pass_fds=[writer],
                                        stdin=subprocess.DEVNULL, start_new_session=True)
        os.close(writer)

    def read(self):
        """What the process reported by now; False at the end of the pipe."""
        piece = os.read(self.pipe, 65536)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self.outcomes.append(json.loads(line))
            show(self.outcomes[-1])
        return bool(piece)

    def overdue(self):
        return time.monotonic() - self.started > TIMEOUT * len(self.classes)

    def finish(self, why=None):
        """Reaps the process and accounts for the tests that did not report."""
        if why:
            self.process.kill()
        code = self.process.wait()
        os.close(self.pipe)
        reported = {outcome["test"] for outcome in self.outcomes}
        for test in self.tests:
            if test not in reported and not self._class_failed(class_of(test), reported):
                outcome = {"test": test, "state": FAILED, "seconds": 0.0,
                           "detail": why or f"its process ended with {code} before it ran\n"}
                self.outcomes.append(outcome)
                show(outcome)

    def _class_failed(self, name, reported):
        return any(one in reported for one in (f"setUpClass ({name})", f"tearDownClass ({name})"))


def show(outcome):
    print(f"{outcome['state']:4} {outcome['test']} ({outcome['seconds']:.2f} s)", flush=True)
    if outcome["state"] == FAILED:
        print("    " + outcome["detail"].rstrip().replace("\n", "\n    "), flush=True)


def run_all(groups, parallel, seconds):
    waiting = list(groups)
    running, outcomes = {}, []
    began = time.monotonic()
    while waiting or running:
        if seconds is not None and time.monotonic() - began > seconds and waiting:
            tell_not_begun(waiting, seconds)
            waiting.clear()
        while waiting and len(running) < parallel:
            job = Job(waiting.pop(0))
            running[job.pipe] = job
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for pipe in ready:
            if not running[pipe].read():
                outcomes += end_job(running.pop(pipe))
        for pipe, job in list(running.items()):
            if job.overdue():
                outcomes += end_job(running.pop(pipe), f"{' and '.join(job.classes)} took over "
                                    f"{TIMEOUT} s each\n")
        end_orphans(running.values())
    return outcomes


def tell_not_begun(groups, seconds):
    names = sorted({class_of(test) for tests in groups for test in tests})
    print(f"# not begun, for {seconds} s were over: {len(names)} classes: {' '.join(names)}", flush=True)


def end_job(job, why=None):
    job.finish(why)
    return job.outcomes


def end_orphans(jobs):
    """Children of test processes that died become ours: end what is not a job of ours."""
    own = {job.process.pid for job in jobs}
    for pid, name in processes.children().items():
        if pid not in own:
            print(f"# ended a left-over process: {pid} {name}", flush=True)
            processes.end(pid)


def clear_networks(folder):
    """What classes left that were ended before they could clear up: removed with CI=true, else told.
    Networks that were kept on purpose are told again: so this is the whole list."""
    for network in sorted(folder.iterdir()):
        if os.environ.get("CI") == "true" and os.environ.get("TW_KEEP") != "1":
            subprocess.run([paths.NETWORK_SH, "destroy", network], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=False)
            shutil.rmtree(network, ignore_errors=True)
        else:
            print(f"# left: {network} (network.sh destroy removes it)", flush=True)
    with contextlib.suppress(OSError):  # not empty
        folder.rmdir()


def write_junit(path, outcomes):
    suite = ElementTree.Element("testsuite", name="process", tests=str(len(outcomes)))
    for outcome in outcomes:
        group, _, name = outcome["test"].rpartition(".")
        case = ElementTree.SubElement(suite, "testcase", classname=group, name=name,
                                      time=f"{outcome['seconds']:.3f}")
        if outcome["state"] != PASSED:
            tag = "failure" if outcome["state"] == FAILED else "skipped"
            ElementTree.SubElement(case, tag).text = outcome["detail"]
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-j", type=int, default=2 * os.cpu_count(), dest="parallel",
                        help="classes at once (default: two per core, since they mostly wait)")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--seconds", type=int, metavar="N", help="begin no class after that")
    parser.add_argument("--junit", metavar="FILE")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("pattern", nargs="?", default="")
    return parser.parse_args()


def main():
    if sys.argv[1:2] == ["--child"]:
        run_child(sys.argv[3:], int(sys.argv[2]))
        return 0
    options = arguments()
    given = options.seed if options.seed is not None else os.environ.get("TW_SEED")
    seed = int(given) if given is not None else random.SystemRandom().randrange(1, 10**9)
    os.environ["TW_SEED"] = str(seed)
    print(f"# seed {seed}, {options.parallel} at once", flush=True)
    groups = discover(options.pattern)
    if options.list:
        print("\n".join(test for tests in groups for test in tests))
        return 0
    processes.become_subreaper()
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="tw-run-", dir=os.environ.get("TW_TMP")))
    os.environ["TW_TMP"] = str(folder)
    try:
        with tempfile.TemporaryDirectory(prefix="tw-template-") as template:
            os.environ["TW_TEMPLATE"] = template
            outcomes = run_all(groups, options.parallel, options.seconds)
    finally:
        clear_networks(folder)
    if options.junit:
        write_junit(options.junit, outcomes)
    count = {state: sum(outcome["state"] == state for outcome in outcomes)
             for state in (PASSED, FAILED, SKIPPED)}
    print(f"# {time.monotonic() - started:.1f} s, seed {seed}")
    print(f"{count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped")
    return 1 if count[FAILED] or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
