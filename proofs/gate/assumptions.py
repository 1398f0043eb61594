# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""spec/assumptions.md: what the proofs take on trust, each with a number, and to what it applies."""
import re

KINDS = {
    "stub": "a function without a body in proved C: its contract is believed",
    "entry": "a function that no proved function calls: who calls it is believed to keep its requires",
    "axiom": "an ACSL or Why3 axiom, or a Why3 symbol declared by `val`",
    "hypothesis": "a Why3 axiom of a generic module that a clone turns into goals",
    "admit": "a clause that is admitted",
    "wait": "a function whose `terminates` is not \\true: it waits for others",
    "environment": "hardware, tools, discipline: nothing the gate can look up",
}
HEADING = re.compile(r"^#+\s+(ASM-\d+)\b[:.]?\s*(.*)$")
FIELD = re.compile(r"^-\s+(kind|covers|tested):\s*(.*)$")


class Assumption:
    def __init__(self, name, title, line):
        self.name, self.title, self.line = name, title, line
        self.kind, self.covers, self.tested = None, [], ""
        self.used = set()


class Assumptions:
    def __init__(self, path, shown):
        self.entries, self.problems = [], []
        self.shown = shown
        try:
            with open(path, encoding="utf-8") as handle:
                lines = handle.read().split("\n")
        except OSError:
            self.problems.append(f"{shown}: cannot be read")
            lines = []
        self._read(lines)
        self._check()

    def _read(self, lines):
        current, field = None, None
        for number, line in enumerate(lines, 1):
            heading = HEADING.match(line)
            if heading:
                current, field = Assumption(heading[1], heading[2].strip(), number), None
                self.entries.append(current)
                continue
            if line.startswith("#"):
                current = None
            if current is None:
                continue
            found = FIELD.match(line)
            if found:
                field = found[1]
                self._set(current, field, found[2])
            elif field == "covers" and re.match(r"^\s{2,}\S", line):
                self._set(current, field, line)
            else:
                field = None

    @staticmethod
    def _set(entry, field, text):
        if field == "kind":
            entry.kind = text.strip()
        elif field == "covers":
            entry.covers += re.findall(r"[\w.:/-]+", text.replace("`", " "))
        else:
            entry.tested = text.strip()

    def _check(self):
        seen = {}
        for entry in self.entries:
            where = f"{self.shown}:{entry.line}: {entry.name}"
            if entry.name in seen:
                self.problems.append(f"{where} is numbered twice (also line {seen[entry.name]})")
            seen[entry.name] = entry.line
            if entry.kind not in KINDS:
                self.problems.append(f"{where} has no known kind (one of {', '.join(KINDS)})")
            elif entry.kind == "environment" and entry.covers:
                self.problems.append(f"{where} is of kind environment and cannot cover symbols")
            elif entry.kind != "environment" and not entry.covers:
                self.problems.append(f"{where} covers nothing")

    def use(self, kind, symbol):
        """The entry that covers this symbol, marked as used; None where there is none."""
        for entry in self.entries:
            if entry.kind == kind and symbol in entry.covers:
                entry.used.add(symbol)
                return entry
        return None

    def stale(self):
        for entry in self.entries:
            if entry.kind != "environment":
                for symbol in entry.covers:
                    if symbol not in entry.used:
                        yield entry, symbol
