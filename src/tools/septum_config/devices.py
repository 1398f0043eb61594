# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The guests' virtio devices and the networks: from the nodes to checked values with every default filled in."""
import hashlib
import itertools
import os
import re
import stat
from dataclasses import dataclass, field

from . import limits
from .messages import Place

DISK = ("file", "read-only", "overlay", "slice")
NET = ("network", "mac", "vlan")
DEBIAN_DISK = "/setup/debian-disk/root.img"  # platform/qemu/debian.dts names it
FORMS = {"file": "one text in double quotes", "read-only": "written without a value",
         "overlay": "one text in double quotes, or written without a value", "slice": "two numbers, <first count>",
         "network": "one reference, <&label>", "mac": "six bytes, [02 00 00 00 00 01]",
         "vlan": "one number in angle brackets", "uplink": "written without a value"}


@dataclass
class Disk:
    guest: int
    name: str
    place: Place
    file: str = None  # resolved; None: a slice
    overlay: str = None
    read_only: bool = False
    slice: tuple = None  # first sector, count
    places: dict = field(default_factory=dict)

    def at(self, name):
        return self.places.get(name, self.place)


@dataclass
class Net:
    guest: int
    name: str
    place: Place
    network: int = None  # its index
    mac: bytes = None
    vlan: int = 0
    places: dict = field(default_factory=dict)

    def at(self, name):
        return self.places.get(name, self.place)


@dataclass
class Network:
    name: str
    place: Place
    uplink: bool = False


def form_is_right(item):
    values = item.values
    if item.name in ("read-only", "uplink"):
        return values == []
    if item.name == "overlay" and values == []:
        return True
    if item.name in ("file", "overlay"):
        return len(values) == 1 and isinstance(values[0], str)
    if item.name == "mac":
        return len(values) == 1 and isinstance(values[0], bytes)
    return len(values) == (2 if item.name == "slice" else 1) and all(isinstance(v, int) for v in values)


def derived_mac(guest_name, name):
    """Locally administered, one station's; the same at each build."""
    digest = hashlib.sha256(f"{guest_name}/{name}".encode("utf-8", "surrogateescape")).digest()
    return bytes([0x02]) + digest[:5]


def deepest_directory(paths):
    return os.path.commonpath([os.path.dirname(path) for path in paths])


def shown(path):
    """As a person would name it from here; in full if it is elsewhere."""
    name = os.path.relpath(path)
    return path if name.startswith("..") else name


