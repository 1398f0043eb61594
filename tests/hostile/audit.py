#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
The auditor of a running system. While guests of both modes start, end and are reset it finds nothing, asked or by
itself. Then the books and tables are corrupted from outside, by QEMU's memory file, several words at a time, and put
right again: what it tells must be exactly what the invariant, worked out here from the same memory, says (oracle.py).
A corruption that leaves the invariant true is harmless: it is one of the states that the proof speaks of.
"""

import argparse
import json
import os
import random
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))
from console import LIFE_SECONDS, Console  # noqa: E402 (the path is set above)
from ctl import Patient  # noqa: E402 (the path is set above)
from hashes import RAM_BASE, Kernel, Ram  # noqa: E402 (beside this file)
from oracle import DATA, PAD, SHADOW, WHOLE, Oracle, is_leaf, is_table  # noqa: E402 (beside this file)
from voices import Suite  # noqa: E402 (the path is set above)

MEMORY = 64 << 20
BATCH = 40  # corruptions at a time; together they must not break more places than the auditor tells (AUDIT_FINDINGS)
SHOWN = 96
DATA_MOST = 64  # of those that are shown stand in the data
PLACE = re.compile(r"INV-(\d+) \w+: (?:record (\d+)|frame (\d+) (?:of kind \d+|entry (\d+) is \S+));")
INFO_BYTES = 32


class Machine:
    """The system at its terminal, and commands to it."""

    def __init__(self, options, system, memory, log, *settings):
        self.ram = Ram(memory)
        self.console = Console([options.make, "qemu", f"SYSTEM={system}", "HARTS=1", f"MEMORY={memory >> 20}M",
                                f"QEMU_EXTRA={self.ram.arguments()}", *settings], f"{options.build}/hostile/{log}.log",
                               LIFE_SECONDS + 3 * options.corruptions)
        self.driver = Patient(options, self.console)

    def ctl(self, line):
        """Its status and what it said."""
        status, text = self.driver.ctl("--json " + line)
        self.answer = json.loads(text) if text.startswith("{") else {"ok": False, "said": [text]}
        return status, self.answer.get("said", [])

    def close(self):
        self.console.close()
        self.ram.close()


def told(said):
    """What an audit's answer names: {(number, frame or None, entry)}, and how many places there are in all."""
    found = set()
    for line in said:
        match = PLACE.match(line)
        if match:
            number, record, frame, entry = match.groups()
            found.add((int(number), None, int(record)) if record else
                      (int(number), int(frame), WHOLE if entry is None else int(entry)))
    count = next((int(match[1]) for line in said if (match := re.search(r"VIOLATED in (\d+) places", line))), 0)
    return found, count


def data_differ(answer, found, count):
    """What the answer's data say otherwise than its lines; None if nothing."""
    data = answer.get("audit")
    if data is None or data["found"] != count:
        return f"data: {data}"
    listed = {(int(f["invariant"][4:]), f["frame"],
               f["record"] if f["frame"] is None else WHOLE if f["entry"] is None else f["entry"]) for f in data["findings"]}
    wrong = listed - found if len(listed) == DATA_MOST else listed ^ found
    return f"data: {sorted(wrong, key=str)[:3]}" if wrong else None


