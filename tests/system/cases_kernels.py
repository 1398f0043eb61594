# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests of what the tool makes of kernel files, whole, cut and damaged."""
import random

import fixtures
from cases import equal
from septum_config import kernels, limits

KERNELS = [
    (None, fixtures.image()), (None, fixtures.efi_image()), (None, fixtures.elf()), (None, b"\x6f\0\0\0"),
    (None, fixtures.elf(((fixtures.BASE, 4096, 4096), (fixtures.BASE + 4096, 0, 4096)))),
    ("SYS-034", b"\xfd7zXZ\0" + bytes(64)), ("SYS-034", b"\x28\xb5\x2f\xfd" + bytes(64)), ("SYS-034", b"BZh9" + bytes(64)),
    ("SYS-034", b"\x5d\0\0\x80" + bytes(64)), ("SYS-034", b"\x02\x21\x4c\x18" + bytes(64)),
    ("SYS-034", b"\x04\x22\x4d\x18" + bytes(64)), ("SYS-034", b"\x27\x05\x19\x56" + bytes(64)),
    ("SYS-034", b"MZ\0\0zimg" + bytes(64)), ("SYS-035", bytes(36) + b"\x18\x28\x6f\x01" + bytes(64)),
    ("SYS-035", b"MZ\0\0" + bytes(52) + b"\x81\x82\x83\0" + bytes(64)),
    ("SYS-035", fixtures.image()[:24] + b"\x01" + fixtures.image()[25:]), ("SYS-035", fixtures.elf(order=2)),
    ("SYS-035", fixtures.elf(machine=183)), ("SYS-036", fixtures.image()[:60]), (None, fixtures.image(size=1 << 24)),
    ("SYS-036", fixtures.efi_image()[:-1]), ("SYS-037", fixtures.elf(interpreter=True)), ("SYS-037", fixtures.elf(())),
    ("SYS-037", fixtures.elf(kind=3)), ("SYS-037", fixtures.elf(entry=fixtures.BASE + 1)),
    ("SYS-037", fixtures.elf(entry=fixtures.BASE + 4096)), ("SYS-037", fixtures.elf(((fixtures.BASE, 512, 256),))),
    ("SYS-037", fixtures.elf(((fixtures.BASE, 256, 4096), (fixtures.BASE + 4092, 256, 4096)))),
    ("SYS-037", fixtures.elf([(fixtures.BASE + 4096 * i, 64, 4096) for i in range(17)])),
    ("SYS-037", fixtures.elf()[:54] + b"\x20" + fixtures.elf()[55:]),
    ("SYS-037", fixtures.elf()[:32] + (1 << 20).to_bytes(8, "little") + fixtures.elf()[40:]),
    ("SYS-038", fixtures.elf()[:12]), ("SYS-038", fixtures.elf()[:63]), ("SYS-038", fixtures.elf()[:100]),
    ("SYS-038", fixtures.elf()[:-1]), ("SYS-041", b"\xd0\x0d\xfe\xed" + bytes(64)), ("SYS-041", b"#!/bin/sh\n"),
]


def test_kinds_of_kernels(_tool, _directory):
    for i, (rule, data) in enumerate(KERNELS):
        found = [finding[0] for finding in kernels.identify(data).findings]
        equal((i, found), (i, [rule] if rule else []))


def test_an_image_may_ask_for_more_than_its_file(_tool, _directory):
    """A doubt only, and the memory that the header asks for counts."""
    for size, doubts in ((None, []), (2 * 4160, []), (2 * 4160 + 2, ["SYS-043"])):
        kernel = kernels.identify(fixtures.image(size=size))
        equal([doubt[0] for doubt in kernel.doubts], doubts)
        equal((kernel.span, kernels.fit(kernel, 0, 16 * limits.MIB)), (size or 4160, []))
    large = kernels.identify(fixtures.image(size=16 << 20))
    equal(kernels.fit(large, 0, 16 * limits.MIB)[0][0], "SYS-040")


def test_every_cut_of_an_elf_and_an_image_is_found(_tool, _directory):
    """From the bytes that tell the format on, no shorter file passes."""
    for whole, first in ((fixtures.elf(((fixtures.BASE, 1024, 4096),)), 4), (fixtures.efi_image(), 60)):
        missed = [cut for cut in range(first, len(whole), 7) if not kernels.identify(whole[:cut]).findings]
        equal(missed, [])
        equal(kernels.identify(whole).findings, [])


def test_memory_to_the_last_byte(_tool, _directory):
    """What fits by one byte fits, what lacks one does not."""
    room = 16 * limits.MIB - limits.TREE_BYTES
    for kernel, initrd in ((kernels.Kernel("raw", room - limits.LOAD_OFFSET - 100), 100),
                           (kernels.Kernel("elf", 0, [(limits.RAM_BASE, limits.RAM_BASE + room - 100)]), 100)):
        equal(kernels.fit(kernel, initrd, 16 * limits.MIB), [])
        equal(kernels.fit(kernel, initrd + 1, 16 * limits.MIB)[0][0], "SYS-040")
    end = limits.RAM_BASE + 16 * limits.MIB
    for segment in ((limits.RAM_BASE - 1, limits.RAM_BASE + 5), (end - 5, end + 1)):
        equal(kernels.fit(kernels.Kernel("elf", 0, [segment]), 0, 16 * limits.MIB)[0][0], "SYS-039")


def test_damaged_kernels_do_not_break_the_tool(_tool, _directory):
    """Bytes changed at random in every kind of kernel: a verdict, never an exception."""
    dice = random.Random(1)
    wholes = [data for _, data in KERNELS if len(data) > 64]
    verdicts = set()
    for _ in range(4000):
        data = bytearray(dice.choice(wholes))
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(min(len(data), 400))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
        kernel = kernels.identify(bytes(data))
        if not kernel.findings:
            verdicts |= {finding[0] for finding in kernels.fit(kernel, 0, 16 * limits.MIB)}
        verdicts |= {finding[0] for finding in kernel.findings}
    assert len(verdicts) >= 4, f"the changes reach several rules: {verdicts}"
