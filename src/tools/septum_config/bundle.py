# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Writes the boot bundle of include/septum/bundle.h. The same input gives the same bytes: no time, no path of the
building machine goes in."""
import os
import re
import zlib

from . import kernels, layout, limits
from .config import File
from .messages import Place

SERVERS = ("manager", "monitor", "console")
MORE_SERVERS = ("pci", "block", "net", "entropy", "uplink", "disk", "auditor")


def physical_devices(system):
    """The machine's own devices that the system needs, but for that of disks that are files: functions of the PCI bus."""
    entropy = any(guest.values["entropy"] for guest in system.guests + system.rooms)
    joined = {net.network for net in system.nets if net.network is not None}.union(*(room.networks for room in system.rooms))
    uplink = any(system.networks[network].uplink for network in joined)
    disk = any(disk.slice for disk in system.disks)
    return [name for name, need in (("entropy", entropy), ("uplink", uplink), ("disk", disk)) if need]


def servers_of(system):
    """The servers that the system needs, by name."""
    if system is None:
        return SERVERS
    block = any(not disk.slice for disk in system.disks) or system.rooms  # what comes into a room is read from the shared directory
    physical = physical_devices(system)
    needed = (block or physical, block, system.nets or any(room.networks for room in system.rooms), "entropy" in physical,
              "uplink" in physical, "disk" in physical, system.auditor is not None)
    return SERVERS + tuple(name for name, need in zip(MORE_SERVERS, needed) if need)


def read_servers(directory, system, report):
    servers = []
    for name in servers_of(system):
        path = os.path.join(directory, name + ".elf")
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except OSError as error:
            report.add("SYS-070", Place(path), f"server '{name}' cannot be read: {error.strerror}")
            continue
        found = kernels.identify(data)
        if found.kind != "elf":
            found.findings = [("SYS-071", "is not an ELF")]
        for _, text, *_ in found.findings:
            report.add("SYS-071", Place(path), f"server '{name}' {text}")
        servers.append(File(name, data, "server"))
    return servers


def padding(count):
    return -count % layout.ALIGN


class Store:
    """The bundle's files in order, each once."""

    def __init__(self):
        self.files, self.index = [], {}

    def add(self, file):
        key = (file.kind, file.path if file.kind == "server" else os.path.realpath(file.path))
        if key not in self.index:
            self.index[key] = len(self.files)
            self.files.append(file)
        return self.index[key]


def plain_name(path):
    """A file's base name as the manager takes it: printable, without space and quote. It is for messages only."""
    return re.sub(r"[^!-&(-~]", "_", os.path.basename(path))


def file_entry(file, offset):
    return layout.pack(layout.FILE, {
        "name": layout.text(plain_name(file.path), limits.NAME_BYTES), "offset": offset, "bytes": len(file.data),
        "kind": layout.FILE_KINDS[file.kind], "crc32": zlib.crc32(file.data)})


def guest_entry(guest, store):
    values = guest.values
    return layout.pack(layout.GUEST, {
        "name": layout.text(guest.name, limits.NAME_BYTES),
        "bootargs": layout.text(values["bootargs"], limits.ARGS_BYTES),
        "memory_bytes": values["memory-mib"] * limits.MIB, "cpus": values["cpus"],
        "mode": layout.MODES[values["mode"]], "priority": values["priority"], "autostart": values["autostart"],
        "kernel": store.add(guest.kernel), "initrd": store.add(guest.initrd) if guest.initrd else layout.NO_FILE,
        "restart": layout.RESTARTS[values["restart"]], "budget_us": values["budget-us"],
        "period_us": values["period-us"], "map": store.add(guest.map) if guest.map else layout.NO_FILE,
        "devices": layout.GUEST_ENTROPY * values["entropy"] + layout.GUEST_CONSOLE * values["virtio-console"]
        + layout.GUEST_BALLOON * values["balloon"],
        "networks": 0, "folder": b""})


