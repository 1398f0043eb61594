#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Checks that the documents are true. First the checks are shown documents that are wrong: each must see what it is for."""

import os
import sys

from checks import CHECKS, Document, Tree, calls, columns, figures, identifiers, limits, links, messages, names, paths, quotes, runs, shadow_figures, verbs

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Made from the tool's own table, and compared with it by check-system; its lines are the tool's.
LONG_LINES = {"docs/system-description.md", "spec/assumptions.md", "spec/invariants.md"}

# check, path, a document in which it must find exactly one thing
WRONG = [
    (links, "a.md", "see [this](docs/no-such-page.md) and [that](README.md)"),
    (links, "a.md", "# Here\nsee [up](#here) and [down](#nowhere)"),
    (verbs, "a.md", "`make check` and `make coffee`"),
    (verbs, "a.md", "```sh\nmake qemu SYSTEM=x COLOUR=red\n```"),
    (paths, "a.md", "`src/kernel/frame.c` and `src/kernel/framework.c`"),
    (identifiers, "a.md", "ASM-1 and ASM-999"),
    (identifiers, "a.md", "error[LDR-8] and error[LDR-88]"),
    (names, "a.md", "`frame_give` and `frame_forgive`"),
    (quotes, "a.md", "in `include/kernel/frame.h`:\n\n```c\nint frame_give(void);\n```"),
    (messages, "a.md", "\n## When it does not work\n\n| `guest '…' has crashed` | |\n| `guest '…' has evaporated` | |\n"),
    (columns, "a.md", "word " * 40),
    (calls, "docs/abi.md", None),
    (limits, "a.md", "16 GiB of memory, 8 harts, 63 domains, 64 threads"),
    (shadow_figures, "a.md", "<!-- bench shadow -->\n| a |\n|---|\n| CSR read | 1 | 2 | 3 | 120 |\n<!-- end bench -->"),
    (figures, "a.md", "<!-- bench -->\n| a |\n|---|\n| x | 1 | 2 | 935 | 742 | 245 |\n| y | 1 | 2 | 935 | 742 | 1 |\n<!-- end bench -->"),
    (runs, "a.md", "```sh run-check\ntrue\nfalse\n```"),
]


def test_checks(tree):
    failed = 0
    for check, path, text in WRONG:
        if text is None:
            text = tree.read(path).replace("`SEPTUM_IRQ_ACK`", "`SEPTUM_IRQ_BIND`")
        found = list(check(Document(path, text), tree))
        if len(found) != 1:
            print(f"tests/docs/run.py: error: '{check.__doc__}' finds {len(found)} things wrong in {text[:60]!r}: {found}")
            failed += 1
    return len(WRONG) - failed, failed


def test_documents(tree):
    passed = failed = 0
    for path in [n for n in tree.files if n.endswith(".md") and n.count("/") < 3]:
        document = Document(path, tree.read(path))
        for check in CHECKS:
            if check is columns and path in LONG_LINES:
                continue
            found = list(check(document, tree))
            for line, what in found:
                print(f"{path}:{line}: error: {what}\n   rule: {check.__doc__}")
            failed += bool(found)
            passed += not found
    return passed, failed


def main():
    tree = Tree(TOP)
    one, two = test_checks(tree), test_documents(tree)
    print(f"docs: {one[0] + two[0]} passed, {one[1] + two[1]} failed")
    return 1 if one[1] + two[1] else 0


if __name__ == "__main__":
    sys.exit(main())
