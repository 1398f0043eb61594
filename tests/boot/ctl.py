#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""`make ctl`: commands from the build host by the socket on the serial line; guests that come and go many times."""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile

import pexpect

from console import PREFIX_KEY, Console
from voices import Suite

TURNS = 50
SIZES = ((4, 1), (8, 2), (6, 1), (10, 3))
CTL = ["platform/qemu/ctl.py", "--sockets"]
GREETINGS = 5  # tried, of 15 s each


class Driver:
    """The machine at its terminal, and programs that command it meanwhile."""

    def __init__(self, options, console):
        self.options, self.console = options, console

    def run(self, command):
        """Its status and what it said; the terminal is read meanwhile, for the line waits for all who listen."""
        with tempfile.TemporaryFile() as out:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
            while child.poll() is None:
                self.console.pump(0.05)
            out.seek(0)
            return child.returncode, out.read().decode("utf-8", "replace")

    def ctl(self, line):
        return self.run([*CTL, f"{self.options.build}/ctl", *line.split()])

    def data(self, line):
        status, text = self.ctl("--json " + line)
        return json.loads(text) if status != 2 and text.startswith("{") else {"ok": False, "text": text}


class Patient(Driver):
    """On a build host that is busy elsewhere the greeting before the command may be late: then it is given again."""

    def run(self, command):
        for _ in range(GREETINGS):
            status, said = super().run(command)
            if "does not answer" not in said:
                break
        return status, said


def check_without(suite, options):
    """Nothing runs, or did and was killed: told clearly, and what was left behind goes away."""
    with tempfile.TemporaryDirectory(dir=options.build) as folder:
        done = subprocess.run([*CTL, folder, "list"], capture_output=True, text=True, check=False)
        suite.check(done.returncode == 1 and "no machine runs here" in done.stderr and "fix: start one" in done.stderr,
                    "no machine: a clear message", done.stderr)
        path = os.path.join(folder, "left-1.sock")
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(path)
        done = subprocess.run([*CTL, folder, "list"], capture_output=True, text=True, check=False)
        suite.check(done.returncode == 1 and not os.path.exists(path), "a killed machine's socket is removed", done.stderr)


def check_commands(suite, driver):
    status, said = driver.run([driver.options.make, "-s", "ctl", "CMD=list"])
    suite.check(status == 0 and re.search(r"^1  beat +running", said, re.M), "make ctl CMD=list", said)
    listed = driver.data("list")
    states = {guest["name"]: guest["state"] for guest in listed.get("guests", [])}
    suite.check(states.get("beat") == "running" and states.get("idle") == "off", "--json list: states", str(listed))
    suite.check(listed.get("servers") == ["console"], "--json list: servers that can be killed", str(listed))
    status, said = driver.ctl("version")
    suite.check(status == 0 and "Septum, ABI" in said, "version: what the manager says comes back", said)
    status, said = driver.ctl("help create")
    suite.check(status == 0 and said.startswith("create GUEST"), "help: a command's line", said)
    for line, code, word in (("lsit", 2, "there is no command 'lsit'"), ("stop nobody", 2, "no guest 'nobody'"),
                             ("stop idle", 1, "off already"), ("create beat", 1, "is there already"),
                             ("create idle memory-mib=3", 1, "not an even number"),
                             ("create idle cpus=9", 1, "not a number from 1 to 8"),
                             ("create idle memory-mib=4096", 1, "needs 4096 MiB"), ("x" * 80, 2, "1 to 66")):
        status, said = driver.ctl(line)
        suite.check(status == code and word in said, f"mistake: {line[:30]}: status {code}", f"{status}: {said}")
    for line, state in (("pause below", "paused"), ("resume below", "running")):
        status, _ = driver.ctl(line)
        states = {guest["name"]: guest["state"] for guest in driver.data("list").get("guests", [])}
        suite.check(status == 0 and states.get("below") == state, f"{line}: is {state}", str(states))
    log = driver.data("log beat").get("log", [])
    suite.check(any(re.match(r"beat \d+ t=", line) for line in log), "--json log: the guest's lines", str(log)[:200])


def frames(stats):
    """How many frames are free, and how many are nobody's: neither free nor any owner's."""
    owners = stats["guests"] + stats["servers"] + [stats["manager"]]
    used = sum(sum(owner["frames"].values()) for owner in owners)
    return stats["frames_free"], stats["frames_all"] - stats["frames_free"] - used


