# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""A running system at a terminal: what each voice says, and keys for the guest that has the keyboard."""

import re
import time

import pexpect

from voices import voices

PREFIX_KEY = "\x1d"  # Ctrl-]


class Console:
    def __init__(self, command, log):
        self.raw = b""
        self.log = open(log, "wb")
        self.child = pexpect.spawn(command[0], command[1:], timeout=5, dimensions=(24, 200), echo=False)
        self.child.delaybeforesend = None
        self.marks = {}

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
        """Waits look only at what comes from here on."""
        while self.child.isalive() and self.pump(0) and self.pending():
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
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.said(name), re.M)
            if match:
                return match
            if time.monotonic() > deadline:
                return None
            if not self.pump(0.3):
                return re.search(pattern, self.said(name), re.M)

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
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.pump(0.5):
                self.child.close()
                return self.child.exitstatus
        return None

    def close(self):
        if self.child.isalive():
            self.child.close(force=True)
        self.log.close()
