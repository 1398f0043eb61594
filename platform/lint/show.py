#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""`make show`: source lines (no blanks, no comments, so no contracts) of the privileged part by module; with a module's
name, every file of that module."""

import os
import sys

import rules
import source


def module_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def show_module(files, module):
    names = (module, module + "_test", module + "-test", "test_" + module)
    rows = [file for file in files if module_of(file.path) in names or f"/{module}/" in file.path]
    if not rows:
        print(f"show: there is no module '{module}'", file=sys.stderr)
        return 1
    for file in rows:
        print(f"{file.sloc():>7}  {file.path}")
    return 0


def show_kernel(files):
    kernel = [file for file in files if file.path.startswith(("src/kernel/", "include/kernel/")) and "/host/" not in file.path]
    table, totals = {}, {"C": 0, "asm": 0}
    for file in kernel:
        kind = "asm" if file.path.endswith(".S") else "C" if file.is_c else None
        if kind:
            row = table.setdefault(module_of(file.path), {"C": 0, "asm": 0, "comment": 0})
            lines = sum(1 for line in file.lines if line.strip())
            row[kind] += file.sloc()
            row["comment"] += lines - file.sloc()
            totals[kind] += file.sloc()
    print(f"{'module':<16}{'C':>7}{'asm':>7}{'contracts and comments':>26}")
    for module in sorted(table):
        row = table[module]
        print(f"{module:<16}{row['C'] or '':>7}{row['asm'] or '':>7}{row['comment']:>26}")
    print(f"{'privileged':<16}{totals['C']:>7}{totals['asm']:>7}")
    print(f"{'at most':<16}{rules.KERNEL_C_SLOC:>7}{rules.KERNEL_ASM_SLOC:>7}")
    return 0


def main():
    files = [source.File(".", path) for path in source.walk(".") if source.is_code(path)]
    return show_module(files, sys.argv[1]) if len(sys.argv) > 1 else show_kernel(files)


if __name__ == "__main__":
    sys.exit(main())
