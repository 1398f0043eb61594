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


def read_servers(directory, report):
    servers = []
    for name in SERVERS:
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
        "period_us": values["period-us"], "map": store.add(guest.map) if guest.map else layout.NO_FILE})


def compose(system, servers):
    """The bundle's bytes."""
    store = Store()
    for server in servers:
        store.add(server)
    guests = b"".join(guest_entry(guest, store) for guest in system.guests)
    assert len(store.files) <= limits.FILES, "three files a guest and the servers always fit"
    offset = layout.HEADER_BYTES + padding(layout.HEADER_BYTES)
    body, entries = bytearray(offset - layout.HEADER_BYTES), b""
    for file in store.files:
        entries += file_entry(file, offset)
        body += file.data + bytes(padding(len(file.data)))
        offset += len(file.data) + padding(len(file.data))
    head = {"magic": layout.MAGIC, "version": layout.VERSION, "header_crc32": 0, "total_bytes": offset,
            "file_count": len(store.files), "guest_count": len(system.guests),
            "description": layout.text(os.path.basename(system.path), 64)}
    tables = entries.ljust(layout.GUEST_TABLE - layout.FILE_TABLE, b"\0") \
        + guests.ljust(layout.HEADER_BYTES - layout.GUEST_TABLE, b"\0")
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
