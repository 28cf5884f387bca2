"""clang-tidy over every file that the build compiles, in parallel, skipping what has not changed.

With TW_SEED, half of the product's files, drawn by it; with TW_THOROUGH=1 all, the tests too.
A clean file leaves its key in BUILD/tidy/. The key covers everything the verdict depends on: the
checker's version, .clang-tidy, the compiler's command line, and the contents of the source and of
every header of this checkout that it includes (as `gcc -MM` lists them).

    tidy.py BUILD     prints the findings and one line of counts; exit code 1 when there are any
"""

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from random import Random

import tree


TIDY = "clang-tidy"


def included(entry):
    """The source itself and the headers of this checkout, sorted."""
    command = shlex.split(entry["command"])
    output = command.index("-o")
    command[output:output + 2] = ["-MM"]
    rule = subprocess.run(command, cwd=entry["directory"], check=True, text=True,
                          capture_output=True).stdout
    names = shlex.split(rule.replace("\\\n", " ").partition(":")[2])
    paths = {(Path(entry["directory"]) / name).resolve() for name in names}
    return sorted(path for path in paths if path.is_relative_to(tree.ROOT))


def key_of(entry, common):
    digest = hashlib.sha256(common)
    digest.update(entry["command"].encode())
    for path in included(entry):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def look_at(entry, build, common):
    """The findings on one file, "" when clean, None when it was clean before and has not changed."""
    path = Path(entry["file"]).relative_to(tree.ROOT)
    mark = build / "tidy" / str(path).replace("/", "__")
    key = key_of(entry, common)
    if mark.exists() and mark.read_text() == key:
        return None
    result = subprocess.run([TIDY, "--quiet", "-p", str(build), entry["file"]], text=True,
                            capture_output=True, cwd=tree.ROOT)
    if result.returncode == 0:
        mark.write_text(key)
        return ""
    return result.stdout + result.stderr


def is_wanted(path, build):
    """Generated files never."""
    if path.is_relative_to(build) or os.environ.get("TW_THOROUGH") == "1":
        return not path.is_relative_to(build)
    seed = os.environ.get("TW_SEED")
    return not path.is_relative_to(tree.ROOT / "tests") and (
        seed is None or Random(f"{seed}/{path.relative_to(tree.ROOT)}").random() < 1 / 2)


def main(build):

    (build / "tidy").mkdir(exist_ok=True)
    entries = [entry for entry in json.loads((build / "compile_commands.json").read_text())
                              if is_wanted(Path(entry["file"]), build)]
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (tree.ROOT / ".clang-tidy").read_bytes()
    cores = len(os.sched_getaffinity(0))
    clean, unchanged, bad = 0, 0, 0
    with concurrent.futures.ThreadPoolExecutor(cores) as pool:
        for findings in pool.map(lambda entry: look_at(entry, build, common), entries):
            if findings is None:
                unchanged += 1
            elif findings == "":
                clean += 1
            else:
                bad += 1
                print(findings, flush=True)
    print(f"{clean} clean, {unchanged} unchanged since clean, {bad} with findings")
    raise SystemExit(1 if bad or not entries else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
