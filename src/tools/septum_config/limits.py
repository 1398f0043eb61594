# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Numbers that the C side fixes. tests/system compares those that stand in include/septum with the headers."""
import re

MIB = 1 << 20
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")  # of a guest and of a network
COMPATIBLE = "septum,system-1"

# include/septum/bundle.h
GUESTS = 24
FILES = 80
NAME_BYTES = 32
ARGS_BYTES = 512
DISKS = 32
NETS = 32
NETWORKS = 8
PATH_BYTES = 128
AUDIT_SECONDS = 86400
# include/septum/abi.h: FRAMES * FRAME_BYTES
MEMORY_MIB = 16384
# include/septum/proto.h
CPUS = 8
DEVICES = 8
RAM_BASE = 0x80000000

LOAD_OFFSET = 2 * MIB  # of an Image or a raw binary above RAM_BASE
TREE_BYTES = 64 * 1024  # kept for the guest's device tree, with its alignment and the initrd's
# src/servers/monitor/image.c, load.c: of an ELF
SEGMENTS = 16
HEADERS_BYTES = 256 * 1024
PERIOD_US = (1000, 1000000)
BUDGET_US = 100
SECTOR = 512
VLAN = 4094  # the highest that IEEE 802.1Q gives to stations
RESERVED_NAMES = ("septum", "kernel", "loader", "manager", "monitor", "console", "block", "net", "entropy", "pci", "uplink", "disk",
                  "auditor")

# What the machine needs beside guests and bundle: firmware, loader, kernel, servers, the machine's device tree; then
# for each guest its monitor with stacks, staging and console ring, and the tables.
SYSTEM_BYTES = 16 * MIB
MONITOR_BYTES = 2 * MIB
DEVICE_BYTES = 512 * 1024  # of each device: its ring, at most DEVICE_RING_STRIDE of include/septum/device.h, and its tables
DMA_BYTES = 2 * MIB  # what a device server shares with its own device: DEVICE_DMA_FRAMES of include/septum/device.h
ARENA_BYTES = 4 * MIB  # for shadow tables, of each vCPU in shadow mode: SHADOW_ARENA_FRAMES of include/septum/proto.h
BALLOON_BYTES = 5 << 10  # of each MiB of a guest with a balloon: tables to split its leaves with, and its monitor's books
INFO_SHARE = 128  # the kernel's table of frames: 32 bytes for each 4096
