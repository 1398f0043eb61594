#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The two modes: a Linux program says the same on the bare machine and below Septum."""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from voices import Suite, plain, run_log, voices

STORM_SECONDS = 120
STORM = re.compile(r"^storm: (\S.*)$", re.M)


def storm_bare(options):
    """The storm on the machine itself, without Septum: what the architecture says."""
    done = subprocess.run(
        ["platform/qemu/run.py", "--kernel", f"{options.build}/images/Image", "--initrd",
         f"{options.build}/images/storm.cpio.gz", "--append", "console=ttyS0 loglevel=1", "--harts", "1",
         "--memory", "256M", "--log", str(STORM_SECONDS)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    with open(f"{options.build}/boot/storm-bare.log", "wb") as log:
        log.write(done.stdout)
    return STORM.findall(plain(done.stdout))


def storm_below(options, extension):
    _, raw = run_log(options.make, f"{options.build}/boot/storm-h-{extension}.log", "tests/boot/storm.dts",
                     HARTS=1, MEMORY="512M", H=extension, SECONDS=STORM_SECONDS)
    return STORM.findall("\n".join(voices(raw).get("storm", [])))


def differences(one, other):
    return "; ".join(f"'{a}' became '{b}'" for a, b in zip(one, other) if a != b) or f"{len(one)} and {len(other)} lines"


def check_storm(suite, options):
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/storm.dts"], stdout=subprocess.DEVNULL, check=True)
    with ThreadPoolExecutor() as pool:
        bare, hardware = (job.result() for job in (pool.submit(storm_bare, options),
                                                   pool.submit(storm_below, options, "on")))
    for what, lines in (("bare", bare), ("hardware", hardware)):
        end = re.search(r"^end: (\d+) of (\d+) stages ok", lines[-1]) if lines else None
        suite.check(end and end[1] == end[2] and int(end[2]) >= 12, f"storm, {what}: every stage ends well",
                    "; ".join(line for line in lines if "FAILED" in line) or "; ".join(lines[-1:]))
    suite.check(bare == hardware, "storm: hardware mode says what the bare machine says", differences(bare, hardware))
    text = "\n".join(hardware)
    suite.check("rdcycle: SIGILL; rdinstret: SIGILL" in text, "storm: of the counters a guest has time alone", text[-300:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parts = {"storm": check_storm}
    parser.add_argument("parts", nargs="*", default=list(parts))
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("modes")
    for part in options.parts:
        parts[part](suite, options)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