def room_entry(room, share):
    values, folder = room.values, os.path.relpath(room.folder, share)
    return layout.pack(layout.GUEST, {
        "name": layout.text(room.name, limits.NAME_BYTES), "bootargs": b"",
        "memory_bytes": values["memory-mib"] * limits.MIB, "cpus": values["cpus"], "mode": layout.MODES["auto"],
        "priority": values["priority"], "autostart": 0, "kernel": layout.NO_FILE, "initrd": layout.NO_FILE,
        "restart": layout.RESTARTS["never"], "budget_us": values["budget-us"], "period_us": values["period-us"],
        "map": layout.NO_FILE, "devices": layout.GUEST_ROOM + layout.GUEST_DISKS * values["disks"]
        + layout.GUEST_ENTROPY * values["entropy"], "networks": sum(1 << network for network in room.networks),
        "folder": b"" if folder == "." else os.fsencode(folder)})


def disk_entry(disk, share):
    first, count = disk.slice or (0, 0)
    paths = [os.fsencode(os.path.relpath(path, share)) if path else b"" for path in (disk.file, disk.overlay)]
    return layout.pack(layout.DISK, {
        "guest": disk.guest, "flags": layout.DISK_READ_ONLY * disk.read_only + layout.DISK_OVERLAY * bool(disk.overlay)
        + layout.DISK_SLICE * bool(disk.slice), "first_sector": first, "sectors": count, "path": paths[0],
        "overlay": paths[1]})


def net_entry(net):
    return layout.pack(layout.NET, {"guest": net.guest, "network": net.network, "mac": net.mac, "vlan": net.vlan})


def network_entry(network):
    return layout.pack(layout.NETWORK, {"name": layout.text(network.name, limits.NAME_BYTES),
                                        "flags": layout.NETWORK_UPLINK * network.uplink, "pad": 0})


def device_tables(system):
    """What follows the guests: a head with the counts, and the tables of disks, nets and networks."""
    disks = b"".join(disk_entry(disk, system.share) for disk in system.disks)
    nets = b"".join(net_entry(net) for net in system.nets)
    networks = b"".join(network_entry(network) for network in system.networks)
    return layout.pack(layout.DEVICES, {
        "flags": layout.UNSAFE_DMA * system.unsafe_dma + layout.AUDITOR * (system.auditor is not None),
        "disk_count": len(system.disks), "net_count": len(system.nets), "network_count": len(system.networks),
        "audit_seconds": system.auditor or 0, "pad": 0}) \
        + disks.ljust(layout.NET_TABLE - layout.DISK_TABLE, b"\0") \
        + nets.ljust(layout.NETWORK_TABLE - layout.NET_TABLE, b"\0") \
        + networks.ljust(layout.HEADER_BYTES - layout.NETWORK_TABLE, b"\0")


def compose(system, servers):
    """The bundle's bytes."""
    store = Store()
    for server in servers:
        store.add(server)
    guests = b"".join([guest_entry(guest, store) for guest in system.guests]
                      + [room_entry(room, system.share) for room in system.rooms])
    assert len(store.files) <= limits.FILES, "three files a guest and the servers always fit"
    offset = layout.HEADER_BYTES + padding(layout.HEADER_BYTES)
    body, entries = bytearray(offset - layout.HEADER_BYTES), b""
    for file in store.files:
        entries += file_entry(file, offset)
        body += file.data + bytes(padding(len(file.data)))
        offset += len(file.data) + padding(len(file.data))
    head = {"magic": layout.MAGIC, "version": layout.VERSION, "header_crc32": 0, "total_bytes": offset,
            "file_count": len(store.files), "guest_count": len(system.guests + system.rooms),
            "description": layout.text(os.path.basename(system.path), 64)}
    tables = entries.ljust(layout.GUEST_TABLE - layout.FILE_TABLE, b"\0") \
        + guests.ljust(layout.DEVICE_HEAD - layout.GUEST_TABLE, b"\0") + device_tables(system)
    head["header_crc32"] = zlib.crc32(layout.pack(layout.HEAD, head) + tables)
    return layout.pack(layout.HEAD, head) + tables + bytes(body)


def write(path, data):
    """Whole or not at all: an interrupted run leaves no half a bundle for make to find."""
    partial = path + ".part"
    try:
        with open(partial, "wb") as stream:
            stream.write(data)
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