class Corrupter:
    """Words to change, each with a value, such that the machine goes on while nobody uses them."""

    def __init__(self, oracle, seed):
        self.oracle, self.random = oracle, random.Random(seed)
        oracle.load()
        self.guests = [f.name for f in oracle.domains if f.kind == 2]
        frames = oracle.frames
        self.monitors = {f.owner for f in frames if f.borrower == 0 and f.kind == 2}  # who have vCPU pages
        still = set(self.guests) | self.monitors
        self.tables = [p for p, f in enumerate(frames) if is_table(f.kind) and f.owner in still]
        self.busy = [p for p, f in enumerate(frames)
                     if is_table(f.kind) and f.owner not in still and oracle.live(f.owner)]
        self.pads = [p for p, f in enumerate(frames) if f.kind == PAD]
        self.shadows = [f for s in oracle.shadows if s.guest for f in range(s.first, s.first + s.used)]
        self.held = [p for p, f in enumerate(frames) if f.owner in still and f.kind in (DATA, SHADOW)]
        self.books = self.tables + self.pads + self.shadows
        self.kinds = [self.flip_entry] * 6 + [self.foreign_leaf] * 4 + [self.copy_entry] * 3 + \
            [self.flip_record] * 6 + [self.set_record] * 5 + [self.shadow_entry] * 4 + [self.pad_word] * 2 + \
            [self.half_entry] * 2 + [self.unused_entry] * 2 + [self.window] * 2 + [self.device] * 3 + [self.domain]

    def one(self):
        """(address, new bytes) of a random corruption."""
        return self.random.choice(self.kinds)()

    def entry(self, p, i):
        return self.oracle.kernel.frame(p) + 8 * i

    def filled(self, tables):
        """An entry in use of one of those tables."""
        while True:
            p = self.random.choice(tables)
            used = [i for i, word in enumerate(self.oracle.words(p)) if word & 1]
            if used:
                return p, self.random.choice(used)

    def flip(self, address, bits=64):
        bit = self.random.randrange(bits)
        byte = self.oracle.ram.read(address + bit // 8, 1)[0]
        return address + bit // 8, bytes([byte ^ 1 << bit % 8])

    def word(self, address, value):
        return address, struct.pack("<Q", value)

    def flip_entry(self):
        return self.flip(self.entry(*self.filled(self.tables)))

    def foreign_leaf(self):
        """A leaf to some other frame, with a user's rights."""
        p, i = self.random.choice(self.tables), self.random.randrange(512)
        target = self.oracle.base + self.random.choice(self.held + [self.random.randrange(self.oracle.count)])
        return self.word(self.entry(p, i), target << 10 | self.random.choice((211, 215, 217, 219, 223)))

    def copy_entry(self):
        """What stands in another table."""
        p, i = self.filled(self.tables + self.busy)
        to = self.entry(self.random.choice(self.tables), self.random.randrange(512))
        return self.word(to, self.oracle.words(p)[i])

    def shadow_entry(self):
        if not self.shadows:
            return self.flip_entry()
        p, i = self.filled(self.shadows)
        if self.random.random() < 0.5:
            return self.flip(self.entry(p, i))
        target = self.oracle.base + self.random.choice(self.held)
        return self.word(self.entry(p, self.random.randrange(512)), target << 10 | 223)

    def pad_word(self):
        return self.flip(self.entry(self.random.choice(self.pads), self.random.randrange(512)))

    def half_entry(self):
        """The upper half of a root."""
        roots = [p for p in self.tables if self.oracle.frames[p].kind == 5]
        return self.flip(self.entry(self.random.choice(roots), self.random.randrange(256, 512)))

    def unused_entry(self):
        """An entry that is not in use, of a server that runs: a bit other than V, or a whole leaf."""
        p = self.random.choice(self.busy)
        limit = 256 if self.oracle.frames[p].kind == 5 else 512
        free = [i for i in range(limit) if self.oracle.words(p)[i] == 0]
        at = self.entry(p, self.random.choice(free))
        if self.random.random() < 0.5 or self.oracle.frames[p].kind == 5:
            return self.word(at, 2 << self.random.randrange(62))
        return self.word(at, (self.oracle.base + self.random.choice(self.held)) << 10 | 211)

    def record_of(self):
        return self.oracle.info + INFO_BYTES * self.random.choice(self.random.choice((self.books, self.held)))

    def flip_record(self):
        return self.flip(self.record_of(), 8 * INFO_BYTES)

    def set_record(self):
        """An owner, borrower or kind of somebody else's."""
        field = self.random.choice((16, 20, 24))
        names = [slot.name for slot in self.oracle.domains if slot.kind] + [0]
        value = self.random.randrange(9) if field == 24 else self.random.choice(names)
        return self.record_of() + field, struct.pack("<I", value)

    def window(self):
        return self.flip(self.oracle.place["window"] + 24 * self.random.randrange(16), 160)

    def device(self):
        n = self.random.randrange(256)
        if self.random.random() < 0.3:
            return self.flip(self.oracle.place["device_owner"] + 4 * n, 32)
        return self.flip(self.oracle.place["device_context"] + 64 * n, 512)

    def domain(self):
        """A slot that nobody has yet, or a guest's."""
        slots = [s for s, slot in enumerate(self.oracle.domains) if not slot.kind or slot.name in self.guests]
        return self.flip(self.oracle.place["dom"] + 16 * self.random.choice(slots), 128)


def apply(ram, changes):
    """What stood there before, in the order of undoing."""
    before = []
    for address, data in changes:
        at = address - RAM_BASE
        before.insert(0, (address, bytes(ram.bytes[at:at + len(data)])))
        ram.bytes[at:at + len(data)] = data
    return before


def apart(changes, chosen):
    """No two corruptions of a batch touch one word."""
    words = {address // 8 for address, _ in chosen}
    return all(address // 8 not in words for address, _ in changes)


def chosen(oracle, corrupter, clean):
    """A batch, and of each corruption what it alone breaks."""
    changes, alone, places = [], [], 0
    while len(changes) < BATCH:
        change = corrupter.one()
        if not apart([change], changes):
            continue
        before = apply(oracle.ram, [change])
        broken = oracle.findings() - clean
        apply(oracle.ram, before)
        if len(broken) > SHOWN // 2 and not changes:
            return [change], [broken]  # one that breaks much: by itself
        if places + len(broken) > SHOWN * 3 // 4:
            continue
        changes.append(change)
        alone.append(broken)
        places += len(broken)
    return changes, alone


def together(oracle, changes, alone):
    """Applies a batch, but for those whose harm another one undoes: what stood there before, what is broken then."""
    while True:
        before = apply(oracle.ram, changes)
        expected = oracle.findings()
        masked = [at for at, broken in enumerate(alone) if broken and not broken & expected]
        if not masked:
            return before, expected
        apply(oracle.ram, before)
        for at in reversed(masked):
            del changes[at], alone[at]


class Tally:
    def __init__(self):
        self.harmless, self.reported, self.wrong, self.numbers = 0, 0, [], {}

    def take(self, alone, expected, found, count):
        """What each corruption of the batch came to."""
        missing, false = expected - found, found - expected
        if count != len(expected) or false or (missing and len(expected) <= SHOWN):
            self.wrong.append(f"not told: {sorted(missing, key=str)[:4]}; "
                              f"told, but not so: {sorted(false, key=str)[:4]}; {count} places, not {len(expected)}")
        for broken in alone:
            if not broken:
                self.harmless += 1
            elif broken & found:
                self.reported += 1
                for number in {number for number, _, _ in broken}:
                    self.numbers[number] = self.numbers.get(number, 0) + 1
            else:
                self.wrong.append(f"not reported: {sorted(broken, key=str)[:4]}")


def corrupt(suite, machine, options):
    """Batch by batch: broken, audited, mended, audited."""
    kernel = Kernel(machine.ram, options.build)
    if not suite.check(kernel.find(), "the kernel's books are found in the machine's memory"):
        return
    oracle, tally = Oracle(machine.ram, kernel), Tally()
    clean = oracle.findings()
    suite.check(not clean, "the invariant holds of the running system, as worked out here",
                str(sorted(clean, key=str)[:4]))
    corrupter = Corrupter(oracle, options.seed)
    while tally.harmless + tally.reported < options.corruptions and len(tally.wrong) < 5:
        changes, alone = chosen(oracle, corrupter, clean)
        before, expected = together(oracle, changes, alone)
        _, said = machine.ctl("audit")
        apply(machine.ram, before)
        if not any("device contexts in" in line for line in said):
            suite.check(False, "an audit of a corrupted system ends", str(said)[:300])
            return
        found, count = told(said)
        tally.take(alone, expected, found, count)
        differ = data_differ(machine.answer, found, count)
        if differ:
            tally.wrong.append(differ)
        oracle.load()
    suite.check(not tally.wrong, f"{tally.reported} corruptions reported by their identifier, "
                f"{tally.harmless} harmless (seed {options.seed})", "; ".join(tally.wrong[:3]))
    names = ", ".join(f"INV-{number} {count}" for number, count in sorted(tally.numbers.items()))
    print(f"     reported: {names}", flush=True)
    status, said = machine.ctl("audit")
    suite.check(status == 0 and any("every invariant holds" in line for line in said), "put right again: nothing is found",
                str(said)[:300])


def quiet(suite, machine, label, turns):
    """Audits while guests are reset: nothing is found, whatever changes meanwhile."""
    bad, again = [], 0
    for turn in range(turns):
        machine.console.child.send("\x1dr")  # resets who has the keyboard
        status, said = machine.ctl("audit")
        again += sum(int(match[1]) for line in said if (match := re.search(r"(\d+) read again", line)))
        if status or not any("every invariant holds" in line for line in said):
            bad.append(f"turn {turn}: {said}"[:300])
        machine.console.child.send(f"\x1d{turn % 2 + 1}")
    suite.check(not bad, f"{label}: {turns} audits while guests are reset find nothing", "; ".join(bad[:2]))
    suite.check(again > 0, f"{label}: what changed meanwhile was read again ({again} times)")


def every(suite, options):
    """An auditor that is asked by nobody, on harts without H, while the guests boot."""
    path = f"{options.build}/hostile/audit-every.dts"
    with open(f"{HERE}/audit.dts", encoding="utf-8") as source, open(path, "w", encoding="utf-8") as file:
        file.write(source.read().replace("auditor { };", "auditor { every-s = <1>; };"))
    machine = Machine(options, path, MEMORY, "audit-every", "H=off")
    try:
        for name in ("beat", "below"):
            suite.check(machine.console.wait(name, r"^beat 1\b", 180), f"every second, without H: {name} runs")
        good = machine.console.wait("septum", r"(?s)(every invariant holds.*){3}", 120)
        said = machine.console.said("septum", everything=True)
        suite.check(good and "INV-" not in said, "every second, without H: audits find nothing",
                    "; ".join(line for line in said.split("\n") if "INV-" in line)[:300])
    finally:
        machine.close()


def run(suite, options):
    machine = Machine(options, "tests/hostile/audit.dts", MEMORY, "audit")
    try:
        machine.console.wait("septum", r"MiB free", 120)
        status, said = machine.ctl("audit")
        suite.check(status == 0, "an audit while the guests start finds nothing", str(said)[:300])
        if not suite.check(machine.console.wait("below", r"^beat 1\b", 180), "the guests run"):
            return
        quiet(suite, machine, "both modes", options.turns)
        for name in ("beat", "below"):
            machine.ctl(f"start {name}")
            machine.console.wait(name, r"^beat 1\b", 60)
        paused = [machine.ctl(f"pause {name}")[0] for name in ("beat", "below")]
        suite.check(paused == [0, 0], "the guests are paused")
        corrupt(suite, machine, options)
        for name in ("beat", "below"):
            machine.ctl(f"resume {name}")
            machine.console.mark()
            suite.check(machine.console.wait(name, r"^beat \d+", 60), f"{name}: beats on afterwards")
    finally:
        machine.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--corruptions", type=int, default=120)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.makedirs(f"{options.build}/hostile", exist_ok=True)
    suite = Suite("audit")
    run(suite, options)
    every(suite, options)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
