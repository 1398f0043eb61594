#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The comparer finds a bent trace: made-up runs, each with one thing wrong; and accepts what is right or listed."""

import contextlib
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boot"))
from traces import Differences, Trace, compare  # noqa: E402 (the path is set above)
from voices import Suite  # noqa: E402

CRASH = "guest 'g' crashed"
ROWS = ["csr.sie.0 = 0 2 20", "sweep.c00 = c00 c01", "pte.ff = ... ..!", "empty ="]
LISTED = [
    {"id": "bits", "rows": [r"csr\.sie\..*"], "runs": ["hardware"], "bits": "22"},
    {"id": "values", "rows": [r"sweep\..*"], "values": "c01"},
    {"id": "stops", "rows": [r"stop\..*"], "values": "stopped"},
    {"id": "none", "rows": []},
]


def said(rows, count=None):
    return ["noise", "isa begin", *rows, f"isa end {len(rows) if count is None else count}"]


def failures(other, run="hardware", bare=None):
    suite = Suite("inner")
    with contextlib.redirect_stdout(io.StringIO()):
        for lines in (said(ROWS) if bare is None else bare, other):
            trace = Trace(lines, CRASH)
            suite.check(trace.fault is None, "whole")
        compare(suite, Differences(LISTED), run, "g", Trace(said(ROWS) if bare is None else bare, CRASH).rows, trace)
    return suite.failed


def changed(number, row):
    return said(ROWS[:number] + [row] + ROWS[number + 1:])


def main():
    suite = Suite("traces")
    stop = said(["stop.load ?", "stop.load = 5 1 1"], 1)
    good = [
        ("equal traces", failures(said(ROWS))),
        ("a row drawn twice", failures(said(["csr.sie.0 = 0", *ROWS], 4))),
        ("lines of others between", failures(["isa begin", ROWS[0], "hello", *ROWS[1:], "isa end 4"])),
        ("listed bits", failures(changed(0, "csr.sie.0 = 0 0 2"))),
        ("listed values", failures(changed(1, "sweep.c00 = c01"))),
        ("a listed stop", failures(["isa begin", "stop.load ?", CRASH], bare=stop)),
    ]
    bad = [
        ("another value", failures(changed(2, "pte.ff = ... ...")), 1),
        ("a value too many", failures(changed(2, "pte.ff = ... ..! .")), 1),
        ("an empty row that is not", failures(changed(3, "empty = 1")), 1),
        ("other bits than listed", failures(changed(0, "csr.sie.0 = 0 2 21")), 1),
        ("fewer values than listed", failures(changed(0, "csr.sie.0 = 0 2")), 1),
        ("listed for another run", failures(changed(0, "csr.sie.0 = 0 0 2"), "shadow"), 1),
        ("other values than listed", failures(changed(1, "sweep.c00 = c02")), 1),
        ("a row is missing", failures(said(ROWS[1:])), 1),
        ("a row too many", failures(said([*ROWS, "more = 1"])), 1),
        ("a lost row", failures(said(ROWS[1:], 4)), 2),
        ("a row twice, with other values", failures(said(["csr.sie.0 = 1", *ROWS], 4)), 1),
        ("no end", failures(said(ROWS)[:-1]), 1),
        ("no beginning", failures(["noise"]), 2),
        ("a crash between rows", failures(["isa begin", ROWS[0], CRASH]), 2),
        ("a stop that is not listed", failures(["isa begin", "fall ?", CRASH], bare=said(["fall = 1"])), 1),
        ("a crash behind the announced row", failures(["isa begin", "stop.load ?", "stop.load = 5 1 1", CRASH], bare=stop), 1),
    ]
    for what, count in good:
        suite.check(count == 0, f"accepted: {what}", f"{count} failures")
    for what, count, wanted in bad:
        suite.check(count == wanted, f"found: {what}", f"{count} failures")
    suite.check(Trace(said(ROWS[1:], 4)).lost and not Trace(said(ROWS)).lost, "lost rows are told from others")
    listed = Differences(LISTED)
    listed.allow("shadow", "sweep.c00", ["c00"], ["c01"])
    suite.check(listed.unused() == ["bits", "stops"], "an entry that was never met is told", str(listed.unused()))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
