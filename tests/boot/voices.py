# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The console's output told apart by who speaks, and the count of what was checked."""

import os
import re
import signal
import subprocess

ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[@-~]|\][^\x07]*\x07|[^\[\]])")
PREFIX = re.compile(r"^\[([\w.+-]+)\] ?(.*)$")


def plain(raw):
    """Without colours and cursor movements; a row that is drawn again stands twice."""
    return ESCAPE.sub("", raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw).replace("\r", "")


def voices(raw):
    """{name: [line, …]} of the console's output."""
    said = {}
    for line in plain(raw).split("\n"):
        match = PREFIX.match(line)
        if match:
            said.setdefault(match[1], []).append(match[2])
    return said


class Suite:
    """Named checks, each printed with its outcome; the last line is for tests/run."""

    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
            print(f"ok   {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {what}" + (f": {detail}" if detail else ""), flush=True)
        return bool(good)

    def end(self):
        print(f"{self.name}: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


def all_off(raw, names):
    """The manager has said of each that it is off, or has crashed for good."""
    return all(f"guest '{name}' is off".encode() in raw or f"'{name}' has crashed; ".encode() in raw
               for name in names)


def run_log(make, log, system, done=None, **settings):
    """Boots a system without a terminal; its output, also kept in the file `log`. done(output) may end it early."""
    return run_command([make, "run-log", f"SYSTEM={system}"] + [f"{name}={value}" for name, value in settings.items()],
                       log, done)


def run_command(command, log, done=None):
    """The same of any command that shows a machine's serial line."""
    os.makedirs(os.path.dirname(log), exist_ok=True)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True)
    raw = b""
    with open(log, "wb") as file:
        while data := os.read(child.stdout.fileno(), 65536):
            raw += data
            file.write(data)
            if done and b"\n" in data and done(raw):
                os.killpg(child.pid, signal.SIGTERM)
                done = None
    return child.wait(), raw


def beats_of(lines):
    return [int(n) for n in re.findall(r"^beat (\d+)\b", "\n".join(lines), re.M)]


def check_beats(suite, name, lines, least, finite=False, counted=False):
    """
    A heartbeat that found its memory as it left it, and counted to `least` without a gap; a finite one ends. Its time
    is that of instructions (counted), and it was never late, or that of the build host, which may have been busy.
    """
    beats = beats_of(lines)
    bad = [line for line in lines if "CORRUPT" in line or "TRAP" in line or (counted and "LATE" in line)]
    suite.check(not bad, f"{name}: {'never late, ' if counted else ''}memory unchanged", "; ".join(bad[:3]))
    suite.check(beats and max(beats) >= least, f"{name}: beats to {least}", f"{max(beats, default=0)} beats")
    if finite:
        suite.check("verified" in lines, f"{name}: all of its memory was verified at the end")
    gaps = sorted(set(range(1, max(beats, default=0) + 1)) - set(beats))
    suite.check(not gaps, f"{name}: no beat is missing", f"missing {gaps[:5]}")
