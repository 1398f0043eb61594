#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Prints `target  text` for each line `target: ... ## text` of the makefiles named."""

import re
import sys

# The order a newcomer meets them in; what is not named here follows by name.
FIRST = "help doctor setup all qemu run-log check verify bench show lint config-check fuzz clean".split()
LINE = re.compile(r"^([a-z][\w-]*):[^#=]*## (.*)$")


def main():
    found = {}
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as source:
            for line in source:
                match = LINE.match(line.rstrip("\n"))
                if match:
                    found.setdefault(match[1], match[2])
    rank = {name: place for place, name in enumerate(FIRST)}
    for name in sorted(found, key=lambda name: (rank.get(name, len(rank)), name)):
        print(f"  {name:<14} {found[name]}")


if __name__ == "__main__":
    main()
