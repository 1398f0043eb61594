# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Kernels, good and bad, made anew at each run: the bad descriptions of tests/system/bad name them as files/…"""
import os
import struct

BASE = 0x80200000


def image(body=b"\x13\0\0\0" * 1024, size=None, magic=b"RSC\x05"):
    """A Linux Image of RISC-V without an EFI header."""
    total = 64 + len(body)
    head = struct.pack("<IIQQQIIQQ4sI", 0x0480006F, 0, 0x200000, size or total, 0, 2, 0, 0, 0x5643534952, magic, 0)
    return head + body


def efi_image(size=20000):
    """One of 16 KiB with an EFI header: it lists its two sections, .text and .data, as Linux's does."""
    data = bytearray(image(b"\x13\0\0\0" * 4080, size=size))
    data[0:2] = b"MZ"
    struct.pack_into("<I", data, 60, 64)
    struct.pack_into("<4sHHIIIHH", data, 64, b"PE\0\0", 0x5064, 2, 0, 0, 0, 112, 0)
    sections = 64 + 24 + 112
    struct.pack_into("<8sIIII", data, sections, b".text", 4096, 4096, 4096, 4096)
    struct.pack_into("<8sIIII", data, sections + 40, b".data", 12000, 8192, 8192, 8192)
    return bytes(data)


def elf(segments=((BASE, 256, 4096),), *, entry=BASE, bits=2, order=1, machine=243, kind=2, interpreter=False):
    """An ELF with segments (physical address, bytes in the file, bytes in memory), file contents from 4096 on."""
    mark = "<" if order == 1 else ">"
    count = len(segments) + interpreter
    ident = b"\x7fELF" + bytes([bits, order, 1]) + bytes(9)
    head = ident + struct.pack(mark + "HHIQQQIHHHHHH", kind, machine, 1, entry, 64, 0, 0, 64, 56, count, 0, 0, 0)
    offset, table, body = 4096, b"", b""
    if interpreter:
        table += struct.pack(mark + "IIQQQQQQ", 3, 4, 64, 0, 0, 8, 8, 1)
    for physical, stored, needed in segments:
        virtual = physical + 0xFFFFFFFF00000000 & (1 << 64) - 1
        table += struct.pack(mark + "IIQQQQQQ", 1, 7, offset + len(body), virtual, physical, stored, needed, 4096)
        body += b"\x13\0\0\0" * (stored // 4)
    return (head + table).ljust(offset, b"\0") + body


def arm64():
    return image()[:48] + bytes(8) + b"ARM\x64" + bytes(4096)


def bzimage():
    data = bytearray(4096)
    data[510:512], data[0x202:0x206] = b"\x55\xaa", b"HdrS"
    return bytes(data)


FILES = {
    "image": image(),
    "image-efi": efi_image(),
    "image-hungry": efi_image(30 << 20),
    "image-cut": efi_image()[:5000],
    "image-pool": image(size=1 << 20),
    "raw.bin": b"\x6f\0\0\0" * 16,
    "raw-7m.bin": bytes(7 << 20),
    "empty": b"",
    "gzip": b"\x1f\x8b\x08\0" + bytes(60),
    "initrd.cpio": b"070701" + bytes(506),
    "System.map": b"0000000080200000 T _start\n0000000080201000 t main\n0000000080202000 d table\n",
    "stub.map": b"ffffffffffffffff B The real System.map is in the debug package\n",
    "disk.img": bytes(8192),
    "disk2.img": bytes(4096),
    "odd.img": bytes(1000),
    "good/pci.elf": elf(((BASE, 192, 4096),)),
    "good/block.elf": elf(((BASE, 256, 4096),)),
    "good/net.elf": elf(((BASE, 256, 8192),)),
    "good/entropy.elf": elf(((BASE, 512, 8192),)),
    "good/uplink.elf": elf(((BASE, 512, 8192),)),
    "good/disk.elf": elf(((BASE, 512, 8192),)),
    "arm64": arm64(),
    "x86": bzimage(),
    "elf": elf(),
    "elf-x86": elf(machine=62),
    "elf-32": elf(bits=1),
    "elf-object": elf(kind=1),
    "elf-cut": elf(((BASE, 8192, 8192),))[:6000],
    "elf-low": elf(((0x80000, 256, 4096),), entry=0x80000),
    "good/manager.elf": elf(),
    "good/monitor.elf": elf(((BASE, 512, 4096),)),
    "good/console.elf": elf(((BASE, 1024, 4096),)),
    "some/manager.elf": elf(),
    "some/monitor.elf": elf(),
    "broken/manager.elf": elf()[:4100],
    "broken/monitor.elf": b"#!/bin/sh\n",
    "broken/console.elf": elf(machine=62),
}


def make(directory):
    for name, data in FILES.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)
