#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Memory that Debian guests give up goes to a guest that is created of it, and comes back when that is destroyed."""

import argparse
import os
import subprocess
import sys
import time

from console import PREFIX_KEY, Console
from ctl import Patient, frames
from voices import Suite

SYSTEM = "tests/boot/balloon.dts"
ORDER = ("hard", "soft")  # as the description has them
GIVEN_MIB = 40  # by each
BOOT_SECONDS, BALLOON_SECONDS = 300, 120


def shell(console, name, text, pattern, seconds=60):
    console.focus(ORDER.index(name) + 1)
    return console.command(name, text, pattern, seconds)


def given_up(driver, name):
    return next(guest["given_up_mib"] for guest in driver.data("list")["guests"] if guest["name"] == name)


def comes_to(driver, name, mib, seconds=BALLOON_SECONDS):
    """The guest is without so much memory; False if it never gets there."""
    end = time.monotonic() + seconds
    while given_up(driver, name) != mib:
        if time.monotonic() > end:
            print(f"     '{name}' has given up {given_up(driver, name)} MiB, not {mib}", flush=True)
            return False
        driver.console.pump(0.3)
    return True


def balloon(driver, name, mib):
    status, said = driver.ctl(f"balloon {name} {mib}")
    return status == 0 and f"asked to give up {mib} MiB" in said


def total_kib(console, name):
    match = shell(console, name, "grep MemTotal /proc/meminfo", r"^MemTotal: +(\d+) kB")
    return int(match[1]) if match else 0


def digest(console, name):
    match = shell(console, name, "sha256sum /tmp/f", r"^([0-9a-f]{64})  /tmp/f", 120)
    return match[1] if match else None


def free_mib(driver):
    return frames(driver.data("stats"))[0] // 256


def check_mistakes(suite, driver):
    first = driver.options.guests[0]
    for line, code, word in ((f"balloon {first}", 2, "wants a number"), (f"balloon {first} 3", 2, "an even number"),
                             (f"balloon {first} 160", 1, "cannot give up 160"), ("balloon late 2", 1, "does not run")):
        status, said = driver.ctl(line)
        suite.check(status == code and word in said, f"mistake: {line}: status {code}", f"{status}: {said}")


def check_given(suite, console, driver, totals):
    """What they give up is free, and gone for them."""
    before = free_mib(driver)
    for name in driver.options.guests:
        suite.check(balloon(driver, name, GIVEN_MIB), f"{name}: is asked for {GIVEN_MIB} MiB")
    for name in driver.options.guests:
        suite.check(comes_to(driver, name, GIVEN_MIB), f"{name}: has given them up")
    stats = driver.data("stats")
    suite.check(frames(stats)[0] // 256 == before + len(driver.options.guests) * GIVEN_MIB, "stats: all of it is free",
                f"{before} MiB, then {frames(stats)}")
    suite.check(frames(stats)[1] == 0, "stats: each frame is free or has an owner", str(frames(stats)))
    for name in driver.options.guests:
        guest = next(g for g in stats["guests"] if g["name"] == name)
        suite.check(guest["memory_mib"] == 160 - GIVEN_MIB and guest["described_mib"] == 160, f"{name}: has less", str(guest))
        suite.check(totals[name] - total_kib(console, name) == GIVEN_MIB * 1024, f"{name}: its kernel knows", console.said(name))


def check_late(suite, console, driver, mib):
    """A guest that did not fit is created, and those that gave it their memory get none while it is there."""
    suite.check(driver.ctl(f"create late memory-mib={mib}")[0] == 0, f"late: is created with {mib} MiB")
    suite.check(console.wait("late", rf"entered at tick \d+, {mib} MiB", 60), "late: runs", console.said("late"))
    first = driver.options.guests[0]
    suite.check(balloon(driver, first, 0), f"{first}: may have its memory back")
    console.pump(3)
    suite.check(given_up(driver, first) > 16, f"{first}: waits for what is not there", str(driver.data("stats")))
    for name in driver.options.guests:
        suite.check(shell(console, name, "echo up-$((20+3))", r"^up-23$"), f"{name}: goes on", console.said(name))
    console.mark()
    suite.check(console.wait("late", r"late \d+ t=|heartbeat|beat", 20), "late: goes on", console.said("late"))
    suite.check(driver.ctl("destroy late")[0] == 0, "late: is destroyed")


def drive(suite, console, driver):
    suite.check(console.wait("septum", "guests from", 60), "the machine is up")
    for name in driver.options.guests:  # one after another: each boot has the machine to itself
        driver.ctl(f"start {name}")
        if not suite.check(console.wait(name, rf"{name}:~# ", BOOT_SECONDS), f"{name}: has its shell", console.said(name)):
            return
    check_mistakes(suite, driver)
    made = {}
    for name in driver.options.guests:
        shell(console, name, "head -c 4194304 /dev/urandom >/tmp/f; echo made-$((1+1))", r"^made-2$", 120)
        made[name] = digest(console, name)
    totals = {name: total_kib(console, name) for name in driver.options.guests}
    before = frames(driver.data("stats"))
    given = len(driver.options.guests) * GIVEN_MIB
    mib = (before[0] // 256 + given - 16) // 2 * 2  # some is its monitor's; what is left is less than any guest gave
    status, said = driver.ctl(f"create late memory-mib={mib}")
    suite.check(status == 1 and "are free" in said, f"late: {mib} MiB are too much at first", said)
    check_given(suite, console, driver, totals)
    check_late(suite, console, driver, mib)
    for name in driver.options.guests[1:]:
        suite.check(balloon(driver, name, 0), f"{name}: may have its memory back")
    for name in driver.options.guests:
        suite.check(comes_to(driver, name, 0), f"{name}: has all of its memory again")
        suite.check(total_kib(console, name) == totals[name], f"{name}: its kernel knows", console.said(name))
        suite.check(made[name] and digest(console, name) == made[name], f"{name}: what it wrote is as it was", console.said(name))
    after = frames(driver.data("stats"))
    suite.check(after == before, "no frame is lost", f"{before}, then {after}")
    check_ends(suite, console, driver, before)


def check_ends(suite, console, driver, before):
    """A guest that reboots has all of its memory; one that is stopped without some leaves no frame behind."""
    name = driver.options.guests[0]
    balloon(driver, name, 20)
    suite.check(comes_to(driver, name, 20), f"{name}: has given up 20 MiB")
    shell(console, name, "reboot -f", rf"{name}:~# ", BOOT_SECONDS)
    suite.check(comes_to(driver, name, 20), f"{name}: after a reboot it is asked again", console.said(name))
    for name in driver.options.guests:
        driver.ctl(f"destroy {name}")
    end = time.monotonic() + 30
    while "ending" in str(driver.data("list")) and time.monotonic() < end:
        console.pump(0.3)
    stats = driver.data("stats")
    back = frames(stats)[0] - before[0]
    suite.check(frames(stats)[1] == 0 and back > len(driver.options.guests) * 160 * 256, "destroyed: all frames come back",
                str(frames(stats)))
    console.child.send(PREFIX_KEY + "q")
    suite.check(console.wait_end(30) == 0, "quit: the machine is off")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--guests", nargs="*", default=ORDER,
                        help="those that have a balloon: hard, soft")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("balloon")
    console = Console([options.make, "qemu", f"SYSTEM={SYSTEM}", f"HARTS={options.harts}", "MEMORY=512M"], f"{options.build}/boot/balloon.log")
    try:
        drive(suite, console, Patient(options, console))
    finally:
        console.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
