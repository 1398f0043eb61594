# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What those who tried (tests/hostile/reach) do reach at one moment, as it stands in the machine's memory."""

import re
import struct

from hashes import MANAGER_SLOT, PAGE
from reach_expected import Reach, requester
from tables import Tables

MAGIC = b"septum reach\x5a\0\0\0"
NAME_BYTES, FRAME_CALLS, CALLS, CAPS = 32, 7, 64, 160  # tests/hostile/reach/reach.h
CALL_WORDS = (CAPS + 63) // 64
PROTECT, READ = 1, 6
THREADS, THREAD = 64, struct.Struct("<8xI52xQQ48x")  # include/kernel/thread.h: domain, budget, period
FIRST_TABLE = 3  # include/septum/abi.h: enum septum_frame_kind


def call_names():
    """{number: name} of the kernel's calls."""
    with open("include/septum/abi.h", encoding="utf-8") as file:
        listing = re.search(r"enum septum_call \{(.*?)\};", file.read(), re.S)[1]
    return {int(number): name for name, number in re.findall(r"^\tSEPTUM_(\w+) = (\d+),", listing, re.M)}


class Finding:
    """The page of somebody who tried."""

    def __init__(self, data, domain):
        self.domain, self.name = domain, data[16:16 + NAME_BYTES].split(b"\0", 1)[0].decode("ascii", "replace")
        words = memoryview(data).cast("Q")
        at = (16 + NAME_BYTES) // 8
        self.turns, self.alive, self.tried = words[at:at + 3]
        self.frames = words[at + 3:at + 3 + FRAME_CALLS].tolist()
        at += 3 + FRAME_CALLS
        self.passed = [{slot for slot in range(CAPS) if words[at + CALL_WORDS * call + slot // 64] >> slot % 64 & 1}
                       for call in range(CALLS)]


def unlike(found, wanted):
    """Where one dictionary is not the other."""
    wrong = [f"{key if isinstance(key, str) else hex(key)}: {found.get(key, 'nothing')} and not {wanted.get(key, 'nothing')}"
             for key in sorted(found | wanted) if found.get(key) != wanted.get(key)]
    return "; ".join(wrong[:4])


class Scene:
    """names: {domain: whose it is, in words} of the servers but the manager."""

    def __init__(self, kernel, names):
        self.kernel, self.tables = kernel, Tables(kernel)
        self.names = names | {kernel.domains(kernel.at)[MANAGER_SLOT][1]: "manager"}
        self.calls = call_names()

    def whose(self, address):
        """Who owns the memory there; a guest is told by its monitor, who has it on loan."""
        frame = self.tables.frames[(address - self.kernel.frame(0)) // PAGE]
        if frame.owner not in self.names and frame.borrower in self.names:
            return f"guest of {self.names[frame.borrower]}"
        return self.names.get(frame.owner, f"domain {frame.owner}")

    def time(self, domain):
        """What its threads may use is in the kernel's books; that they get no more is proved (T9)."""
        data = self.kernel.ram.read(self.kernel.at + self.kernel.offset("thread"), THREAD.size * THREADS)
        return {(budget, period) for owner, budget, period in THREAD.iter_unpack(data) if owner == domain and budget}

    def reach(self, finding):
        """The Reach of who tried."""
        calls = {self.calls.get(number, f"call {number}"): slots for number, slots in enumerate(finding.passed) if slots}
        reached = self.tables.reached(finding.domain)
        owners = {va: self.tables.owner(address) for va, address in reached.items()}
        others = {va: self.whose(reached[va]) for va, owner in owners.items() if owner not in (None, finding.domain)}
        registers = {va: reached[va] for va, owner in owners.items() if owner is None}
        device = requester(finding.name)
        dma = self.tables.dma(device) if device is not None else {}
        return Reach(calls, others, registers, {at: self.whose(address) for at, address in dma.items()},
                     self.time(finding.domain))

    def had(self, finding):
        """What he had of the frames that is not his due: to change his own mappings, and if he audits to read tables."""
        mapped = sum(self.tables.owner(address) is not None for address in self.tables.reached(finding.domain).values())
        kept = sum(frame.kind >= FIRST_TABLE for frame in self.tables.frames)
        due = [0] * FRAME_CALLS
        due[PROTECT] = 0 if finding.name == "pci" else mapped
        due[READ] = kept if finding.name == "auditor" else 0
        return "" if finding.frames == due else f"{finding.frames} and not {due}"
