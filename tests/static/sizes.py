"""A hint, not a verdict: files over 600 lines, which may want to be two."""

import tree

LINES = 600

if __name__ == "__main__":
    for path in tree.files(".c", ".h", ".sh", ".py", "run"):
        count = (tree.text(path) or "").count("\n")
        if count > LINES:
            print(f"{path}: {count} lines: think about its parts")
