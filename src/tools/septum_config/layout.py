# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The structs of include/septum/bundle.h. tests/system compiles a C program that compares them with the header."""
import struct

from . import limits

MAGIC = 0x31444E4250504553
VERSION = 4
NO_FILE = 0xFFFFFFFF
ALIGN = 4096
FILE_KINDS = {"server": 1, "image": 2, "elf": 3, "raw": 4, "initrd": 5, "map": 6}
MODES = {"auto": 0, "hardware": 1, "shadow": 2}
RESTARTS = {"never": 0, "on-crash": 1}

FILE = [("name", f"{limits.NAME_BYTES}s"), ("offset", "Q"), ("bytes", "Q"), ("kind", "I"), ("crc32", "I")]
GUEST = [
    ("name", f"{limits.NAME_BYTES}s"), ("bootargs", f"{limits.ARGS_BYTES}s"), ("memory_bytes", "Q"), ("cpus", "I"),
    ("mode", "I"), ("priority", "I"), ("autostart", "I"), ("kernel", "I"), ("initrd", "I"), ("restart", "I"),
    ("budget_us", "I"), ("period_us", "I"), ("map", "I"),
    ("devices", "I"), ("networks", "I"), ("folder", f"{limits.PATH_BYTES}s"),
]
DISK = [
    ("guest", "I"), ("flags", "I"), ("first_sector", "Q"), ("sectors", "Q"), ("path", f"{limits.PATH_BYTES}s"),
    ("overlay", f"{limits.PATH_BYTES}s"),
]
NET = [("guest", "I"), ("network", "I"), ("mac", "6s"), ("vlan", "H")]
NETWORK = [("name", f"{limits.NAME_BYTES}s"), ("flags", "I"), ("pad", "I")]
DEVICES = [("flags", "I"), ("disk_count", "I"), ("net_count", "I"), ("network_count", "I"),
           ("audit_seconds", "I"), ("pad", "I")]
GUEST_ENTROPY, GUEST_CONSOLE, GUEST_ROOM, GUEST_DISKS, GUEST_BALLOON = 1, 2, 4, 8, 16
DISK_READ_ONLY, DISK_OVERLAY, DISK_SLICE = 1, 2, 4
NETWORK_UPLINK = 1
UNSAFE_DMA = 1
AUDITOR = 2
HEAD = [
    ("magic", "Q"), ("version", "I"), ("header_crc32", "I"), ("total_bytes", "Q"), ("file_count", "I"),
    ("guest_count", "I"), ("description", "64s"),
]


def size(fields):
    """Little endian, no padding: the header's structs are laid out so that C needs none either."""
    return struct.calcsize("<" + "".join(code for _, code in fields))


def offsets(fields):
    return {name: size(fields[:i]) for i, (name, _) in enumerate(fields)}


FILE_TABLE = size(HEAD)
GUEST_TABLE = FILE_TABLE + limits.FILES * size(FILE)
DEVICE_HEAD = GUEST_TABLE + limits.GUESTS * size(GUEST)
DISK_TABLE = DEVICE_HEAD + size(DEVICES)
NET_TABLE = DISK_TABLE + limits.DISKS * size(DISK)
NETWORK_TABLE = NET_TABLE + limits.NETS * size(NET)
HEADER_BYTES = NETWORK_TABLE + limits.NETWORKS * size(NETWORK)


def text(value, room):
    """Bytes that fit the field with at least one NUL behind them."""
    return value.encode("utf-8", "replace")[:room - 1].decode("utf-8", "ignore").encode("utf-8")


def pack(fields, values):
    assert [name for name, _ in fields] == list(values), "every field, in the header's order"
    return struct.pack("<" + "".join(code for _, code in fields), *values.values())
