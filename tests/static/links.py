"""Every relative link in a Markdown file leads to a file, and every #anchor to a heading."""

import re

import tree

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```[^\n]*$|`[^`\n]*`", re.S | re.M)


def anchor(heading):
    """GitHub's rule: lower case, punctuation dropped, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path):
    source = CODE.sub(lambda code: code.group().replace("`", "") if "\n" not in code.group() else "",
                      tree.text(path))
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", source, re.M)}


def findings_of(path):
    for target in LINK.findall(CODE.sub("", tree.text(path))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (tree.ROOT / path.parent / name).resolve() if name else tree.ROOT / path
        if not file.exists():
            yield f"{path}: link to '{target}': no such file"
        elif fragment and file.suffix == ".md":
            if fragment not in anchors(file.relative_to(tree.ROOT)):
                yield f"{path}: link to '{target}': no such heading"


if __name__ == "__main__":
    tree.finish([finding for path in tree.files(".md") for finding in findings_of(path)])
