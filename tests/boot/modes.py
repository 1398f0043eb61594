#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The two modes: a Linux program says the same in both; Debian on harts without H; Septum as a guest of Septum."""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import boot
from console import PREFIX_KEY, Console
from voices import Suite, plain, run_log, voices

# Limits for a build host that has much else to do; alone it takes half a minute each.
STORM_SECONDS = 600
NESTED_SECONDS = 300
STORM = re.compile(r"^storm: (\S.*)$", re.M)
STAGES = 12
PAIR_STAGES = {"mend", "code", "threads"}


def storm_bare(options):
    """The storm on the machine itself, without Septum: what the architecture says."""
    done = subprocess.run(
        ["platform/qemu/run.py", "--kernel", f"{options.build}/images/Image", "--initrd",
         f"{options.build}/images/storm.cpio.gz", "--append", "console=ttyS0 loglevel=1", "--harts", "1",
         "--memory", "256M", "--log", str(STORM_SECONDS)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    with open(f"{options.build}/boot/storm-bare.log", "wb") as log:
        log.write(done.stdout)
    return {"the bare machine": STORM.findall(plain(done.stdout))}


def storm_below(options, system, extension, harts, names):
    """{what: lines} of the guests of a description, each of which runs the storm."""
    _, raw = run_log(options.make, f"{options.build}/boot/{system}-h-{extension}.log", f"tests/boot/{system}.dts",
                     HARTS=harts, MEMORY="1G", H=extension, SECONDS=STORM_SECONDS)
    said = voices(raw)
    return {what: STORM.findall("\n".join(said.get(name, []))) for name, what in names.items()}


def differences(one, other):
    return "; ".join(f"'{a}' became '{b}'" for a, b in zip(one, other) if a != b) or f"{len(one)} and {len(other)} lines"


def run_storms(options):
    """{what: lines} of the storm on the bare machine and in each mode; two machines run at once."""
    for system in ("storm", "storms", "storm-pair"):
        subprocess.run([options.make, "bundle", f"SYSTEM=tests/boot/{system}.dts"], stdout=subprocess.DEVNULL,
                       check=True)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(storm_below, options, "storms", "on", 2,
                            {"hardware": "hardware mode", "shadow": "shadow mode beside it"}),
                pool.submit(storm_bare, options),
                pool.submit(storm_below, options, "storm", "off", 1, {"storm": "shadow mode without H"}),
                pool.submit(storm_below, options, "storm-pair", "off", 2, {"pair": "two CPUs in shadow mode"})]
        return {what: lines for job in jobs for what, lines in job.result().items()}


def check_storm(suite, options):
    said = run_storms(options)
    bare = said.pop("the bare machine")
    suite.check(bare[-1:] == [f"end: {STAGES} of {STAGES} stages ok"], "storm, the bare machine: every stage ends well",
                "; ".join(bare[-3:]))
    for what, lines in said.items():
        wanted = bare
        if what.startswith("two CPUs"):
            wanted = [line for line in bare if line.split()[0] in PAIR_STAGES]
            wanted.append(f"end: {len(PAIR_STAGES)} of {len(PAIR_STAGES)} stages ok")
        suite.check(lines == wanted, f"storm, {what}: says what the bare machine says", differences(wanted, lines))
    suite.check(any("rdcycle: SIGILL; rdinstret: SIGILL" in line for line in bare),
                "storm: of the counters a program has time alone")


def check_off(suite, options):
    """The default description on harts without H, as a person would use it."""
    console = Console([options.make, "qemu", "SYSTEM=platform/qemu/default.dts", "HARTS=2", "MEMORY=1G", "H=off"],
                      f"{options.build}/boot/default-h-off.log")
    try:
        failed = suite.failed
        boot.check_boot(suite, console)
        if suite.failed > failed:
            return
        boot.check_focus(suite, console)
        console.command("db", "grep -m 1 mmu /proc/cpuinfo; echo end-$((1+1))", r"^end-2")
        suite.check(re.search(r"^mmu\s*: sv39$", console.said("db"), re.M), "db: is told of Sv39, as in shadow mode",
                    console.said("db"))
        uptime = boot.check_reboots(suite, console, 1)
        console.focus(1)
        console.mark()
        console.keys("poweroff -f\r")
        suite.check(console.wait("septum", r"'?web'?.*\boff\b", 30), "poweroff: Septum says that web is off")
        boot.check_others(suite, console, "poweroff", uptime)
        boot.check_heartbeat(suite, console)
        console.child.send(PREFIX_KEY + "q")
        suite.check(console.wait_end(20) == 0, "key q: the machine is off")
    finally:
        console.close()


def check_nested(suite, options):
    """Keys pass two consoles, and a guest's text comes back through both."""
    console = Console([options.make, "qemu", "SYSTEM=platform/qemu/nested.dts", "HARTS=1", "MEMORY=1G"],
                      f"{options.build}/boot/nested.log")
    try:
        if not suite.check(console.wait("inner", r"^\[web\] web:~# ", NESTED_SECONDS),
                           "nested: the guest of the inner Septum has a shell", console.said("inner")[-300:]):
            return
        answer = console.command("inner", "grep -m 1 mmu /proc/cpuinfo; echo inner-$((40+2))", r"^\[web\] inner-42", 60)
        suite.check(answer and re.search(r"mmu\s*: sv39", console.said("inner")), "nested: it answers what is typed")
        beats = re.findall(r"^\[beat\] beat (\d+)\b", console.said("inner", everything=True), re.M)
        suite.check(len(beats) > 5 and beats == [str(n + 1) for n in range(len(beats))],
                    "nested: the heartbeat beside it misses no beat", f"{len(beats)} beats")
        console.mark()
        console.keys("poweroff -f\r")
        suite.check(console.wait("inner", r"^\[septum\] guest 'web' is off", 60),
                    "nested: the inner Septum says that its guest is off", console.said("inner")[-300:])
        suite.check(console.wait("inner", r"^\[beat\] beat ", 20), "nested: the heartbeat goes on")
        # The outer console takes one of the two prefix keys, and gives the other to the inner one.
        console.child.send(PREFIX_KEY + PREFIX_KEY + "q")
        suite.check(console.wait("septum", r"guest 'inner' is off", 30), "nested: the inner Septum turns itself off")
        suite.check(console.wait_end(20) == 0, "nested: and with it the machine")
    finally:
        console.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parts = {"storm": check_storm, "off": check_off, "nested": check_nested}
    parser.add_argument("parts", nargs="*", default=list(parts))
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("modes")
    for part in options.parts:
        parts[part](suite, options)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
