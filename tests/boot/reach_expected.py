# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What each kind of server reaches by docs/security-model.md, no more and no less, in the boots of reach.py."""

import collections

GUESTS = ("one", "two")
PAGE = 4096
GUEST_BYTES = 16 << 20
LINK, RING, BAR, DMA = 0x2f000000, 0x30000000, 0x28000000, 0x27000000  # include/septum/device.h, link.h, proto.h
RING_STRIDE, RING_DATA_PAGES = 0x80000, 64
CONSOLE_UART, GUEST_AT = 0x20000000, 0x1080000000
CONFIG_AT, REGISTERS_AT, UART_AT = 0x30008000, 0x40000000, 0x10000000  # QEMU's: slot 1's configuration space, …
REGISTERS_STRIDE = 0x10000

SLOTS = {"block": 1, "entropy": 2, "uplink": 3, "disk": 4}  # of their devices on the bus, as platform/qemu/run.py has them
SHARED = {"block": 1, "net": 65, "entropy": 1, "uplink": 0, "disk": 1}  # frames of a ring; the uplink's is its own
OWN_DMA = {"block": 512, "entropy": 2, "uplink": 48, "disk": 2}
CLIENTS = {"devices": {"block": ("one",), "net": GUESTS},
           "drivers": {"block": ("one",), "net": (*GUESTS, "uplink"), "entropy": GUESTS, "uplink": ("net",), "disk": GUESTS}}
MS = 10000  # ticks

# The calls of include/septum/abi.h that take a domain's capability with CAP_MEMORY.
MEMORY_CALLS = ("FRAME_GIVE", "FRAME_LEND", "FRAME_REVOKE", "FRAME_RELEASE", "SPACE_ROOT", "SPACE_TABLE", "SPACE_UNTABLE",
                "SPACE_MAP", "SPACE_UNMAP", "SPACE_SPLIT", "SPACE_PROTECT")

# calls: {call: slots that pass}. memory: {va: whose, beside its own}. registers: {va: of a device}. dma: {address as its
# device has it: whose memory}. time: {(most ticks in a period, ticks of a period)} where there is a limit.
Reach = collections.namedtuple("Reach", "calls memory registers dma time")


def pages(va, count, owner):
    """{va: owner} of pages in a row."""
    return {va + i * PAGE: owner for i in range(count)}


def rings(va, count, stride, clients):
    return {at: owner for c, owner in enumerate(clients) for at, owner in pages(va + stride * c, count, owner).items()}


def reach(calls, memory, registers=None, dma=None, time=None, memory_of=()):
    """memory_of: slots of domains, beside its own, whose memory is its affair."""
    own = {call: {0, *memory_of} for call in MEMORY_CALLS}
    return Reach(own | calls, memory, registers or {}, dma or {}, {time} if time else set())


def requester(name):
    """The number of its device; None: it has none."""
    return 8 * SLOTS[name] if name in SLOTS else None


def device_server(name, clients):
    calls = {"NOTIFY": {1} | {16 + c for c in range(len(clients))}}
    memory = pages(LINK, 6, "manager") | rings(RING, SHARED[name], RING_STRIDE, clients)
    share = (8 * MS, 10 * MS)
    if name not in SLOTS:
        return reach(calls, memory, time=share)
    first = REGISTERS_AT + REGISTERS_STRIDE * (SLOTS[name] - 1)
    dma = pages(DMA, OWN_DMA[name], name)
    if name in ("block", "disk"):
        dma |= rings(RING + PAGE, RING_DATA_PAGES, RING_STRIDE, clients)
    return reach(calls | {"IRQ_ACK": {4}}, memory, {BAR + i * PAGE: first + i * PAGE for i in range(4)}, dma, share)


def expected(boot, name):
    if name in CLIENTS.get(boot, {}):
        return device_server(name, CLIENTS[boot][name])
    if name == "pci":
        return reach({}, pages(LINK, 1, "manager"), {BAR: CONFIG_AT})
    if name == "auditor":
        return reach({"NOTIFY": {1}, "AUDIT_READ": {2}}, pages(LINK, 1, "manager"), time=(2 * MS, 10 * MS))
    if name == "console":
        return reach({"NOTIFY": {1, 3, 8, 9}, "IRQ_ACK": {2}}, pages(LINK, 3, "manager") | rings(RING, 3, 0x4000, GUESTS),
                     {CONSOLE_UART: UART_AT})
    devices = {24, 25} if name == "one" else {24}
    return reach({"CALL": {1}, "NOTIFY": {2, 8} | devices, "VCPU_KICK": {8}},
                 pages(GUEST_AT, GUEST_BYTES // PAGE, f"guest of {name}"), memory_of={3})
