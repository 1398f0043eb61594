#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Servers that somebody else speaks through: the manager asks for what it gave away, the console loses its way."""

import argparse
import os
import re
import subprocess
import sys
import tempfile

from console import PREFIX_KEY, Console
from debugger import PC, Debugger, Program
from voices import Suite

GUESTS = ("one", "two")
CAPS = 128
RESTARTS = 5
LEND, REVOKE, RECLAIM, INFO, MAP = 33, 34, 36, 37, 41
DENIED, BAD_CAP, NOT_OWNER = -3, -2, -6


def guest_frame(debugger, manager):
    """A frame of a guest's memory: of those that have a borrower, the owner of most."""
    owners = {}
    for frame in range(0, 1 << 16, 256):
        status, owner, borrower, *_ = debugger.call(manager, INFO, frame)
        if status == 0 and borrower:
            owners.setdefault(owner, []).append(frame)
    return max(owners.values(), key=len)[0]


def check_manager(suite, path, manager):
    debugger = Debugger(path)
    debugger.run_to(manager, manager.symbol["commands_serve"])
    said = [debugger.call(manager, REVOKE, slot, 0)[0] for slot in range(CAPS)]
    suite.check(said.count(DENIED) >= 2 * len(GUESTS), "manager: holds the guests and their monitors without their memory",
                f"{said.count(DENIED)} slots")
    rights = sum(status not in (DENIED, BAD_CAP) for status in said)
    suite.check(rights == 2, "manager: has a right to memory of itself and the console only", f"of {rights} domains")
    frame = guest_frame(debugger, manager)
    said = {debugger.call(manager, LEND, slot, frame, 0)[0] for slot in range(CAPS)}
    suite.check(said <= {DENIED, BAD_CAP, NOT_OWNER}, "manager: cannot borrow a guest's frame", f"{said}")
    for what, call, *arguments in (("map", MAP, 0, 0x7000_0000, frame, 0, 1), ("reclaim", RECLAIM, frame)):
        status = debugger.call(manager, call, *arguments)[0]
        suite.check(status == NOT_OWNER, f"manager: cannot {what} a guest's frame", f"status {status}")
    debugger.leave()


def break_console(path, program):
    debugger = Debugger(path)
    debugger.run_to(program, program.symbol["ring_take"])
    debugger.set_register(PC, 0)
    debugger.leave()


def check_console(suite, console, path, program):
    console.mark()
    break_console(path, program)
    suite.check(console.wait("septum", "the console faulted: cause 12 at pc 0x0", 20), "console: its fault is told")
    suite.check(console.wait("septum", "the console was started again", 20), "console: is started again")
    for name in GUESTS:
        console.mark()
        suite.check(console.wait(name, r"^beat \d+", 20), f"console: shows '{name}' again")
    for key, pattern in (("k", "'one' is stopped"), ("s", "'one' starts")):
        console.mark()
        console.child.send(PREFIX_KEY + key)
        suite.check(console.wait("septum", pattern, 20), f"console: takes the key {key} again")
    suite.check(console.wait("one", "entered at tick", 20), "console: a guest that starts then has its ring")
    for _ in range(1, RESTARTS):
        console.mark()
        break_console(path, program)
        console.wait("septum", "the console was started again", 20)
    console.mark()
    break_console(path, program)
    suite.check(console.wait("septum", f"it has been {RESTARTS} times; the guests run on", 20),
                "console: is not started for ever")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--cross", required=True, help="prefix of the target's binutils")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    home = tempfile.TemporaryDirectory()  # a socket's path must be short
    path = f"{home.name}/gdb"
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/takeover.dts"], stdout=subprocess.DEVNULL, check=True)
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory", "256M",
               "--initrd", f"{options.build}/bundles/tests_boot_takeover.bundle",
               "--extra", f"-chardev socket,path={path},server=on,wait=off,id=gdb -gdb chardev:gdb"]
    servers = [Program(f"{options.build}/servers/{name}/{name}.elf", options.cross) for name in ("manager", "console")]
    suite = Suite("takeover")
    console = Console(command, f"{options.build}/boot/takeover.log")
    try:
        if suite.check(all(console.wait(name, r"^beat 1\b", 60) for name in GUESTS), "the guests run"):
            console.child.send(PREFIX_KEY + "s")  # "is on already": so that the manager comes by
            check_manager(suite, path, servers[0])
            suite.check(console.wait("septum", "is on already", 20), "manager: goes on as if nothing had been")
            check_console(suite, console, path, servers[1])
        beats = [int(n) for n in re.findall(r"^beat (\d+)\b", console.said("two", everything=True), re.M)]
        suite.check(beats, "the other guest beats on", f"{max(beats, default=0)} beats")
    finally:
        console.close()
        home.cleanup()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
