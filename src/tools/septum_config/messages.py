# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Messages in the one form that all of Septum uses, collected so that a person sees all of them at once."""
from dataclasses import dataclass, field

from .rules import RULES


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands. Line 0 means the file as a whole."""
    file: str
    line: int = 0
    column: int = 0

    def __str__(self):
        return f"{self.file}:{self.line}.{self.column}" if self.line else self.file


@dataclass
class Message:
    rule: str
    place: Place
    text: str
    severity: str
    fix: str
    also: list = field(default_factory=list)

    def __str__(self):
        lines = [f"{self.place}: {self.severity}[{self.rule}]: {self.text}"]
        lines += [f"   {place}: also here" for place in self.also]
        lines.append(f"   why: {RULES[self.rule].why}   fix: {self.fix}")
        return "\n".join(lines)


class Report:
    """All messages of one run. Every part of the tool adds to it and goes on; the caller decides at the end."""

    def __init__(self):
        self.messages = []

    def add(self, rule, place, text, *, fix=None, also=(), severity=None):
        known = RULES[rule]
        self.messages.append(Message(rule, place, text, severity or known.severity, fix or known.fix, list(also)))

    def count(self, severity):
        return sum(message.severity == severity for message in self.messages)

    @property
    def failed(self):
        return self.count("error") > 0

    def __str__(self):
        ordered = sorted(self.messages, key=lambda m: (m.place, m.rule))
        return "\n".join(str(message) for message in ordered)
