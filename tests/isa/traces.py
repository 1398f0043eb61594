# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Traces of the instruction-set suite, and when two of them may differ."""

import json
import re

ROW = re.compile(r"^([a-z][\w.-]*) =( .*)?$")
ANNOUNCED = re.compile(r"^([a-z][\w.-]*) \?$")
END = re.compile(r"^isa end (\d+)$")
STOPPED = "stopped"
SHOWN = 12


class Trace:
    """
    Rows by name. A guest that is ended after it announced a row has `stopped` there. The console may show the begin of a
    row before it shows all of it. `fault`: what is wrong, or None. `lost`: rows are missing that were said, which a
    console does that gets no time.
    """

    def __init__(self, lines, crash=None):
        self.rows, self.fault, self.lost = {}, None, False
        announced, ended = None, False
        began = False
        for line in lines:
            began = began or line == "isa begin"
            row, end, soon = ROW.match(line), END.match(line), ANNOUNCED.match(line)
            if not began or ended:
                continue
            if row:
                self.add(row[1], (row[2] or "").split())
                announced = None
            elif soon:
                announced = soon[1]
            elif end:
                ended = True
                self.lost = int(end[1]) > len(self.rows)
                if int(end[1]) != len(self.rows):
                    self.fault = f"{end[1]} rows were said, {len(self.rows)} came"
            elif crash and crash in line:
                self.stop(announced, line)
                ended = True
        if not ended and not self.fault:
            self.fault = "it did not end" if began else "it did not begin"

    def add(self, name, values):
        if name in self.rows and not " ".join(values).startswith(" ".join(self.rows[name])):
            self.fault = f"the row {name} came twice"
        self.rows[name] = values

    def stop(self, announced, line):
        if announced:
            self.rows[announced] = [STOPPED]
        else:
            last = next(reversed(self.rows), "the beginning")
            self.fault = f"behind {last}: {line}"


class Differences:
    """
    The listed legal differences. An entry has id, what, why, source, and rows, regular expressions of which one must
    match a row's whole name. It may narrow this: runs, the modes it is for; values, a regular expression for the run's
    values, joined by blanks; bits, a hexadecimal mask: only these bits of a value may differ.
    """

    def __init__(self, entries):
        self.entries, self.met = entries, set()

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))

    def allow(self, run, row, right, other):
        """The identifier of the entry that allows this difference, or None."""
        for entry in self.entries:
            if run not in entry.get("runs", [run]) or not any(re.fullmatch(p, row) for p in entry["rows"]):
                continue
            if "values" in entry and not re.fullmatch(entry["values"], " ".join(other)):
                continue
            if "bits" in entry and not same_but_for(int(entry["bits"], 16), right, other):
                continue
            self.met.add(entry["id"])
            return entry["id"]
        return None

    def unused(self):
        """Entries that name rows and were never met."""
        return [entry["id"] for entry in self.entries if entry["rows"] and entry["id"] not in self.met]


def same_but_for(bits, right, other):
    def kept(value):
        return int(value, 16) & ~bits if re.fullmatch("[0-9a-f]+", value) else value

    return len(right) == len(other) and all(kept(a) == kept(b) for a, b in zip(right, other))


def compare(suite, listed, run, label, right, trace, show_all=False):
    """One check for a guest's trace: each row that differs from the right ones is listed for that way to run."""
    odd, known = [], {}
    for row in list(right) + [row for row in trace.rows if row not in right]:
        a, b = right.get(row), trace.rows.get(row)
        if a == b:
            continue
        identifier = listed.allow(run, row, a, b) if a is not None and b is not None else None
        text = f"{row}\n       should be {' '.join(a or ['-'])}\n       {run:9} {' '.join(b or ['-'])}"
        if identifier is None:
            odd.append(text)
        else:
            known.setdefault(identifier, []).append(text)
    for identifier in sorted(known):
        print(f"  {label}: {len(known[identifier])} rows differ as listed: {identifier}")
        for text in known[identifier] if show_all else []:
            print(f"  {text}")
    for text in odd if show_all else odd[:SHOWN]:
        print(f"  {text}")
    suite.check(not odd, f"{label}: as it should be, or as listed", f"{len(odd)} rows differ")
