#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Boots the systems of hostile guests in each way to run them, and checks what each guest saw, and that the heartbeats
beside them beat on.
"""

import argparse
import concurrent.futures
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))
from console import PREFIX_KEY, Console  # noqa: E402 (the path is set above)
from hashes import Ram, Watch  # noqa: E402 (beside this file)
from voices import Suite, all_off, check_beats, plain, run_log, voices  # noqa: E402 (the path is set above)

# What ends a guest well. crash: one crash card, nothing survived. clean: it ran to its end and found nothing.
# any: crashed or ran to its end (an emulated device may refuse). endless: it never ends by itself. lives: it crashes
# and is made anew, again and again.
CRASH, CLEAN, ANY, ENDLESS, LIVES = "crash", "clean", "any", "endless", "lives"
OUTCOME = {"touch": CRASH, "map": CRASH, "root": CRASH, "vector": CRASH, "span": CRASH, "lost": CRASH,
           "sweep": LIVES, "maps": LIVES, "residue": LIVES, "mmio": ANY, "loop": ENDLESS, "faults": ENDLESS}
LEAST_LIVES = 4         # where instructions are counted
LEAST_LIVES_TIMED = 2   # where a guest ends by the clock, however busy the build host is
HASHED = {"memory", "turns"}  # systems in which everybody's memory is looked at while they run: they last long enough
LOOK_SECONDS = 0.25  # between two looks at everybody's memory, at least

# What shadow mode judges otherwise, and why. A table or root outside memory raises access faults, the guest's own: on
# the bare hart it would take them for ever. In hardware mode each of them comes to the monitor, which sees that the
# trap vector cannot be fetched, and ends the guest; in shadow mode the kernel delivers them, and the guest goes on.
SHADOW_OUTCOME = {"root": ENDLESS, "lost": ENDLESS}

# system: settings of its run. Where instructions are counted, lateness does not depend on the build host; with two
# harts QEMU then lets one that waits for the other spin for up to a second, so only with one.
LANES = 2  # of those, at a time: each keeps one processor of the build host busy
COUNTED = {"HARTS": 1, "ICOUNT": "on", "SECONDS": 240}
SYSTEMS = {
    "memory": COUNTED,
    "tables": COUNTED,
    "strays": COUNTED,
    "faults": COUNTED,
    "races": {"HARTS": 2, "SECONDS": 240},
    "calls": {"HARTS": 2, "SECONDS": 240},
    "time": COUNTED,
    "turns": COUNTED,
    "residue": COUNTED,
    "stops": None,  # the faults once more, at a terminal
}

# Where QEMU counts instructions, time stands still for a guest that only faults at the fetch of its trap vector, which in
# hardware mode passes neither Septum nor any instruction.
UNCOUNTED = {("hardware", "faults"): {"HARTS": 1, "SECONDS": 90}}

# The ways to run them: does the hart have the H extension, and which mode do the guests ask for? On harts with H, shadow
# mode is the same code but for the hart's CSRs that it must leave alone: a sample of the systems shows that.
WAYS = {
    "hardware": {"h": "on", "mode": "hardware", "systems": list(SYSTEMS)},
    "shadow": {"h": "off", "mode": "shadow", "systems": list(SYSTEMS)},
    "shadow-h": {"h": "on", "mode": "shadow", "systems": ["tables", "strays", "turns"]},
}


def guests_of(path):
    """{name: boot arguments} of a description of ours."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    bodies = re.findall(r"([\w-]+)\s*\{([^{}]*)\}", text)
    return {name: (re.search(r'bootargs = "([^"]*)"', body) or ["", ""])[1] for name, body in bodies}


def case_of(arguments):
    return re.match(r"(?:case=(\S+))?", arguments)[1]


def outcome_of(name, arguments, mode="hardware"):
    if name.startswith("beat"):
        return CLEAN
    if name.startswith("device-"):
        return ANY
    if "then=reboot" in arguments:
        return CLEAN
    if "out=1" in arguments:
        return LIVES
    case = case_of(arguments)
    return SHADOW_OUTCOME[case] if mode == "shadow" and case in SHADOW_OUTCOME else OUTCOME.get(case, CLEAN)


def crashes_of(name, said):
    """Crash cards of that guest, and what the manager says about it."""
    cards = [line for line in said.get(name, []) if f"guest '{name}' crashed" in line]
    notes = [line for line in said.get("septum", []) if f"'{name}' has crashed" in line]
    return max(len(cards), len(notes)), len(cards)


def check_guest(suite, system, name, arguments, said, mode="hardware", least_lives=LEAST_LIVES):
    lines = said.get(name, [])
    text = "\n".join(lines)
    expected = outcome_of(name, arguments, mode)
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
        suite.check(lives >= least_lives and crashes >= lives - 1 and not bad, f"{label}: {lives} lives",
                    "; ".join(bad[:3]) or f"{lives} lives, {crashes} crashes")


def check_last_words(suite, label, raw):
    """What a guest said stands before the manager's word that it is off."""
    lines, early = plain(raw).split("\n"), []
    for at, line in enumerate(lines):
        off = re.match(r"\[septum\] guest '([\w-]+)' is off$", line)
        if off and any(later.startswith(f"[{off[1]}] ") for later in lines[at:]):
            early.append(off[1])
    suite.check(not early, f"{label}: last words come before 'is off'", ", ".join(early))


def check_spoof(suite, raw):
    """A guest's text is in its own voice, and never in the monitor's bold."""
    wrong = [line for line in plain(raw).split("\n") if "spoofed" in line and not line.startswith("[spoof] ")]
    suite.check(not wrong, "calls/spoof: cannot speak in another voice", "; ".join(wrong[:3]))
    suite.check(b"\x1b[1mspoofed" not in raw, "calls/spoof: cannot speak as its monitor")


