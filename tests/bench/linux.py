#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
What a system call of Linux and a switch between two of its processes cost, on the bare machine and in both modes, under
icount; and how many page faults come with them, which in shadow mode are fills where Linux itself takes none.
"""

import argparse
import collections
import json
import re
import shlex
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from causes import TRAP, part_of  # noqa: E402 (the path is set above)

ROW = re.compile(rb"storm: speed (\w+) N=(\d+) batches=(\d+) ticks=(\d+)")
INSTRUCTIONS_PER_TICK = 100
PAGE_FAULTS = {12, 13, 15}
ILLEGAL, BREAKPOINT = 2, 3
# The marks of tests/guests/storm/speed.c: one before, one behind each part.
PARTS = {"getpid": 1, "round": 3}
# Of a round trip, in shadow mode: its two spaces are remembered, so a few faults in all are what else goes on meanwhile.
FAULTS_MOST = 0.05


def command(options, mode):
    arguments = ["platform/qemu/run.py", "--print", "--harts", "1", "--memory", "1G", "--icount", "on", "--iommu", "off",
                 "--extra", "-d int"]
    if mode == "bare":
        arguments += ["--kernel", f"{options.build}/images/Image", "--initrd", f"{options.build}/images/storm.cpio.gz",
                      "--append", "console=ttyS0 loglevel=1 randomize_kstack_offset=off -- speed"]
    else:
        arguments += ["--kernel", f"{options.build}/septum.bin", "--h", "on" if mode == "hardware" else "off",
                      "--initrd", f"{options.build}/bundles/tests_bench_linux.bundle"]
    return shlex.split(subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True).stdout)


def traps_by_part(lines):
    """{marks so far: {cause: count}} of the guest's traps; interrupts do not count."""
    parts, marks = collections.defaultdict(collections.Counter), 0
    for line in lines:
        found = TRAP.search(line)
        if not found or found[1] != b"0" or not part_of(int(found[3], 16)).startswith("guest"):
            continue
        cause = int(found[2], 16)
        if cause == BREAKPOINT and int(found[3], 16) < 1 << 38:
            marks += 1
        parts[marks][cause] += 1
    return parts


def measure(options, mode):
    """{row: (instructions, page faults, illegal instructions) of each}; None if the guest did not finish."""
    done = subprocess.run(command(options, mode), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=options.seconds, check=False)
    parts, rows = traps_by_part(done.stderr.split(b"\n")), {}
    for name, count, batches, ticks in ROW.findall(done.stdout):
        traps, times = parts[PARTS[name.decode()]], int(count) * int(batches)
        rows[name.decode()] = [int(ticks) * INSTRUCTIONS_PER_TICK / int(count),
                               sum(traps[cause] for cause in PAGE_FAULTS) / times, traps[ILLEGAL] / times]
    if rows.keys() != PARTS.keys():
        print(f"linux: error: {mode}: the guest did not finish", file=sys.stderr)
        return None
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=120, help="limit of each boot")
    parser.add_argument("modes", nargs="*", default=["bare", "hardware", "shadow"])
    options = parser.parse_args()
    subprocess.run([options.make, "bundle", "SYSTEM=tests/bench/linux.dts"], stdout=subprocess.DEVNULL, check=True)
    found = {mode: measure(options, mode) for mode in options.modes}
    print(f"{'':<10}{'getpid':>14}{'round trip':>14}   of two processes by pipes: two switches")
    for mode, rows in found.items():
        for i, what in enumerate(("instructions", "page faults", "illegal instructions") if rows else ()):
            print(f"{mode:<10}" + "".join(f"{rows[name][i]:>14,.{2 if i else 0}f}" for name in PARTS) + f"   {what}")
    with open(f"{options.build}/bench/linux.json", "w", encoding="utf-8") as file:
        json.dump(found, file, indent=2)
    if not all(found.values()):
        return 1
    if "shadow" in found and found["shadow"]["round"][1] > FAULTS_MOST:
        print(f"linux: error: shadow: a round trip takes {found['shadow']['round'][1]:.2f} page faults, not 0: the spaces "
              "are not both remembered", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
