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
CAPS = 160
RESTARTS = 5
CREATE, START, THREAD_INFO = 21, 22, 24
LEND, REVOKE, RECLAIM, AUDIT, MAP = 33, 34, 36, 37, 41
AUDIT_CAP, AUDIT_FRAME, AUDIT_HIGH = 3, 0, 1 << 32
DENIED, BAD_CAP, NOT_OWNER = -3, -2, -6


def guest_frame(debugger, manager):
    """A frame of a guest's memory: of those that have a borrower, the owner of most."""
    owners = {}
    for frame in range(0, 1 << 16, 256):
        status, _, _, both, *_ = debugger.call(manager, AUDIT, AUDIT_CAP, AUDIT_FRAME, frame, 0)
        if status == 0 and both >= AUDIT_HIGH:
            owners.setdefault(both % AUDIT_HIGH, []).append(frame)
    return max(owners.values(), key=len)[0]


def check_threads(suite, debugger, manager):
    """Of a guest's domains it can look at the threads, which is enough to end them, and can start none."""
    seen = [slot for slot in range(CAPS) if debugger.call(manager, THREAD_INFO, slot)[0] == 0]
    said = [debugger.call(manager, START, slot, 0x400000, 0, 0)[0] for slot in seen]
    # Its own and the console's answer that they run already.
    suite.check(len(seen) == 2 + len(GUESTS) and said.count(DENIED) == len(GUESTS),
                "manager: cannot start a monitor's thread", f"{said}")
    said = [debugger.call(manager, CREATE, slot, 0, 0, 3, 0, 0)[0] for slot in range(CAPS)]
    suite.check(said.count(DENIED) >= 2 * len(GUESTS), "manager: cannot make a thread in a monitor's domain", f"{said}")


def check_manager(suite, console, path, manager):
    debugger = Debugger(path)
    console.child.send(PREFIX_KEY + "s")  # "is on already": so that the manager comes by
    debugger.run_to(manager, manager.symbol["commands_serve"])
    said = [debugger.call(manager, REVOKE, slot, 0)[0] for slot in range(CAPS)]
    suite.check(said.count(DENIED) >= 2 * len(GUESTS), "manager: holds the guests and their monitors without their memory",
                f"{said.count(DENIED)} slots")
    rights = sum(status not in (DENIED, BAD_CAP) for status in said)
    suite.check(rights == 2, "manager: has a right to memory of itself and the console only", f"of {rights} domains")
    check_threads(suite, debugger, manager)
    frame = guest_frame(debugger, manager)
    said = {debugger.call(manager, LEND, slot, frame, 0)[0] for slot in range(CAPS)}
    suite.check(said <= {DENIED, BAD_CAP, NOT_OWNER}, "manager: cannot borrow a guest's frame", f"{said}")
    for what, call, *arguments in (("map", MAP, 0, 0x7000_0000, frame, 0, 1), ("reclaim", RECLAIM, frame)):
        status = debugger.call(manager, call, *arguments)[0]
        suite.check(status == NOT_OWNER, f"manager: cannot {what} a guest's frame", f"status {status}")
    debugger.leave()


def lose_way(console, key, path, program, function):
    """The program jumps to 0 where it should begin that function, to which a command leads it."""
    debugger = Debugger(path)
    console.child.send(PREFIX_KEY + key if key else "")  # it stays in the line until the machine goes on
    debugger.run_to(program, program.symbol[function])
    debugger.set_register(PC, 0)
    debugger.leave()


def check_monitors(suite, console, path, monitor):
    """The end of a monitor is told, and is that of its guest alone, which starts again if it is described so."""
    for number, (name, other, then) in enumerate((("one", "two", "the guest is stopped; Ctrl-] s"),
                                                  ("two", "one", "the guest is stopped and starts again")), 1):
        console.focus(number)
        console.mark()
        lose_way(console, "r", path, monitor, "load_guest")
        told = rf"guest '{name}': its monitor's thread 0 faulted: cause 12 at pc 0x0, address 0x0; {then}"
        suite.check(console.wait("septum", told, 20), f"monitor of {name}: its fault is told", console.said("septum"))
        console.mark()
        suite.check(console.wait(other, r"^beat \d+", 20), f"monitor of {name}: the other guest beats on")
        if name == "one":
            suite.check("entered" not in console.said("one"), "monitor of one: its guest stays off")
            console.child.send(PREFIX_KEY + "s")
        suite.check(console.wait(name, "entered at tick", 20), f"monitor of {name}: its guest starts again")


def check_console(suite, console, path, program):
    console.mark()
    lose_way(console, "", path, program, "ring_take")
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
        lose_way(console, "", path, program, "ring_take")
        console.wait("septum", "the console was started again", 20)
    console.mark()
    lose_way(console, "", path, program, "ring_take")
    suite.check(console.wait("septum", f"it has been {RESTARTS} times; the guests run on", 20),
                "console: is not started for ever")


def check_death(suite, console, path, manager):
    """Without a manager nothing is started any more; who asks it gets an error, and the others go on."""
    lose_way(console, "r", path, manager, "call_serve")
    suite.check(console.wait("one", "not started: the manager cannot read", 20), "no manager: its caller gets an error",
                console.said("one"))
    console.mark()
    suite.check(console.wait("two", r"^beat \d+", 20), "no manager: the other guest beats on")


def boot(suite, options, name, check):
    home = tempfile.TemporaryDirectory()  # a socket's path must be short
    path = f"{home.name}/gdb"
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory", "256M",
               "--initrd", f"{options.build}/bundles/tests_boot_takeover.bundle",
               "--extra", f"-chardev socket,path={path},server=on,wait=off,id=gdb -gdb chardev:gdb"]
    console = Console(command, f"{options.build}/boot/{name}.log")
    try:
        check(console, path)
    except TimeoutError as late:
        suite.check(False, f"{name}: the machine answers in time", str(late))
    finally:
        console.close()
        home.cleanup()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--cross", required=True, help="prefix of the target's binutils")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/takeover.dts"], stdout=subprocess.DEVNULL, check=True)
    manager, monitor, server = (Program(f"{options.build}/servers/{name}/{name}.elf", options.cross)
                                for name in ("manager", "monitor", "console"))
    suite = Suite("takeover")

    def begun(console):
        return suite.check(all(console.wait(name, r"^beat 1\b", 60) for name in GUESTS), "the guests run")

    def taken(console, path):
        if not begun(console):
            return
        check_manager(suite, console, path, manager)
        suite.check(console.wait("septum", "is on already", 20), "manager: goes on as if nothing had been")
        check_monitors(suite, console, path, monitor)
        console.focus(1)
        check_console(suite, console, path, server)
        beats = [int(n) for n in re.findall(r"^beat (\d+)\b", console.said("two", everything=True), re.M)]
        suite.check(beats, "the other guest beats on", f"{max(beats, default=0)} beats")

    def dead(console, path):
        if begun(console):
            check_death(suite, console, path, manager)

    boot(suite, options, "takeover", taken)
    boot(suite, options, "death", dead)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
