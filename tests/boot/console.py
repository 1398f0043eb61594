# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""A running system at a terminal: what each voice says, and keys for the guest that has the keyboard."""

import re
import time

import pexpect

from voices import voices

PREFIX_KEY = "\x1d"  # Ctrl-]
LIFE_SECONDS = 900  # of one machine: then every wait is over at once


class Console:
    def __init__(self, command, log, life=LIFE_SECONDS):
        self.raw = b""
        self.log = open(log, "wb")
        self.child = pexpect.spawn(command[0], command[1:], timeout=5, dimensions=(24, 200), echo=False)
        self.child.delaybeforesend = None
        self.end = time.monotonic() + life

    def pump(self, seconds):
        """Takes in what comes within that time; False when the machine has ended."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.log.write(data)
        self.log.flush()
        return True

    def mark(self):
        """Waits look only at what comes from here on, or 2 s later where it never ends."""
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and self.child.isalive() and self.pump(0) and self.pending():
            pass
        self.start = len(self.raw)

    def pending(self):
        before = len(self.raw)
        self.pump(0.05)
        return len(self.raw) > before

    def said(self, name, everything=False):
        """What that voice said since the mark, as one text."""
        return "\n".join(voices(self.raw[0 if everything else self.start:]).get(name, []))

    start = 0

    def wait(self, name, pattern, seconds):
        """The match of the pattern in what that voice says; None if the time is up or the machine has ended."""
        began = time.monotonic()
        deadline = min(began + seconds, self.end)
        while True:
            text = self.said(name)
            match = re.search(pattern, text, re.M)
            # What stands at the end may have come in part only.
            if match and (match.end() < len(text) or not self.pending()):
                return match
            if time.monotonic() > deadline or not self.pump(0.3):
                match = re.search(pattern, self.said(name), re.M)
                break
        if not match:
            print(f"     waited {time.monotonic() - began:.0f} s for '{name}' to say /{pattern}/", flush=True)
        return match

    def keys(self, text):
        """Slowly enough for the guest's UART, which holds sixteen characters."""
        for i in range(0, len(text), 8):
            self.child.send(text[i:i + 8])
            self.pump(0.02)

    def focus(self, number):
        self.child.send(PREFIX_KEY + str(number))
        self.pump(0.1)

    def command(self, name, text, pattern, seconds=20):
        """Types a line for the shell of the guest that has the keyboard, and waits for what it answers."""
        self.mark()
        self.keys(text + "\r")
        return self.wait(name, pattern, seconds)

    def wait_end(self, seconds):
        """The exit status once the machine has ended, None if it has not."""
        deadline = min(time.monotonic() + seconds, self.end)
        while time.monotonic() < deadline:
            if not self.pump(0.5):
                self.child.close()
                return self.child.exitstatus
        print(f"     waited {seconds} s for the machine to end", flush=True)
        return None

    def close(self):
        if self.child.isalive():
            self.child.close(force=True)
        self.log.close()
