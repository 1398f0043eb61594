#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Boots the systems of hostile guests and checks what each guest saw, and that the heartbeat beside them beat on."""

import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))
from voices import Suite, check_beats, plain, run_log, voices  # noqa: E402 (the path is set above)

# What ends a guest well. crash: one crash card, nothing survived. clean: it ran to its end and found nothing.
# any: crashed or ran to its end (an emulated device may refuse). endless: it never ends by itself. lives: it crashes
# and is made anew, again and again.
CRASH, CLEAN, ANY, ENDLESS, LIVES = "crash", "clean", "any", "endless", "lives"
OUTCOME = {"touch": CRASH, "map": CRASH, "root": CRASH, "vector": CRASH, "sweep": LIVES, "residue": LIVES,
           "mmio": ANY, "loop": ENDLESS}
LEAST_LIVES = 4

# system: settings of its run. Where instructions are counted, lateness does not depend on the build host; with two
# harts QEMU then lets one that waits for the other spin for up to a second, so only with one.
COUNTED = {"HARTS": 1, "ICOUNT": "on", "SECONDS": 240}
SYSTEMS = {
    "memory": COUNTED,
    "tables": COUNTED,
    "calls": {"HARTS": 2, "SECONDS": 90},
    "time": COUNTED,
    "turns": COUNTED,
    "residue": COUNTED,
}


def guests_of(path):
    """{name: boot arguments} of a description of ours."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    bodies = re.findall(r"([\w-]+)\s*\{([^{}]*)\}", text)
    return {name: (re.search(r'bootargs = "([^"]*)"', body) or ["", ""])[1] for name, body in bodies}


def outcome_of(name, arguments):
    if name.startswith("beat"):
        return CLEAN
    if name.startswith("device-"):
        return ANY
    if "then=reboot" in arguments:
        return CLEAN
    return OUTCOME.get(re.match(r"case=(\S+)", arguments)[1], CLEAN)


def crashes_of(name, said):
    """Crash cards of that guest, and what the manager says about it."""
    cards = [line for line in said.get(name, []) if f"guest '{name}' crashed" in line]
    notes = [line for line in said.get("septum", []) if f"'{name}' has crashed" in line]
    return max(len(cards), len(notes)), len(cards)


def check_guest(suite, system, name, arguments, said):
    lines = said.get(name, [])
    text = "\n".join(lines)
    expected = outcome_of(name, arguments)
    crashes, cards = crashes_of(name, said)
    label = f"{system}/{name} ({arguments})"
    bad = [line for line in lines if re.search(r"not ok|RESIDUE|SURVIVED|RESET REFUSED|^TRAP ", line)]
    done = re.search(r"done [\w-]+: (\d+) good, 0 bad", text)

    if expected == ANY:
        bad = [line for line in bad if "SURVIVED" not in line]
        suite.check((done or crashes == 1) and not bad, f"{label}: refused or answered", "; ".join(bad[:3]) or "silent")
    elif expected == CRASH:
        suite.check("probe" in text and crashes == 1 and cards == 1 and not bad, f"{label}: ends with a crash card",
                    "; ".join(bad[:3]) or f"{crashes} crashes, {cards} cards")
    elif expected == CLEAN:
        suite.check(done and crashes == 0 and not bad, f"{label}: clean",
                    "; ".join(bad[:3]) or (f"{crashes} crashes" if crashes else "did not finish"))
    elif expected == ENDLESS:
        suite.check("case " in text and crashes == 0 and not bad, f"{label}: keeps to itself", "; ".join(bad[:3]))
    else:
        lives = len(re.findall(r"^case ", text, re.M))
        suite.check(lives >= LEAST_LIVES and crashes >= lives - 1 and not bad, f"{label}: {lives} lives",
                    "; ".join(bad[:3]) or f"{lives} lives, {crashes} crashes")


def all_off(raw, names):
    """The manager has said of each that it is off, or has crashed for good."""
    return all(f"guest '{name}' is off".encode() in raw or f"'{name}' has crashed; ".encode() in raw
               for name in names)


def check_spoof(suite, raw):
    """A guest's text is in its own voice, and never in the monitor's bold."""
    wrong = [line for line in plain(raw).split("\n") if "spoofed" in line and not line.startswith("[spoof] ")]
    suite.check(not wrong, "calls/spoof: cannot speak in another voice", "; ".join(wrong[:3]))
    suite.check(b"\x1b[1mspoofed" not in raw, "calls/spoof: cannot speak as its monitor")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("systems", nargs="*", default=list(SYSTEMS))
    options = parser.parse_args()
    suite = Suite("hostile")
    for system in options.systems:
        guests = guests_of(os.path.join(HERE, f"{system}.dts"))
        mortal = [name for name, arguments in guests.items() if outcome_of(name, arguments) != ENDLESS]
        _, raw = run_log(options.make, os.path.join(options.build, "hostile", f"{system}.log"),
                         f"tests/hostile/{system}.dts", lambda raw: all_off(raw, mortal), MEMORY="1G",
                         **SYSTEMS[system])
        if not suite.check(b"OpenSBI" in raw, f"{system}: boots", raw[-300:].decode("utf-8", "replace")):
            continue
        said = voices(raw)
        for name, arguments in guests.items():
            if name == "beat":
                check_beats(suite, f"{system}/beat", said.get(name, []), int(re.search(r"beats=(\d+)", arguments)[1]),
                            finite=True, counted=SYSTEMS[system] is COUNTED)
            else:
                check_guest(suite, system, name, arguments, said)
        if system == "calls":
            check_spoof(suite, raw)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
