#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
A block server that faults at each request is given up in the end: from then on its client's reads fail at once. The
machine's time is that of instructions, so that the manager's pauses cost the build host nothing.
"""

import argparse
import os
import re
import subprocess
import sys

from console import PREFIX_KEY, Console
from voices import Suite

SECONDS = 120
FAILURES = 10  # src/servers/manager/device_server.c
PATIENCE_MS = 30000  # of a monitor, with a server that may still come back


def drive(suite, console):
    given_up = console.wait("septum", rf"the block server has failed {FAILURES} times in a row and is given up", SECONDS)
    suite.check(given_up, "the server is given up", console.said("septum")[-600:])
    before = console.said("io")
    waits = [int(ms) for ms in re.findall(r"^io read failed after (\d+) ms", before, re.M)]
    suite.check(any(ms >= PATIENCE_MS for ms in waits), "before, a read waited for it", f"{waits}")
    console.mark()
    console.wait("io", r"(?s)(^io read failed after \d+ ms.*){6}", SECONDS)
    waits = [int(ms) for ms in re.findall(r"^io read failed after (\d+) ms$", console.said("io"), re.M)][-4:]
    suite.check(len(waits) == 4 and max(waits) <= 1, "from then on reads fail at once", f"{waits} ms")
    console.mark()
    console.child.send(PREFIX_KEY + "c")
    console.pump(0.5)
    console.child.send("kill block\r")
    suite.check(console.wait("septum", "the block server was started again", SECONDS), "by hand it is tried once more",
                console.said("septum"))
    suite.check(console.wait("septum", "the block server faulted: cause 2", SECONDS), "and is asked again",
                console.said("septum"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    home = f"{options.build}/boot/failing"
    os.makedirs(home, exist_ok=True)
    with open(f"{home}/disk.img", "wb") as file:
        file.truncate(1 << 20)
    bundle = f"{home}/failing.bundle"
    subprocess.run([sys.executable, "src/tools/septum-config", "bundle", "tests/boot/failing.dts", "--servers",
                    f"{options.build}/tests/hostile/failing", "-o", bundle, "--memory", "256M", "--harts", "1", "--h", "on"],
                   stdout=subprocess.DEVNULL, check=True)
    suite = Suite("failing")
    console = Console(["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory", "256M",
                       "--initrd", bundle, "--share", home, "--icount", "on"], f"{options.build}/boot/failing.log")
    try:
        drive(suite, console)
    finally:
        console.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
