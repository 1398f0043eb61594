#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The console's prompt: guests are listed, started, stopped, paused, told of, by name."""

import argparse
import os
import re
import sys
import time

from console import PREFIX_KEY, Console
from voices import Suite

COMMANDS = "list create destroy start stop reset pause resume console log stats kill version help exit quit".split()
BOOT_SECONDS = 180  # beside others, on a busy machine
UP, TAB, LEAVE = "\x1b[A", "\t", "\x04"


class Control(Console):
    def ask(self, line, pattern, seconds=60):
        """Types a line at the prompt and waits for what the system says to it."""
        self.mark()
        self.child.send(line + "\r")
        return self.wait("septum", pattern, seconds)

    def rest(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.pump(0.1)

    def beats(self, name, seconds):
        """How many beats of that guest are seen within that time."""
        self.mark()
        self.rest(seconds)
        return len(re.findall(r"^beat \d+", self.said(name), re.M))


def check_words(suite, console):
    console.mark()
    console.child.send(PREFIX_KEY + "c")
    suite.check(console.wait("septum", r"'help' lists them", 60), "prompt: says how to go on")
    suite.check(console.ask("help", r"^quit  .*\nGUEST is a name"), "help: lists the commands")
    said = console.said("septum")
    suite.check(all(re.search(rf"^{name} .*\S", said, re.M) for name in COMMANDS), "help: has a line for each", said)
    suite.check(console.ask("help pause", r"^pause GUEST .*\n(.*\n)*> $"), "help: of one command")
    listing = console.ask("list", r"^1  beat +running +has the keyboard\n2  below +running *\n3  linux +\w+ *\n4  idle +off")
    suite.check(listing, "list: all guests, with their state", console.said("septum"))
    for line, error in (("lsit", "there is no command 'lsit'"), ("start", "start wants the name of a guest"),
                        ("stop nobody", "there is no guest 'nobody'"), ("list all", "list takes no more words"),
                        ("start 5", "there is no guest '5'"), ("reset beat below", "reset takes no more words")):
        suite.check(console.ask(line, error), f"mistake: {line}", console.said("septum"))
    suite.check(console.ask("version", r"^Septum, ABI \d+; '.*control.dts' on 2 harts, Sv48, with H"), "version: of what runs")
    suite.check(re.search(r"^.*(PROVED receipt [0-9a-f]+|NOT VERIFIED: .*)$", console.said("septum"), re.M),
                "version: what is proved of it", console.said("septum"))


def check_editing(suite, console):
    console.mark()
    console.child.send("sta" + TAB)
    suite.check(console.wait("septum", r"^start  stats$", 60), "Tab: lists what can be meant")
    suite.check(console.ask("r" + TAB + "i" + TAB, r"guest 'idle' starts"), "Tab: completes command and guest")
    suite.check(console.ask(UP, r"guest 'idle' is on already"), "the line before comes back")
    suite.check(console.ask("lisX\x7ft", "1  beat"), "backspace takes a character back")
    suite.check(console.ask("stop beat\x15log idle", "end of the last lines of 'idle'"), "Ctrl-U takes the line back")
    suite.check(console.ask("stop idle", "guest 'idle' is stopped"), "stop: a guest by name")


def check_pause(suite, console):
    for name in ("beat", "below"):
        suite.check(console.ask(f"pause {name}", f"guest '{name}' is paused"), f"pause: {name}")
        console.rest(0.5)
        suite.check(console.beats(name, 1.5) == 0, f"pause: {name} stands still")
        suite.check(console.ask("list", rf"\d  {name} +paused"), f"pause: the list says so of {name}")
        suite.check(console.ask(f"pause {name}", "is paused already"), f"pause: {name} only once")
        suite.check(console.ask(f"resume {name}", f"guest '{name}' goes on"), f"resume: {name}")
        console.mark()
        suite.check(console.wait(name, r"^beat \d+", 60), f"resume: {name} beats again")
    suite.check(console.ask("resume beat", "is not paused"), "resume: of one that runs says so")
    suite.check(console.ask("pause idle", "does not run"), "pause: of one that is off says so")


def check_linux(suite, console):
    """All CPUs are held, and a shell goes on where it was; what was typed meanwhile is not lost."""
    console.start = 0  # on a quiet machine its shell came before the last mark
    suite.check(console.wait("linux", "linux:~# ", BOOT_SECONDS), "linux: has its shell")
    console.ask("console linux", "the keyboard goes to 'linux'")
    suite.check(console.command("linux", "echo one-$((1+1))", "^one-2"), "console: the keyboard goes to that guest")
    console.child.send(PREFIX_KEY + "c")
    console.ask("pause linux", "is paused")
    console.ask("exit", "the keyboard goes to 'linux'")
    console.mark()
    console.keys("echo two-$((2+2))\r")
    console.rest(2)
    suite.check("two-4" not in console.said("linux"), "pause: a paused Linux does nothing")
    console.child.send(PREFIX_KEY + "c")
    console.ask("resume linux", "goes on")
    suite.check(console.wait("linux", "^two-4", 60), "resume: it reads what was typed meanwhile")
    console.ask("pause linux", "is paused")
    suite.check(console.ask("reset linux", "guest 'linux' is reset"), "reset: a paused guest")
    suite.check(console.wait("linux", "^linux: Linux .* on 2 CPU", BOOT_SECONDS), "reset: it boots again, not paused")


def check_stats(suite, console):
    match = console.ask("stats", r"^(\d+) MiB are free")
    said = console.said("septum")
    used = re.search(r"^beat +(\d+\.\d\d) s", said, re.M)
    suite.check(used and 0 < float(used[1]) < 600, "stats: the time that a guest has used", said)
    rows = dict(re.findall(r"^(\w+) +(\d+\.\d\d s +\d+ MiB +\d+ MiB +\d+  \S+ +\d+)$", said, re.M))
    suite.check(match and set(rows) == {"beat", "below", "linux", "idle"}, "stats: a row for each guest", said)
    suite.check(re.search(r"16 MiB .* 1  shadow +1$", rows.get("below", "")), "stats: mode and memory", said)
    suite.check(re.search(r"128 MiB .* 2  hardware +2$", rows.get("linux", "")), "stats: CPUs and starts", said)
    suite.check(re.search(r"^0\.00 s +0 MiB +0 MiB", rows.get("idle", "")), "stats: one that is off has nothing", said)
    suite.check(re.search(r"^exits +per s +timer", said, re.M)
                and re.search(r"^beat +\d+ +[1-9]\w* +\d+ +\d+ +\w+ +[1-9]\w* ", said, re.M), "stats: exits by cause", said)
    suite.check(re.search(r"^linux +32768 +[1-9]\d* +0 +[1-9]\d* ", said, re.M)
                and re.search(r"^below +4096 +[1-9]\d* +1024 ", said, re.M), "stats: frames by kind", said)


def check_watch(suite, console):
    """On the terminal's other screen, drawn again in place; a key ends it, and is nobody's."""
    console.mark()
    console.child.send("stats --watch\r")
    console.rest(4)
    shown = console.raw[console.start:]
    suite.check(b"\x1b[?1049h" in shown and shown.count(b"\x1b[Hguest  ") >= 2, "watch: is drawn again and again",
                repr(shown[-300:]))
    suite.check(b"[beat]" not in shown.partition(b"\x1b[?1049h")[2], "watch: no guest's line disturbs it")
    console.child.send("x")
    console.rest(3)
    left = console.raw[console.start:].partition(b"\x1b[?1049l")[2]  # what comes first stands behind the escape, not on a line
    suite.check(b"what guests said meanwhile: log GUEST" in left, "watch: a key ends it", repr(left[:300]))
    suite.check(console.ask("list", r"^1  beat +running"), "watch: the prompt is there again, without that key")


def check_sizes(suite, console):
    """A guest that is off is created of another size, and destroyed."""
    suite.check(console.ask("create idle memory-mib=32 cpus=2", "guest 'idle' is created: 32 MiB, 2 CPUs"), "create: says so")
    suite.check(console.wait("idle", r"entered at tick \d+, 32 MiB", 60), "create: it has the memory that was asked for")
    suite.check(console.ask("create idle", "is not created: it is there already"), "create: only once")
    suite.check(console.ask("destroy idle", "guest 'idle' is destroyed"), "destroy: says so")
    # It is ending until its last frame is back.
    suite.check(any(console.ask("list", r"^4  idle +off", 3) for _ in range(20)), "destroy: it is off")


def check_kill(suite, console):
    """The console ends itself, is started again, and its prompt is to be had again."""
    suite.check(console.ask("kill console", "the console was started again"), "kill: the console comes back")
    console.mark()
    suite.check(console.wait("beat", r"^beat \d+", 60), "kill: its guests go on")
    console.child.send(PREFIX_KEY + "c")
    console.wait("septum", "'help' lists them", 60)


def drive(suite, console):
    if not suite.check(console.wait("below", r"^beat 3\b", 60), "the guests run"):
        return
    check_words(suite, console)
    check_editing(suite, console)
    check_pause(suite, console)
    check_linux(suite, console)
    check_stats(suite, console)
    check_watch(suite, console)
    check_sizes(suite, console)
    check_kill(suite, console)
    console.mark()
    console.child.send(LEAVE)
    suite.check(console.wait("septum", "the keyboard goes to", 60), "Ctrl-D leaves the prompt")
    console.child.send(PREFIX_KEY + ":")
    console.ask("quit", "powering the machine off")
    status = console.wait_end(20)
    suite.check(status == 0, "quit: the machine is off", f"status {status}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("control")
    console = Control([options.make, "qemu", "SYSTEM=tests/boot/control.dts", "HARTS=2", "MEMORY=512M"],
                      f"{options.build}/boot/control.log")
    try:
        drive(suite, console)
    finally:
        console.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
