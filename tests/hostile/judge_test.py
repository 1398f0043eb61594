#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The judges of the hostile systems find fault where there is one: made-up logs, each with one thing wrong."""

import contextlib
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boot"))
from hostile import check_guest, check_last_words, check_spoof  # noqa: E402 (the path is set above)
from voices import Suite, check_beats, voices  # noqa: E402

BEATS = [f"beat {n} t={n}.000" for n in range(1, 9)]
CARD = "guest 'g' crashed: vCPU 0: load guest-page fault"
DONE = "done x: 3 good, 0 bad"


def failures(judge, *arguments):
    suite = Suite("inner")
    with contextlib.redirect_stdout(io.StringIO()):
        judge(suite, *arguments)
    return suite.failed


def guest(arguments, *lines, mode="hardware"):
    return failures(check_guest, "s", "g", arguments, {"g": list(lines)}, mode)


def main():
    suite = Suite("judge")
    good = [
        ("beats", failures(check_beats, "b", BEATS, 8)),
        ("crash", guest("case=touch", "case touch", "probe 0x1000", CARD)),
        ("clean", guest("case=csr", "case csr", DONE)),
        ("endless", guest("case=loop", "case loop")),
        ("lives", guest("case=sweep", *["case sweep", "probe 0x1", CARD] * 4)),
        ("a root outside, shadow mode", guest("case=root", "case root", "probe 0x1000", mode="shadow")),
        ("last words", failures(check_last_words, "s", b"[a] x\r\n[septum] guest 'a' is off\r\n[b] y\r\n")),
        ("spoof", failures(check_spoof, b"\x1b[36m[spoof] \x1b[0mspoofed screen\r\n")),
    ]
    bad = [
        ("a beat is late", failures(check_beats, "b", BEATS[:3] + ["beat 4 t=4.2 LATE"] + BEATS[4:], 8, False, True)),
        ("memory changed", failures(check_beats, "b", BEATS + ["CORRUPT at 0x80300000"], 8)),
        ("a beat is missing", failures(check_beats, "b", BEATS[:3] + BEATS[4:], 8)),
        ("beats end early", failures(check_beats, "b", BEATS[:5], 8)),
        ("memory not verified", failures(check_beats, "b", BEATS, 8, True)),
        ("no beats", failures(check_beats, "b", [], 8)),
        ("an access survives", guest("case=touch", "probe 0x1000", "SURVIVED 0x0", DONE)),
        ("an access survives and crashes", guest("case=touch", "probe 0x1000", "SURVIVED 0x0", CARD)),
        ("no card", guest("case=touch", "probe 0x1000")),
        ("two cards", guest("case=touch", "probe 0x1000", CARD, CARD)),
        ("a check fails", guest("case=csr", "not ok writable: 0x200", "done csr: 3 good, 1 bad")),
        ("does not finish", guest("case=csr", "case csr")),
        ("a clean one crashes", guest("case=csr", "case csr", DONE, CARD)),
        ("an endless one crashes", guest("case=loop", "case loop", CARD)),
        ("a root outside, shadow mode, crashes", guest("case=root", "case root", "probe 0x1000", CARD, mode="shadow")),
        ("a root outside, hardware mode, goes on", guest("case=root", "case root", "probe 0x1000")),
        ("an instruction goes, shadow mode", guest("case=instruction", "not ok mret: 0x1", "done instruction: 3 good, 1 bad",
                                                   mode="shadow")),
        ("a page of another's", guest("case=flip out=1", *["case flip", "not ok SURVIVED: 0x1", CARD] * 4)),
        ("a residue", guest("case=residue", *["case residue", "RESIDUE x5 = 0x1", CARD] * 4)),
        ("too few lives", guest("case=sweep", *["case sweep", CARD] * 2)),
        ("silence", guest("case=mmio")),
        ("off before its last words", failures(check_last_words, "s", b"[septum] guest 'a' is off\r\n[a] x\r\n")),
        ("speaks as another", failures(check_spoof, b"[spoof] x\r\nspoofed line\r\n")),
        ("speaks as the monitor", failures(check_spoof, b"[spoof] \x1b[1mspoofed\r\n")),
    ]
    for what, count in good:
        suite.check(count == 0, f"accepted: {what}")
    for what, count in bad:
        suite.check(count > 0, f"found: {what}")
    split = voices(b"\x1b[36m[a] \x1b[0mone\r\n\x1b[1m[septum] \x1b[0mtwo\r\nnobody\r\n[a] three\r\n")
    suite.check(split == {"a": ["one", "three"], "septum": ["two"]}, "voices are told apart", str(split))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