def check_sizes(suite, driver):
    """Created of many sizes and destroyed again: no frame is lost on the way."""
    driver.ctl("create idle")
    driver.ctl("destroy idle")
    before = frames(driver.data("stats"))
    suite.check(before[0] > 0 and before[1] == 0, "stats: each frame is free or has an owner", str(before))
    bad = []
    for turn in range(TURNS):
        mib, cpus = SIZES[turn % len(SIZES)]
        status, said = driver.ctl(f"create idle memory-mib={mib} cpus={cpus}")
        guest = {}
        if turn % 10 == 0:
            stats = driver.data("stats")
            guest = next(g for g in stats["guests"] if g["name"] == "idle")
            if (guest["memory_mib"], guest["cpus"], frames(stats)[1]) != (mib, cpus, 0):
                bad.append(f"turn {turn}: {guest} {frames(stats)}")
        ended, also = driver.ctl("destroy idle")
        if status or ended:
            bad.append(f"turn {turn}: {said} {also}")
    suite.check(not bad, f"create and destroy: {TURNS} times", "; ".join(bad[:3]))
    after = frames(driver.data("stats"))
    suite.check(after == before, "create and destroy: the same frames are free", f"{before}, then {after}")
    status, _ = driver.ctl("start idle")
    stats = driver.data("stats")
    guest = next(g for g in stats["guests"] if g["name"] == "idle")
    suite.check(status == 0 and guest["memory_mib"] == 4, "start: a destroyed guest has its described size", str(guest))
    driver.ctl("stop idle")


def check_exits(suite, driver):
    """The exits of a guest that beats each second: timers, and what it prints."""
    first = {g["name"]: g for g in driver.data("stats")["guests"]}
    status, text = driver.run(["timeout", "-s", "INT", "6", *CTL, f"{driver.options.build}/ctl", "--json", "stats",
                               "--watch"])
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    suite.check(len(lines) >= 2, "--json stats --watch: an object each second", f"{status}: {text[:200]}")
    last = {g["name"]: g for g in lines[-1]["guests"]} if lines else first
    for name in ("beat", "below"):
        counts = last[name]["exits"], first[name]["exits"]
        suite.check(all(counts[0][kind] > counts[1][kind] for kind in ("timer", "uart")), f"exits: {name}'s are counted",
                    str(counts))
    suite.check(0 < last["beat"]["exits_per_second"] < 100000, "exits: per second", str(last["beat"]))


def check_keys(suite, driver):
    """Who types at the terminal and who asks by the socket do not disturb each other."""
    console = driver.console
    console.child.send(PREFIX_KEY + "c")
    console.pump(0.3)
    console.mark()
    bad = []
    for key in "help pause":
        console.child.send(key)
        status, said = driver.ctl("list")
        if status:
            bad.append(said)
    console.child.send("\r")
    suite.check(console.wait("septum", r"^pause GUEST", 30) and not bad, "keys and commands do not mix", "; ".join(bad))
    console.child.send("\x04")


def check_prompt(suite, driver):
    """Without a command: a prompt, with completion, history and the statuses of what it did last."""
    child = pexpect.spawn(driver.options.make, ["-s", "ctl"], timeout=60, encoding="utf-8", echo=False,
                          dimensions=(24, 120))
    child.delaybeforesend = None

    def expect(pattern):
        for _ in range(600):
            driver.console.pump(0.02)
            if child.expect([pattern, pexpect.TIMEOUT, pexpect.EOF], timeout=0.1) == 0:
                return True
        return False

    try:
        suite.check(expect("septum> "), "prompt: is there")
        child.send("li\t\r")
        suite.check(expect(r"1  beat +running"), "prompt: Tab completes, list answers")
        child.send("help s\ta\tt\t\r")
        suite.check(expect(r"stats \[--watch\]"), "prompt: help of one command")
        child.send("\x1b[A\x1b[A\r")
        suite.check(expect(r"1  beat +running"), "prompt: the line before comes back")
        child.send("pause bel\t\r")
        suite.check(expect("guest 'below' is paused"), "prompt: Tab completes guests")
        child.send("resume below\r")
        suite.check(expect("guest 'below' goes on"), "prompt: and the next command")
        child.send("exit\r")
        suite.check(child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=30) == 0, "prompt: exit ends it")
    finally:
        child.close(force=True)


def check_kill(suite, driver):
    """The console is killed, and answers again; the guests have gone on."""
    beats = [int(n) for n in re.findall(r"^beat (\d+)", driver.console.said("beat", everything=True), re.M)]
    for turn in range(7):  # more often than it may fault
        status, said = driver.ctl("kill console")
        if not suite.check(status == 0, f"kill console: turn {turn + 1}, it answers again", said):
            break
    driver.console.mark()
    suite.check(driver.console.wait("beat", rf"^beat (?!{max(beats, default=0)}\b)\d+\s", 30), "kill console: beats go on")
    suite.check(driver.ctl("kill beat")[0] == 2, "kill: of servers only")


def drive(suite, driver):
    console = driver.console
    if not suite.check(console.wait("below", r"^beat 3\b", 180), "the guests run"):
        return
    check_commands(suite, driver)
    check_sizes(suite, driver)
    check_exits(suite, driver)
    check_keys(suite, driver)
    check_prompt(suite, driver)
    check_kill(suite, driver)
    suite.check(driver.ctl("quit")[0] == 0, "quit: by the socket")
    status = console.wait_end(20)
    suite.check(status == 0, "quit: the machine is off", f"status {status}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("ctl")
    check_without(suite, options)
    # One hart: QEMU's wait for each other at every fence of the making of a guest, for long where the host is busy.
    console = Console([options.make, "qemu", "SYSTEM=tests/boot/ctl.dts", "HARTS=1", "MEMORY=512M"],
                      f"{options.build}/boot/ctl.log")
    try:
        drive(suite, Driver(options, console))
    finally:
        console.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