class DeviceChecker:
    """`base` is the checker of config.py: its report, its messages on unknown and double names."""

    def __init__(self, base):
        self.base, self.report, self.machine = base, base.report, base.machine
        self.networks, self.handles = [], {}
        self.disks, self.nets, self.guest_names = [], [], []

    def read_networks(self, nodes):
        for node in nodes:
            self.base.duplicates(node)
            for item in node.properties:
                self.base.unknown("SYS-005", "property", item, [], "'networks'")
            for child in node.children:
                self.network(child)
            if len(node.children) > limits.NETWORKS:
                extra = node.children[limits.NETWORKS]
                self.report.add("SYS-090", extra.place, f"network '{extra.name}' is one too many: "
                                f"{len(node.children)} networks")

    def network(self, node):
        self.base.duplicates(node)
        if not limits.NAME.fullmatch(node.name) or len(node.name) >= limits.NAME_BYTES:
            self.report.add("SYS-091", node.place, f"'{node.name}' is no name for a network")
        for child in node.children:
            self.base.unknown("SYS-006", "node", child, [], f"network '{node.name}'")
        given = self.properties(node, ("uplink",), f"network '{node.name}'")
        handle = node.property("phandle")
        if handle is not None:
            self.handles[handle.values[0]] = len(self.networks)
        self.networks.append(Network(node.name, node.place, "uplink" in given))

    def properties(self, node, known, where):
        """Those of the right form, by name; `phandle` is dtc's own, for a label that somebody refers to."""
        given = {}
        for item in node.properties:
            if item.name == "phandle":
                continue
            if item.name not in known:
                self.base.unknown("SYS-005", "property", item, known, where)
            elif form_is_right(item):
                given.setdefault(item.name, item)
            else:
                self.report.add("SYS-008", item.place, f"'{item.name}' of {where} must be {FORMS[item.name]}")
                given.setdefault(item.name, None)
        return given

    def guest(self, index, guest, node):
        """The devices among a guest's nodes."""
        self.guest_names.append(guest.name)
        count = guest.values["entropy"] + guest.values["virtio-console"] + guest.values["balloon"]
        for child in node.children:
            if re.match("disk|net", child.name) is None:
                self.base.unknown("SYS-006", "node", child, ["disk", "net"], f"guest '{guest.name}'")
                continue
            count += 1
            self.base.duplicates(child)
            where = f"'{child.name}' of guest '{guest.name}'"
            for inner in child.children:
                self.base.unknown("SYS-006", "node", inner, [], where)
            if child.name.startswith("disk"):
                self.disk(index, child, where)
            else:
                self.net(index, child, where)
        if count > limits.DEVICES:
            self.report.add("SYS-088", guest.place, f"guest '{guest.name}' has {count} devices")

    def disk(self, index, node, where):
        given = self.properties(node, DISK, where)
        disk = Disk(index, node.name, node.place, places={name: item.place for name, item in given.items() if item})
        self.disks.append(disk)
        if ("file" in given) == ("slice" in given):
            what = "both a file and a slice" if "file" in given else "neither a file nor a slice"
            self.report.add("SYS-080", node.place, f"{where} has {what}")
            return
        disk.read_only = "read-only" in given
        if "overlay" in given and (disk.read_only or "slice" in given):
            other = "read-only" if disk.read_only else "a slice"
            self.report.add("SYS-086", disk.at("overlay"), f"{where} has an overlay, but is {other}")
            return
        if given.get("slice"):
            disk.slice = tuple(given["slice"].values)
            self.slice(disk, where)
        elif given.get("file"):
            disk.file = self.path(given["file"])
            self.overlay(disk, given, where)
            self.disk_file(disk, where)

    @staticmethod
    def path(item):
        return os.path.realpath(os.path.join(os.path.dirname(item.place.file), item.values[0]))

    def overlay(self, disk, given, where):
        item = given.get("overlay")
        if item is None:
            return
        name = f"{disk.file}.{self.guest_names[disk.guest]}-{disk.name}.overlay"
        disk.overlay = self.path(item) if item.values else name
        if disk.overlay == disk.file:
            self.report.add("SYS-085", item.place, f"the overlay of {where} is its file itself")

    def slice(self, disk, where):
        if disk.slice[1] == 0:
            self.report.add("SYS-087", disk.at("slice"), f"the slice of {where} has no sectors")

    def disk_file(self, disk, where):
        """The file is on the machine that runs the system; only its size goes into what is judged here."""
        if not self.machine.read_files:
            return
        try:
            about = os.stat(disk.file)
            what = None if stat.S_ISREG(about.st_mode) else "is not a regular file"
        except (OSError, ValueError) as error:
            what = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        writes = not disk.read_only and disk.overlay is None
        if what is None and not os.access(disk.file, os.R_OK | (os.W_OK if writes else 0)):
            what = "cannot be written" if os.access(disk.file, os.R_OK) else "cannot be read"
        if what is not None:
            fix = "make setup-debian" if what == "does not exist" and disk.file.endswith(DEBIAN_DISK) else None
            self.report.add("SYS-081", disk.at("file"), f"file '{shown(disk.file)}' of {where} {what}", fix=fix)
        elif about.st_size == 0 or about.st_size % limits.SECTOR:
            self.report.add("SYS-082", disk.at("file"), f"file '{shown(disk.file)}' of {where} has {about.st_size} bytes")

    def net(self, index, node, where):
        given = self.properties(node, NET, where)
        net = Net(index, node.name, node.place, places={name: item.place for name, item in given.items() if item})
        self.nets.append(net)
        if "network" not in given:
            self.report.add("SYS-092", node.place, f"{where} names no network")
        elif given["network"]:
            net.network = self.handles.get(given["network"].values[0])
            if net.network is None:
                self.report.add("SYS-092", net.at("network"), f"{where} refers to something that is no network")
        if given.get("vlan"):
            net.vlan = given["vlan"].values[0]
            if not 1 <= net.vlan <= limits.VLAN:
                self.report.add("SYS-095", net.at("vlan"), f"'vlan' of {where} is {net.vlan}")
        net.mac = given["mac"].values[0] if given.get("mac") else derived_mac(self.guest_names[index], node.name)
        if len(net.mac) != 6 or net.mac[0] & 1 or not any(net.mac):
            self.report.add("SYS-093", net.at("mac"), f"'mac' of {where} is [{net.mac.hex(' ')}]")

    def together(self, rooms):
        for what, items, most in (("disk", self.disks, limits.DISKS), ("net", self.nets, limits.NETS)):
            if len(items) > most:
                self.report.add("SYS-089", items[most].place, f"'{items[most].name}' of guest "
                                f"'{self.guest_names[items[most].guest]}' is one too many: {len(items)} {what}s")
        self.writers()
        self.slices()
        self.stations()
        self.uplinks()
        return self.share(rooms)

    def name_of(self, device):
        return f"'{device.name}' of guest '{self.guest_names[device.guest]}'"

    def writers(self):
        """Who writes a file has it alone: no other disk reads or writes it, as a file or as an overlay."""
        uses = {}
        for disk in self.disks:
            writes = not disk.read_only and disk.overlay is None
            if disk.file is not None:
                uses.setdefault(disk.file, []).append((disk, "file", writes))
            if disk.overlay is not None and disk.overlay != disk.file:
                uses.setdefault(disk.overlay, []).append((disk, "overlay", True))
        for path, users in uses.items():
            if len(users) < 2 or not any(writes for _, _, writes in users):
                continue
            names = " and ".join(self.name_of(disk) for disk, _, _ in users[:2])
            self.report.add("SYS-084", users[1][0].at(users[1][1]), f"{names} both use '{shown(path)}', "
                            "and at least one writes it", also=[disk.at(name) for disk, name, _ in users if disk != users[1][0]])

    def slices(self):
        cut = sorted((disk for disk in self.disks if disk.slice), key=lambda disk: disk.slice)
        for before, disk in itertools.combinations(cut, 2):
            both_read = before.read_only and disk.read_only
            if sum(before.slice) > disk.slice[0] and min(before.slice[1], disk.slice[1]) and not both_read:
                self.report.add("SYS-087", disk.at("slice"), f"the slices of {self.name_of(before)} and "
                                f"{self.name_of(disk)} overlap", also=[before.at("slice")])

    def stations(self):
        seen = {}
        for net in self.nets:
            first = seen.setdefault((net.network, net.mac), net)
            if first is not net and net.network is not None:
                self.report.add("SYS-094", net.at("mac"), f"{self.name_of(first)} and {self.name_of(net)} both have the "
                                f"address [{net.mac.hex(' ')}]", also=[first.at("mac")])

    def uplinks(self):
        having = [network for network in self.networks if network.uplink]
        for network in having[1:]:
            self.report.add("SYS-100", network.place, f"networks '{having[0].name}' and '{network.name}' both have an uplink",
                            also=[having[0].place])

    def share(self, rooms):
        """The directory that the machine shares, or None if no disk is a file and there are no rooms."""
        paths = [path for disk in self.disks for path in (disk.file, disk.overlay) if path]
        paths += [os.path.join(room.folder, "") for room in rooms if room.folder]
        if not paths:
            return None
        share = os.path.realpath(self.machine.share) if self.machine.share else deepest_directory(paths)
        for disk in self.disks:
            for name, path in (("file", disk.file), ("overlay", disk.overlay)):
                if path is not None:
                    self.shared_path(self.name_of(disk), disk.at(name), share, path)
        for room in rooms:
            if room.folder:
                self.shared_path(room.said, room.at("folder"), share, room.folder)
        return share

    def shared_path(self, whose, where, share, path):
        said = f"'{shown(path)}' of {whose}"
        if share == "/":
            self.report.add("SYS-083", where, f"{said} and another disk's file have no directory in common but '/'")
        elif os.path.commonpath([share, path]) != share:
            self.report.add("SYS-083", where, f"{said} is not below the shared directory '{shown(share)}'")
        elif len(os.fsencode(os.path.relpath(path, share))) >= limits.PATH_BYTES:
            self.report.add("SYS-096", where, f"{said} has a path of more than {limits.PATH_BYTES - 1} bytes")
        elif re.search(r"[\0-\x1f\x7f]", os.path.relpath(path, share)):
            self.report.add("SYS-096", where, f"{ascii(said)} has a path with a control character")
