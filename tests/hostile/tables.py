# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What a server's page tables let it reach, by a walk of our own over the machine's memory (hashes.py)."""

import collections
import struct

PAGE = 4096
ENTRIES = 512
LOWER = ENTRIES // 2  # of a server's root: its own; the others are the kernel's
DEVICES, CONTEXT_BYTES = 256, 64  # include/septum/abi.h; of a device's context, whose first words are tc and iohgatp
ROOT_ENTRIES = 4 * ENTRIES  # of stage 2
VALID, RIGHTS, USER = 1, 0xE, 0x10
PAGE_NUMBER = (1 << 44) - 1
ROOT_KIND = 5  # include/septum/abi.h, enum septum_frame_kind
INFO_BYTES = 32

Frame = collections.namedtuple("Frame", "at_owner at_borrower owner borrower kind")


class Tables:
    """The kernel's books and the domains' tables as they are now."""

    def __init__(self, kernel):
        self.kernel, self.ram = kernel, kernel.ram
        data = self.ram.read(kernel.info, INFO_BYTES * kernel.boot[3])
        self.frames = [Frame(*fields) for fields in struct.iter_unpack("<QQIII4x", data)]

    def owner(self, address):
        """Of that physical address; None: it is no memory."""
        number = (address - self.kernel.frame(0)) // PAGE
        return self.frames[number].owner if 0 <= number < len(self.frames) else None

    def roots(self, domain):
        return [self.kernel.frame(n) for n, f in enumerate(self.frames) if f.owner == domain and f.kind == ROOT_KIND]

    def walk(self, table, level, first, count):
        """(va, physical address, bytes, entry) of each leaf below entries first to first + count of a table."""
        size = PAGE << 9 * level
        for i, entry in enumerate(self.ram.words(table + 8 * first, count), first):
            address = (entry >> 10 & PAGE_NUMBER) * PAGE
            if not entry & VALID:
                continue
            if entry & RIGHTS:
                yield i * size, address, size, entry
            elif level:
                for va, *rest in self.walk(address, level - 1, 0, ENTRIES):
                    yield (i * size + va, *rest)

    def reached(self, domain):
        """{va: physical address} of every page that the domain can reach in U mode."""
        root, = self.roots(domain)
        return {va + at: address + at for va, address, size, entry in self.walk(root, 2, 0, LOWER) if entry & USER
                for at in range(0, size, PAGE)}

    def leading(self):
        """{number: address of the root} of the devices whose DMA leads somewhere, as the IOMMU reads it."""
        at = self.kernel.at + self.kernel.offset("device_context")
        contexts = {n: self.ram.words(at + CONTEXT_BYTES * n, 2) for n in range(DEVICES)}
        return {n: (iohgatp & PAGE_NUMBER) * PAGE for n, (tc, iohgatp) in contexts.items() if tc & VALID}

    def dma(self, device):
        """{address of the device's: physical address} of every page that its DMA can reach."""
        root = self.leading().get(device)
        leaves = self.walk(root, 2, 0, ROOT_ENTRIES) if root is not None else ()
        return {gpa + at: address + at for gpa, address, size, entry in leaves if entry & USER for at in range(0, size, PAGE)}

    def strays(self, domain):
        """Why the kernel's half of its root could be more than the kernel's: an entry that differs, a leaf for U mode."""
        root, = self.roots(domain)
        ours = self.ram.words(root + 8 * LOWER, LOWER)
        theirs = self.ram.words(self.kernel.at + self.kernel.offset("kernel_root_table") + 8 * LOWER, LOWER)
        return [f"entry {LOWER + i}" for i in range(LOWER) if ours[i] != theirs[i]] + \
            [f"user page {va:#x}" for va, _, _, entry in self.walk(root, 2, LOWER, LOWER) if entry & USER]