def description(options, system, way, endless=False):
    """The system's description, where each guest asks for the way's mode; endless: the heartbeat never ends."""
    with open(os.path.join(HERE, f"{system}.dts"), encoding="utf-8") as file:
        text = file.read()
    path = os.path.join(options.build, "hostile", f"{system}-{way}.dts")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        if endless:
            text = re.sub(r"beats=\d+", "", text)
        file.write(text.replace("\t\t\tbootargs", f'\t\t\tmode = "{WAYS[way]["mode"]}";\n\t\t\tbootargs'))
    return path


class Looks:
    """The machine's memory, and when to look at it: at what it says, but not all the time."""

    def __init__(self, options, path, guests):
        bundle = os.path.splitext(path)[0].lstrip("/").replace("/", "_")
        self.options, self.bundle, self.guests = options, f"{options.build}/bundles/{bundle}.bundle", guests
        self.ram, self.watch, self.last = Ram(1 << 30), None, 0
        self.beats = [name for name in guests if name.startswith("beat")]

    def glance(self):
        """The bundle is made by the run itself, so the first look reads it."""
        if time.monotonic() < self.last + LOOK_SECONDS:
            return
        self.watch = self.watch or Watch(self.ram, self.options.build, self.bundle, self.guests)
        self.watch.look()
        if not self.watch.noticed and all(self.watch.looks.get(name, 0) > 1 for name in self.beats):
            self.watch.prove()
        self.last = time.monotonic()

    def end(self, suite, label, endless):
        if suite.check(self.watch, f"{label}: memory is looked at"):
            self.watch.end(suite, label, self.beats + endless)
        self.ram.close()


def settings_of(system, way):
    return UNCOUNTED.get((way, system), SYSTEMS[system])


def run_system(options, system, way):
    """The suite of what was found."""
    suite = Suite("hostile")
    path, mode, label = description(options, system, way), WAYS[way]["mode"], f"{way}/{system}"
    settings = settings_of(system, way)
    guests = guests_of(path)
    mortal = [name for name, arguments in guests.items() if outcome_of(name, arguments, mode) != ENDLESS]
    looks = Looks(options, path, guests) if system in HASHED else None

    def done(raw):
        if looks and b"OpenSBI" in raw:
            looks.glance()
        return all_off(raw, mortal)

    extra = {"QEMU_EXTRA": looks.ram.arguments()} if looks else {}
    _, raw = run_log(options.make, path.replace(".dts", ".log"), path, done, MEMORY="1G", H=WAYS[way]["h"], **extra,
                     **settings)
    if looks:
        looks.end(suite, label, [name for name in guests if name not in mortal])
    if not suite.check(b"OpenSBI" in raw, f"{label}: boots", raw[-300:].decode("utf-8", "replace")):
        return suite
    said = voices(raw)
    for name, arguments in guests.items():
        if name.startswith("beat"):
            check_beats(suite, f"{label}/{name}", said.get(name, []), int(re.search(r"beats=(\d+)", arguments)[1]),
                        finite=True, counted=settings is COUNTED)
        else:
            check_guest(suite, label, name, arguments, said, mode,
                        LEAST_LIVES if settings is COUNTED else LEAST_LIVES_TIMED)
    check_last_words(suite, label, raw)
    if system == "calls":
        check_spoof(suite, raw)
    return suite


def run_stops(options, way):
    """A guest that never leaves its own faults is stopped by hand, and started again; the heartbeat goes on."""
    suite = Suite("hostile")
    path, mode = description(options, "faults", way, endless=True), WAYS[way]["mode"]
    guests = guests_of(path)
    lost = [name for name, arguments in guests.items() if outcome_of(name, arguments, mode) == ENDLESS]
    console = Console([options.make, "qemu", f"SYSTEM={path}", "HARTS=1", "MEMORY=1G", f"H={WAYS[way]['h']}"],
                      os.path.join(options.build, "hostile", f"stops-{way}.log"))
    try:
        if not suite.check(all(console.wait(name, "^probe", 60) for name in lost), f"{way}/stops: all run",
                           ", ".join(lost)):
            return suite
        for name in lost:
            console.focus(list(guests).index(name) + 1)
            for key, who, pattern in (("k", "septum", f"'{name}' is stopped"), ("s", name, "^probe"),
                                      ("k", "septum", f"'{name}' is stopped")):
                console.mark()
                console.child.send(PREFIX_KEY + key)
                suite.check(console.wait(who, pattern, 20), f"{way}/stops/{name}: key {key}")
        console.mark()
        suite.check(console.wait("beat", r"^beat \d+", 20), f"{way}/stops/beat: beats on")
        check_beats(suite, f"{way}/stops/beat", console.said("beat", everything=True).split("\n"), 1)
    finally:
        console.close()
    return suite


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("what", nargs="*", help="systems and ways to run them: all that are named, or all")
    options = parser.parse_args()
    ways = [way for way in WAYS if way in options.what] or list(WAYS)
    systems = [system for system in SYSTEMS if system in options.what]
    if unknown := set(options.what) - set(WAYS) - set(SYSTEMS):
        parser.error(f"there is no {' or '.join(sorted(unknown))}")
    suite = Suite("hostile")
    runs = [(system, way) for way in ways for system in systems or WAYS[way]["systems"]]
    alone = [(system, way) for system, way in runs if settings_of(system, way) is not COUNTED]
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        parts = list(pool.map(lambda run: run_system(options, *run), [run for run in runs if run not in alone]))
    parts += [run_stops(options, way) if SYSTEMS[system] is None else run_system(options, system, way) for system, way in alone]
    for part in parts:
        suite.passed += part.passed
        suite.failed += part.failed
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
