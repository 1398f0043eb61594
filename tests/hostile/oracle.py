# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
The invariant of spec/invariants.md over a running machine's memory, which QEMU keeps in a file: what the auditor must find,
and nothing else. The predicates are those of spec/model/memory.acsl and shadow.acsl, once more.
"""

import collections
import struct

NONE, DATA, VCPU, TABLE0, TABLE1, TABLE2, PAD, SHADOW = range(8)  # include/septum/abi.h, enum septum_frame_kind
SERVER, GUEST = 1, 2
NO_ROOT = 4194304
WHOLE = 512  # the entry of a finding about the frame's own record
L0, L1, LOW, HIGH, TOP = range(5)  # include/kernel/shadow.h, enum shadow_level
USER_LEAVES = (211, 215, 217, 219, 223)

Frame = collections.namedtuple("Frame", "at_owner at_borrower owner borrower kind reserved")
Domain = collections.namedtuple("Domain", "kind name root sealed")
Window = collections.namedtuple("Window", "page at owner")
Device = collections.namedtuple("Device", "owner tc iohgatp rest")
Shadow = collections.namedtuple("Shadow", "guest first used")


def page(e):
    return e >> 10 & (1 << 44) - 1


def is_leaf(e):
    return e & 1 and e >> 1 & 7


def is_pointer(e):
    return e & 1 and not e >> 1 & 7


def user_leaf(e):
    return e >> 54 == 0 and e % 1024 in USER_LEAVES


def is_table(kind):
    return TABLE0 <= kind <= TABLE2


def span(kind):
    return 1 if kind == TABLE0 else 512


class Oracle:
    """The state as it stands in memory at one moment; what is running must not change it meanwhile."""

    def __init__(self, ram, kernel):
        self.ram, self.kernel = ram, kernel
        at = kernel.at
        self.place = {name: at + kernel.offset(name) for name in
                      ("dom", "window", "device_owner", "device_context", "kernel_root_table", "shadow", "vcpu")}
        self.base, self.count = kernel.frame(0) >> 12, kernel.boot[3]
        self.info = kernel.info

    def records(self, address, layout, number, make):
        return [make(*fields) for fields in struct.iter_unpack(layout, self.ram.read(address, struct.calcsize(layout) * number))]

    def load(self):
        place = self.place
        self.frames = self.records(self.info, "<QQIIII", self.count, Frame)
        self.domains = self.records(place["dom"], "<IIII", 64, Domain)
        self.windows = self.records(place["window"], "<QQIxxxx", 16, Window)
        owners = [owner for owner, in struct.iter_unpack("<I", self.ram.read(place["device_owner"], 4 * 256))]
        contexts = struct.iter_unpack("<8Q", self.ram.read(place["device_context"], 64 * 256))
        self.devices = [Device(owner, c[0], c[1], c[2:]) for owner, c in zip(owners, contexts)]
        self.root = self.ram.words(place["kernel_root_table"], 512)
        guests = [fields[5] for fields in struct.iter_unpack("<5QIHH10Q", self.ram.read(place["vcpu"], 128 * 64))]
        arenas = struct.iter_unpack("<II8Q40Q", self.ram.read(place["shadow"], 392 * 64))
        self.shadows = [Shadow(guest if a[0] else 0, a[2], a[4]) for guest, a in zip(guests, arenas)]
        self.cache = {}

    def words(self, p):
        if p not in self.cache:
            self.cache[p] = self.ram.words(self.kernel.frame(p), 512)
        return self.cache[p]

    def live(self, name):
        slot = self.domains[name % 64]
        return slot.kind != 0 and slot.name == name

    def frame(self, e):
        return page(e) - self.base

    def maps(self, f, at, domain):
        return (f.kind in (DATA, VCPU) and f.owner == domain and f.at_owner == at) or \
            (f.kind == DATA and f.borrower == domain and f.at_borrower == at)

    def findings(self):
        """{(number of the invariant, frame or None, entry)}"""
        self.load()
        found = set()
        for number, frame, entry, good in (*self.of_records(), *self.of_frames(), *self.of_tables(), *self.of_shadows()):
            if not good:
                found.add((number, frame, entry))
        return found

    def of_records(self):
        for s, slot in enumerate(self.domains):
            yield 2, None, s, slot.name % 64 == s and slot.kind <= GUEST and (s or not slot.kind)
            if slot.kind and slot.root != NO_ROOT:
                root = self.frames[slot.root] if slot.root < self.count else None
                yield 11, None, s, root and root.kind == TABLE2 and root.owner == slot.name
        for w, window in enumerate(self.windows):
            yield 13, None, w, window.owner <= self.domains[window.owner % 64].name
            if window.owner:
                yield 14, None, w, window.page < 1 << 44 and not self.base <= window.page < self.base + self.count
                yield 15, None, w, sum(other.owner and other.page == window.page for other in self.windows) == 1
        for n, device in enumerate(self.devices):
            slot = self.domains[device.owner % 64]
            leads = device.tc == 1 and self.live(device.owner) and slot.kind == GUEST and slot.root != NO_ROOT and \
                device.iohgatp == (8 << 60) + (device.owner % 64 << 44) + self.base + slot.root
            yield 30, None, n, not any(device.rest) and (leads if device.owner else device.tc == 0)

    def of_frames(self):
        names = [slot.name for slot in self.domains]
        for p, f in enumerate(self.frames):
            if f.kind in (DATA, VCPU):
                yield 10, p, WHOLE, f.owner and f.owner != f.borrower and (f.kind == DATA or not f.borrower)
            yield 12, p, WHOLE, f.owner <= names[f.owner % 64] and f.borrower <= names[f.borrower % 64]
            if f.kind == TABLE2 and self.live(f.owner) and self.domains[f.owner % 64].kind == GUEST:
                yield 8, p, WHOLE, p % 4 == 0 and p + 3 < self.count and \
                    all((g.kind, g.owner) == (PAD, f.owner) for g in self.frames[p + 1:p + 4])

    def of_tables(self):
        for t, f in enumerate(self.frames):
            if f.kind == PAD:
                yield from ((9, t, i, word == 0) for i, word in enumerate(self.words(t)))
            if not is_table(f.kind) or not self.live(f.owner):
                continue
            for i, e in enumerate(self.words(t)):
                if f.kind == TABLE2 and i >= 256:
                    server = self.domains[f.owner % 64].kind == SERVER
                    yield 7, t, i, e == (self.root[i] if server else 0)
                elif is_leaf(e):
                    yield from self.of_leaf(t, f, i, e)
                elif is_pointer(e):
                    yield 6, t, i, self.is_child(t, f, i, e)

    def is_child(self, t, f, i, e):
        c = self.frame(e)
        if f.kind == TABLE0 or not 0 <= c < self.count:
            return False
        child = self.frames[c]
        return (child.kind, child.owner, child.at_owner) == (f.kind - 1, f.owner, t * 512 + i)

    def of_leaf(self, t, f, i, e):
        first, n, at = self.frame(e), span(f.kind), t * 512 + i
        window = f.kind == TABLE0 and (page(e), at, f.owner) in self.windows
        inside = first >= 0 and first + n <= self.count and first % n == 0
        yield 3, t, i, f.kind != TABLE2 and (inside or window)
        yield 5, t, i, user_leaf(e)
        yield 4, t, i, all(self.maps(self.frames[p], at, f.owner) for p in range(max(first, 0), min(first + n, self.count)))

    def of_shadows(self):
        for t, s in enumerate(self.shadows):
            for f in range(s.first, s.first + s.used) if s.guest else ():
                record = self.frames[f]
                level = record.at_borrower
                if not (record.kind, record.owner, record.at_owner) == (SHADOW, s.guest, t) or level > TOP:
                    yield 31, f, WHOLE, False
                    continue
                for i, e in enumerate(self.words(f)):
                    yield 31, f, i, self.shadow_entry(s, level, i, e)

    def shadow_entry(self, s, level, i, e):
        if (level == LOW and i >= 256) or (level == HIGH and i < 256) or (level == TOP and i not in (0, 511)):
            return e == (self.root[i] if level == LOW else 0)
        if is_pointer(e):
            below = L0 if level == L1 else (LOW if i == 0 else HIGH) if level == TOP else L1
            f = self.frame(e)
            return level != L0 and e % 1024 in (1, 257) and e >> 54 == 0 and s.first <= f < s.first + s.used and \
                self.frames[f].at_borrower == below
        if not is_leaf(e):
            return True
        first, n = self.frame(e), 512 if level == L1 else 1
        return level <= L1 and user_leaf(e) and 0 <= first and first + n <= self.count and first % n == 0 and \
            all(self.is_staged(s.guest, e, q) for q in range(first, first + n))

    def is_staged(self, guest, e, q):
        f = self.frames[q]
        t, i = divmod(f.at_owner if f.owner == guest else f.at_borrower, 512)
        if t >= self.count or not is_table(self.frames[t].kind) or self.frames[t].owner != guest or not self.live(guest) or \
                (self.frames[t].kind == TABLE2 and i >= 256):
            return False
        stage = self.words(t)[i]
        first = self.frame(stage)
        return is_leaf(stage) and first <= q < first + span(self.frames[t].kind) and not e >> 1 & 7 & ~(stage >> 1 & 7)
