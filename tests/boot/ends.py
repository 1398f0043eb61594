#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""However `make qemu` ends: the terminal is as it was, and no QEMU is left behind."""

import argparse
import os
import re
import signal
import sys
import time

import pexpect

from console import PREFIX_KEY
from voices import Suite

SYSTEM = "tests/boot/takeover.dts"
BUNDLE = "tests_boot_takeover.bundle"
MODES = re.compile(r"modes-([0-9a-f:]{20,})")


def machines():
    """The QEMUs that run this system for this tree."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                line = file.read()
            if line.startswith("qemu-system") and BUNDLE in line and os.readlink(f"/proc/{pid}/cwd") == os.getcwd():
                found.append(int(pid))
        except OSError:
            continue  # it has ended meanwhile
    return found


def none_left(seconds=10):
    deadline = time.monotonic() + seconds
    while machines() and time.monotonic() < deadline:
        time.sleep(0.1)
    return not machines()


def heed_interrupts():
    """A shell's background job ignores SIGINT, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """
    A shell at a terminal of its own that runs `make qemu` and tells the terminal's modes before and after; without a shell,
    make leads the terminal's session itself, as below `ssh -t`.
    """

    def __init__(self, options, name, shell=True):
        make = f"{options.make} qemu SYSTEM={SYSTEM} HARTS=1 MEMORY=256M"
        script = f"trap : INT; echo modes-$(stty -g); {make}; echo status-$?; echo modes-$(stty -g)"
        self.log = open(f"{options.build}/boot/ends-{name}.log", "wb")
        command = ["/bin/sh", "-c", script] if shell else make.split()
        self.child = pexpect.spawn(command[0], command[1:], timeout=30, logfile=self.log, preexec_fn=heed_interrupts)
        self.child.delaybeforesend = None

    def wait(self, pattern, seconds=60):
        return self.child.expect([pattern, pexpect.TIMEOUT, pexpect.EOF], timeout=seconds) == 0

    def end(self):
        """The exit status of make, and whether the terminal's modes are what they were; at the shell's end."""
        self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=20)
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            text = file.read()
        status, modes = re.search(r"status-(\d+)", text), MODES.findall(text)
        return int(status[1]) if status else None, len(modes) == 2 and modes[0] == modes[1]

    def hang_up(self):
        """Closes the terminal's other end, as when its window or line goes away, and signals nobody."""
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, self.child.child_fd)
        os.close(null)

    def close(self):
        self.child.close(force=True)
        self.log.close()


def during_build(suite, terminal):
    terminal.wait(MODES.pattern)
    # The first may come before make does, and is the shell's then.
    for _ in range(10):
        time.sleep(0.2)
        terminal.child.send("\x03")
        if terminal.wait(r"status-\d+", 0.1):
            break
    status, same = terminal.end()
    suite.check(status not in (0, None), "build: Ctrl-C ends it", f"status {status}")
    suite.check(same, "build: the terminal is as it was")


def at_boot(suite, terminal):
    suite.check(terminal.wait("OpenSBI"), "boot: the firmware speaks")
    terminal.child.send("\x03")
    suite.check(terminal.wait("beat 1 "), "boot: Ctrl-C ends nothing, it is a guest's key")
    terminal.child.send("\x03" + PREFIX_KEY + "q")
    status, same = terminal.end()
    suite.check(status == 0, "quit: QEMU ends well", f"status {status}")
    suite.check(same, "quit: the terminal is as it was")


def killed(suite, terminal):
    suite.check(terminal.wait("beat 1 "), "killed: the guests run")
    for pid in machines():
        os.kill(pid, signal.SIGTERM)
    status, same = terminal.end()
    suite.check(status is not None, "killed: make ends with it")
    suite.check(same, "killed: the terminal is as it was")


def told(suite, terminal):
    suite.check(terminal.wait("beat 1 "), "SIGHUP: the guests run")
    for pid in machines():
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            os.kill(int(file.read().rsplit(")", 1)[1].split()[1]), signal.SIGHUP)
    status, same = terminal.end()
    suite.check(status not in (0, None), "SIGHUP: make tells of it", f"status {status}")
    suite.check(same, "SIGHUP: the terminal is as it was")


def hung_up(suite, terminal):
    suite.check(terminal.wait("beat 1 "), "hang-up: the guests run")
    terminal.hang_up()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("ends")
    for name, drive in (("build", during_build), ("boot", at_boot), ("killed", killed), ("told", told),
                        ("hang-up", hung_up), ("hang-up-of-make", hung_up)):
        terminal = Terminal(options, name, shell=drive is not hung_up or name == "hang-up")
        try:
            drive(suite, terminal)
            suite.check(none_left(), f"{name}: no QEMU is left")
        finally:
            terminal.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
