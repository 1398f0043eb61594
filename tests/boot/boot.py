#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Drives the default system as a person would: two Debian guests and a heartbeat, from power-on to quit."""

import argparse
import os
import re
import sys
import time

from console import PREFIX_KEY, Console
from voices import Suite

BOOT_SECONDS = 300  # on a build host that has much else to do
GUESTS = ("web", "db")
MEMORY_MIB = 256


def check_boot(suite, console):
    for name in GUESTS:
        suite.check(console.wait(name, rf"^{name}: Linux \S+ on 1 CPU", BOOT_SECONDS), f"{name}: Debian's kernel boots")
        suite.check(console.wait(name, rf"{name}:~# ", 30), f"{name}: a shell asks for input")
    # busybox asks for the cursor's place with each prompt; the answer could reach another guest.
    suite.check(b"\x1b[6n" not in console.raw, "a guest's question does not reach the terminal")
    return suite.failed == 0


def check_focus(suite, console):
    """What is typed reaches the guest that has the keyboard, and no other."""
    for number, name in enumerate(GUESTS, 1):
        other = GUESTS[2 - number]
        console.focus(number)
        answer = console.command(name, f"echo here-$((40+{number}))", rf"here-4{number}")
        suite.check(answer, f"{name}: answers what is typed after the focus went there")
        suite.check("here-4" not in console.said(other), f"{other}: hears nothing of it")


def check_machine(suite, console):
    """/proc tells what the description says, less what the kernel keeps for itself."""
    console.focus(1)
    console.command("web", "grep -c ^processor /proc/cpuinfo; grep isa /proc/cpuinfo; echo end-$((1+1))", "end-2")
    text = console.said("web")
    suite.check(re.search(r"^1$", text, re.M), "web: /proc/cpuinfo lists one CPU")
    isa = re.search(r"^isa\s*:\s*(rv64\w+)", text, re.M)
    suite.check(isa and isa[1].startswith("rv64im"), "web: /proc/cpuinfo names the ISA", isa and isa[1])
    suite.check(isa and not re.search(r"rv64[a-z]*h", isa[1]), "web: is not told of the H extension", isa and isa[1])
    total = console.command("web", "grep MemTotal /proc/meminfo", r"MemTotal:\s+(\d+) kB")
    mib = int(total[1]) // 1024 if total else 0
    suite.check(MEMORY_MIB // 2 < mib <= MEMORY_MIB, "web: /proc/meminfo shows its memory", f"{mib} MiB")


def check_clock(suite, console):
    """Debian's driver of the RTC sets the time at boot, and reads it when asked; the generator is seeded."""
    console.focus(1)
    date = console.command("web", "date +seconds-%s", r"^seconds-(\d{10})")
    suite.check(date and abs(int(date[1]) - time.time()) < 60, "web: date is the build host's", date and date[0])
    read = console.command("web", "hwclock -r -u >/dev/null && echo clock-$((1+1))", "^clock-2")
    suite.check(read, "web: hwclock reads the RTC", console.said("web"))
    console.command("web", "dmesg | grep -i 'crng init'; echo end-$((2+2))", "end-4")
    suite.check("crng init done" in console.said("web"), "web: its random numbers are seeded", console.said("web"))


def check_interrupt(suite, console):
    console.focus(1)
    console.mark()
    console.keys("sleep 1000\r")
    console.wait("web", "sleep 1000", 10)
    console.pump(1)
    console.keys("\x03")
    suite.check(console.wait("web", r"web:~# ", 10), "web: Ctrl-C ends a program")
    suite.check(console.command("web", "echo status-$?", "status-130"), "web: the shell says so")


def uptime_of(console, name):
    match = console.command(name, "cat /proc/uptime", r"^(\d+\.\d+) \d+")
    return float(match[1]) if match else -1.0


def check_others(suite, console, what, since):
    """After something befell web: db has its file and its uptime, the heartbeat its rhythm."""
    console.focus(2)
    suite.check(console.command("db", "cat kept", r"^precious-42"), f"{what}: db keeps its file")
    now = uptime_of(console, "db")
    suite.check(now > since, f"{what}: db keeps its uptime", f"{since} s, then {now} s")
    return now


def check_reboots(suite, console, times):
    console.focus(2)
    console.command("db", "echo precious-$((41+1)) >kept; cat kept", "^precious-42")
    uptime = uptime_of(console, "db")
    for turn in range(1, times + 1):
        console.focus(1)
        console.command("web", f"echo turn >lost; echo gone-{turn}", f"^gone-{turn}")
        console.mark()
        console.keys("reboot -f\r")
        suite.check(console.wait("web", r"^web: Linux", BOOT_SECONDS), f"reboot {turn}: web boots again")
        suite.check(console.wait("web", r"web:~# ", 30), f"reboot {turn}: web has its shell again")
        suite.check(console.command("web", "ls lost; echo seen-$((1+1))", "seen-2")
                    and "No such file" in console.said("web"), f"reboot {turn}: web begins anew")
        uptime = check_others(suite, console, f"reboot {turn}", uptime)
    check_starts(suite, console, times + 1)
    return uptime


def check_starts(suite, console, times):
    """The console counts a guest's own reboots, too."""
    console.mark()
    console.child.send(PREFIX_KEY + "c")
    console.pump(0.5)
    console.child.send("stats\r")
    console.wait("septum", r"MiB are free", 20)
    said = console.said("septum")
    suite.check(re.search(rf"^web .* {times}$", said, re.M), f"stats: web was started {times} times", said)
    console.child.send("exit\r")


def check_poweroff(suite, console, uptime):
    console.focus(1)
    console.mark()
    console.keys("poweroff -f\r")
    suite.check(console.wait("septum", r"'?web'?.*\boff\b", 30), "poweroff: Septum says that web is off",
                console.said("septum"))
    uptime = check_others(suite, console, "poweroff", uptime)
    console.focus(1)
    console.mark()
    console.child.send(PREFIX_KEY + "s")
    suite.check(console.wait("web", r"web:~# ", BOOT_SECONDS), "start: web boots when asked to")
    check_others(suite, console, "start", uptime)


def check_keys(suite, console):
    for key, what, pattern in (("h", "help", r"quit"), ("l", "list", r"web.*")):
        console.mark()
        console.child.send(PREFIX_KEY + key)
        suite.check(console.wait("septum", pattern, 10), f"key {key}: shows the {what}")
    console.wait("septum", r"(?s)web.*db.*beat", 10)
    listing = console.said("septum")
    suite.check(all(name in listing for name in ("web", "db", "beat")), "the list names every guest", listing)


def check_heartbeat(suite, console):
    text = console.said("beat", everything=True)
    beats = [int(n) for n in re.findall(r"^beat (\d+)\b", text, re.M)]
    last = max(beats, default=0)
    suite.check(last > 10 and not set(range(1, last + 1)) - set(beats), "beat: no beat is missing", f"{last} beats")
    suite.check("CORRUPT" not in text, "beat: its memory is unchanged")
    suite.check(text.count("entered at tick") == 1, "beat: was started once")


def drive_default(suite, console, options):
    if not check_boot(suite, console):
        return
    check_focus(suite, console)
    check_machine(suite, console)
    check_clock(suite, console)
    check_interrupt(suite, console)
    uptime = check_reboots(suite, console, options.reboots)
    check_poweroff(suite, console, uptime)
    check_keys(suite, console)
    check_heartbeat(suite, console)
    console.child.send(PREFIX_KEY + "q")
    status = console.wait_end(20)
    suite.check(status == 0, "key q: the machine is off", f"status {status}")


def drive_smp(suite, console, _options):
    """One Debian guest on two harts; the machine goes off with its last guest."""
    if not suite.check(console.wait("web", r"web:~# ", BOOT_SECONDS), "smp: a shell asks for input"):
        return
    suite.check(console.command("web", "grep -c ^processor /proc/cpuinfo", "^2$"), "smp: /proc/cpuinfo lists two CPUs")
    work = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo worker-$0-$i"
    line = f"for c in 1 2; do taskset $c sh -c '{work}' $c & done; wait; echo both-$((1+1))"
    suite.check(console.command("web", line, "^both-2", 90), "smp: both CPUs work at once")
    suite.check(all(f"worker-{c}-20000" in console.said("web") for c in (1, 2)), "smp: each finishes its work")
    counts = console.command("web", "grep RISC-V.*timer /proc/interrupts", r":\s+(\d+)\s+(\d+)\s+RISC-V")
    suite.check(counts and min(int(counts[1]), int(counts[2])) > 10, "smp: both CPUs take timer interrupts",
                counts and counts[0])
    console.keys("poweroff -f\r")
    status = console.wait_end(30)
    suite.check(status == 0, "smp: the machine goes off with its last guest", f"status {status}")


def drive_lives(suite, console, _options):
    """A crashed guest starts again, unless stopped by hand; the machine stays on for who stopped one by hand."""
    again = r"(?s)'again' has crashed; it starts again.*'again' has crashed; it starts again"
    suite.check(console.wait("septum", again, 30), "lives: a guest starts again on a crash")
    suite.check(console.wait("septum", r"'short' is off", 20), "lives: the other one ends by itself")
    console.mark()
    console.child.send(PREFIX_KEY + "k")
    suite.check(console.wait("septum", r"'again' is stopped", 10), "lives: it is stopped by hand")
    console.pump(0.5)
    console.mark()
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline and console.pump(0.3):
        pass
    suite.check("case sweep" not in console.said("again"), "lives: it does not start again then")
    suite.check(console.child.isalive() and "powering" not in console.said("septum"),
                "lives: every guest is off, and the machine stays on")
    console.focus(2)
    console.child.send(PREFIX_KEY + "s")
    suite.check(console.wait("septum", r"'short' is off", 20), "lives: the other one is started, and ends again")
    console.pump(0.5)
    suite.check(console.child.isalive(), "lives: the machine stays on for who stopped the first")
    console.focus(1)
    console.child.send(PREFIX_KEY + "s")
    suite.check(console.wait("septum", r"every guest is off: powering the machine off", 30),
                "lives: when that has ended by itself, too, the machine goes off", console.said("septum"))
    suite.check(console.wait_end(10) == 0, "lives: and QEMU ends")


def run(suite, options, name, system, drive):
    command = [options.make, "qemu", f"SYSTEM={system}", "HARTS=2", "MEMORY=1G"]
    console = Console(command, f"{options.build}/boot/{name}.log")
    try:
        drive(suite, console, options)
    finally:
        console.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--reboots", type=int, default=2)
    parser.add_argument("parts", nargs="*", default=["default", "smp", "lives"])
    options = parser.parse_args()
    suite = Suite("boot")
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    parts = {"default": ("platform/qemu/default.dts", drive_default), "smp": ("platform/qemu/smp.dts", drive_smp),
             "lives": ("tests/boot/lives.dts", drive_lives)}
    for part in options.parts:
        run(suite, options, part, *parts[part])
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
