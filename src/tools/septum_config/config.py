# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""From the tree to a checked configuration with every default filled in."""
import difflib
import os
import stat
from dataclasses import dataclass, field

from . import kernels, limits
from .devices import DeviceChecker
from .layout import MODES, RESTARTS
from .messages import Place
from .rooms import RoomChecker

NUMBERS = {"memory-mib": None, "cpus": 1, "priority": 2, "autostart": 1, "budget-us": 0, "period-us": 0}
TEXTS = {"kernel": None, "initrd": None, "map": None, "bootargs": "", "mode": "auto", "restart": "never"}
FLAGS = ("entropy", "virtio-console", "balloon")
NODES = ["guests", "networks", "rooms", "auditor"]


@dataclass
class File:
    """A file for the bundle, read once: what was checked is what is written."""
    path: str
    data: bytes = b""
    kind: str = "initrd"


@dataclass
class Guest:
    name: str
    place: Place
    values: dict = field(default_factory=dict)  # property name -> value, defaults filled in
    places: dict = field(default_factory=dict)  # property name -> place, where it was written
    kernel: File = None
    initrd: File = None
    map: File = None

    @property
    def said(self):
        return f"guest '{self.name}'"

    def at(self, name):
        return self.places.get(name, self.place)


@dataclass
class System:
    path: str
    guests: list = field(default_factory=list)
    unsafe_dma: bool = False
    auditor: int = None  # seconds between two audits, 0: only when asked; None: there is no auditor
    disks: list = field(default_factory=list)
    nets: list = field(default_factory=list)
    networks: list = field(default_factory=list)
    share: str = None  # the directory that holds the disks' files and rooms' folders; None: there are none
    rooms: list = field(default_factory=list)


@dataclass
class Machine:
    memory_bytes: int = 0  # 0: not told
    harts: int = 0
    read_files: bool = True
    h: bool = None  # the harts have the H extension; None: not told
    share: str = None  # the directory that is shared; None: the deepest that holds all disks' files
    alone: bool = False  # it is the description of one guest, for a room


class Checker:
    def __init__(self, report, machine):
        self.report, self.machine = report, machine
        self.files = {}
        self.devices = DeviceChecker(self)

    def unknown(self, rule, what, item, known, where):
        close = difflib.get_close_matches(item.name, known, n=1, cutoff=0.6)
        fix = f"did you mean '{close[0]}'?" if close else None
        self.report.add(rule, item.place, f"unknown {what} '{item.name}' in {where}", fix=fix)

    def duplicates(self, node):
        for what, items in (("property", node.properties), ("node", node.children)):
            for name in dict.fromkeys(item.name for item in items):
                same = [item.place for item in items if item.name == name]
                if len(same) > 1:
                    self.report.add("SYS-007", same[1], f"{what} '{name}' stands twice in '{node.name}'",
                                    also=same[:1] + same[2:])

    def root(self, root):
        self.duplicates(root)
        given = root.property("compatible")
        if given is None:
            self.report.add("SYS-004", root.place, "'compatible' is missing")
        elif given.values != [limits.COMPATIBLE]:
            shown = ", ".join(f'"{v}"' if isinstance(v, str) else "something else" for v in given.values)
            self.report.add("SYS-004", given.place, f"'compatible' is {shown or 'empty'}, not \"{limits.COMPATIBLE}\"")
        for item in root.properties:
            if item.name not in ("compatible", "unsafe-dma"):
                self.unknown("SYS-005", "property", item, ["compatible", "unsafe-dma"], "the root node")
            elif item.name == "unsafe-dma" and item.values:
                self.report.add("SYS-008", item.place, "'unsafe-dma' must be written without a value")
        for child in root.children:
            if child.name not in NODES:
                self.unknown("SYS-006", "node", child, NODES, "the root node")
        self.devices.read_networks([child for child in root.children if child.name == "networks"][:1])
        return [child for child in root.children if child.name == "guests"][:1]

    def auditor(self, root):
        """Seconds between two audits, 0: only when asked; None: there is no auditor."""
        node = next((child for child in root.children if child.name == "auditor"), None)
        if node is None:
            return None
        self.duplicates(node)
        for child in node.children:
            self.unknown("SYS-006", "node", child, [], "'auditor'")
        seconds = 0
        for item in node.properties:
            if item.name != "every-s":
                self.unknown("SYS-005", "property", item, ["every-s"], "'auditor'")
            elif len(item.values) != 1 or not isinstance(item.values[0], int):
                self.report.add("SYS-008", item.place, "'every-s' of 'auditor' must be one number in angle brackets")
            elif not 1 <= item.values[0] <= limits.AUDIT_SECONDS:
                self.report.add("SYS-101", item.place, f"'every-s' of 'auditor' is {item.values[0]}")
            else:
                seconds = item.values[0]
        return seconds

    def guests(self, root, nodes):
        if not nodes or not nodes[0].children:
            place = nodes[0].place if nodes else root.place
            self.report.add("SYS-010", place, "there is no guest" if nodes else "there is no node 'guests'")
            return []
        node = nodes[0]
        self.duplicates(node)
        for item in node.properties:
            self.unknown("SYS-005", "property", item, [], "'guests'")
        return [self.guest(index, child) for index, child in enumerate(node.children)]

    def guest(self, index, node):
        guest = Guest(node.name, node.place)
        self.duplicates(node)
        self.name(node)
        for item in node.properties:
            if item.name in (*NUMBERS, *TEXTS, *FLAGS):
                guest.places.setdefault(item.name, item.place)
                self.value(guest, item)
            else:
                self.unknown("SYS-005", "property", item, [*NUMBERS, *TEXTS, *FLAGS], f"guest '{node.name}'")
        for name, default in {**NUMBERS, **TEXTS, **dict.fromkeys(FLAGS, False)}.items():
            guest.values.setdefault(name, default)
        for check in (self.memory, self.numbers, self.words, self.share, self.arguments, self.boot_files):
            check(guest)
        self.devices.guest(index, guest, node)
        return guest

    def name(self, node, what="guest"):
        if not limits.NAME.fullmatch(node.name):
            self.report.add("SYS-012", node.place, f"'{node.name}' is no name for a {what}")
        elif len(node.name) >= limits.NAME_BYTES:
            self.report.add("SYS-012", node.place, f"the name '{node.name}' has {len(node.name)} characters",
                            fix=f"use at most {limits.NAME_BYTES - 1} characters")
        elif node.name.lower() in limits.RESERVED_NAMES:
            self.report.add("SYS-013", node.place, f"'{node.name}' is the name of a part of Septum")

    def value(self, guest, item):
        if item.name in FLAGS:
            guest.values.setdefault(item.name, True)
            if item.values:
                self.report.add("SYS-008", item.place, f"'{item.name}' of guest '{guest.name}' must be written without a value")
            return
        wanted = int if item.name in NUMBERS else str
        if len(item.values) == 1 and isinstance(item.values[0], wanted):
            guest.values.setdefault(item.name, item.values[0])
            return
        form = "one number in angle brackets" if wanted is int else "one text in double quotes"
        self.report.add("SYS-008", item.place, f"'{item.name}' of guest '{guest.name}' must be {form}")

    def memory(self, guest):
        mib, where = guest.values["memory-mib"], guest.at("memory-mib")
        if mib is None:
            if "memory-mib" not in guest.places:
                self.report.add("SYS-020", guest.place, f"{guest.said} does not say how much memory it has")
        elif mib == 0 or mib % 2:
            self.report.add("SYS-021", where, f"{guest.said} has {mib} MiB of memory",
                            fix=f"write <{mib + 1}>" if mib else None)
        elif mib > limits.MEMORY_MIB:
            self.report.add("SYS-022", where, f"{guest.said} has {mib} MiB of memory")

    def numbers(self, guest):
        for name, rule, low, high in (("cpus", "SYS-052", 1, limits.CPUS), ("priority", "SYS-056", 1, 4),
                                      ("autostart", "SYS-057", 0, 1)):
            if not low <= guest.values[name] <= high:
                self.report.add(rule, guest.at(name), f"'{name}' of {guest.said} is {guest.values[name]}")
        harts, cpus = self.machine.harts, guest.values["cpus"]
        if 0 < harts < cpus <= limits.CPUS:
            self.report.add("SYS-053", guest.at("cpus"),
                            f"{guest.said} has {cpus} CPUs, the machine {harts} hart{'s' * (harts > 1)}")

    def words(self, guest):
        mode, restart = guest.values["mode"], guest.values["restart"]
        if mode not in MODES:
            self.report.add("SYS-054", guest.at("mode"), f"'mode' of guest '{guest.name}' is \"{mode}\"")
        elif mode == "hardware" and self.machine.h is False:
            self.report.add("SYS-055", guest.at("mode"), f"guest '{guest.name}' asks for hardware mode, "
                            "the harts have no H extension")
        if restart not in RESTARTS:
            self.report.add("SYS-058", guest.at("restart"), f"'restart' of guest '{guest.name}' is \"{restart}\"")

    def share(self, guest):
        given = [name for name in ("budget-us", "period-us") if name in guest.places]
        if len(given) == 1:
            other = "period-us" if given[0] == "budget-us" else "budget-us"
            self.report.add("SYS-059", guest.at(given[0]), f"{guest.said} has '{given[0]}' but no '{other}'")
        if len(given) != 2:
            return
        budget, period = guest.values["budget-us"], guest.values["period-us"]
        low, high = limits.PERIOD_US
        if not low <= period <= high:
            self.report.add("SYS-060", guest.at("period-us"), f"'period-us' of {guest.said} is {period}")
        elif budget < limits.BUDGET_US:
            self.report.add("SYS-060", guest.at("budget-us"), f"'budget-us' of {guest.said} is {budget}")
        elif budget > period:
            self.report.add("SYS-061", guest.at("budget-us"),
                            f"{guest.said} has a budget of {budget} us in each {period} us",
                            also=[guest.at("period-us")])

    def arguments(self, guest):
        text, where = guest.values["bootargs"], guest.at("bootargs")
        if len(text) >= limits.ARGS_BYTES:
            self.report.add("SYS-050", where, f"'bootargs' of guest '{guest.name}' has {len(text)} characters")
        bad = next((at for at, char in enumerate(text) if not " " <= char <= "~"), None)
        if bad is not None:
            self.report.add("SYS-051", where, f"'bootargs' of guest '{guest.name}' has a character that is not "
                            f"printable ASCII (U+{ord(text[bad]):04X} at position {bad + 1})")

    def boot_files(self, guest):
        if "kernel" not in guest.places:
            self.report.add("SYS-030", guest.place, f"guest '{guest.name}' has no kernel")
        if not self.machine.read_files:
            return
        guest.kernel, guest.initrd = self.file(guest, "kernel"), self.file(guest, "initrd")
        guest.map = self.symbols(guest)
        if guest.kernel is None:
            return
        kernel = kernels.identify(guest.kernel.data)
        guest.kernel.kind = kernel.kind
        findings = kernel.findings
        mib, missing = guest.values["memory-mib"], "initrd" in guest.places and guest.initrd is None
        if not findings and mib and not missing:
            findings = kernels.fit(kernel, len(guest.initrd.data) if guest.initrd else 0, mib * limits.MIB)
        for rule, text, *fix in findings + kernel.doubts:
            self.report.add(rule, guest.at("kernel"), f"kernel '{guest.kernel.path}' of guest '{guest.name}' {text}",
                            fix=fix[0] if fix else None)

    def symbols(self, guest):
        found = self.file(guest, "map")
        if found is None:
            return None
        wrong = kernels.map_fault(found.data)
        if wrong:
            self.report.add("SYS-042", guest.at("map"), f"map '{found.path}' of guest '{guest.name}' {wrong}")
        return File(found.path, found.data, "map")

    def file(self, guest, name):
        written = guest.values[name]
        if written is None:
            return None
        where = guest.at(name)
        path = os.path.normpath(os.path.join(os.path.dirname(where.file), written))
        said = f"{name} '{path}' of guest '{guest.name}'"
        try:
            mode = os.stat(path).st_mode
            if not stat.S_ISREG(mode):
                what = "is a directory" if stat.S_ISDIR(mode) else "is not a regular file"
                self.report.add("SYS-032", where, f"{said} {what}")
                return None
            data = self.contents(path)
        except (FileNotFoundError, NotADirectoryError):
            self.report.add("SYS-031", where, f"{said} does not exist")
            return None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.report.add("SYS-032", where, f"{said} cannot be read: {reason}")
            return None
        if not data:
            self.report.add("SYS-033", where, f"{said} is empty")
            return None
        return File(path, data)

    def contents(self, path):
        key = os.path.realpath(path)
        if key not in self.files:
            with open(path, "rb") as stream:
                self.files[key] = stream.read()
        return self.files[key]

    def together(self, root, guests, rooms):
        if len(guests) + len(rooms) > limits.GUESTS:
            extra = (guests + rooms)[limits.GUESTS]
            self.report.add("SYS-011", extra.place, f"{extra.said} is one too many: {len(guests)} guests"
                            + (f" and {len(rooms)} rooms" if rooms else ""))
        if self.machine.alone:
            self.alone(root, guests, rooms)
        elif guests and not any(guest.values["autostart"] for guest in guests):
            self.report.add("SYS-062", root.place, "no guest starts by itself")
        if self.machine.memory_bytes:
            self.machine_memory(guests, rooms)

    def alone(self, root, guests, rooms):
        """What a description for `create` cannot have: it comes into a room of a system that has its own."""
        extra = guests[1:] + rooms
        if extra:
            self.report.add("SYS-099", extra[0].place, f"{extra[0].said} is one too many")
        if root.property("unsafe-dma") is not None:
            self.report.add("SYS-099", root.property("unsafe-dma").place, "'unsafe-dma' is the machine's to say")
        for disk in self.devices.disks:
            if disk.slice:
                self.report.add("SYS-099", disk.at("slice"), f"{self.devices.name_of(disk)} is a slice")

    def is_shadow(self, guest):
        return guest.values["mode"] == "shadow" or (guest.values["mode"] == "auto" and self.machine.h is False)

    def machine_memory(self, guests, rooms):
        have = self.machine.memory_bytes
        asked = sum((guest.values["memory-mib"] or 0) * limits.MIB for guest in guests + rooms)
        arenas = limits.ARENA_BYTES * sum(guest.values["cpus"] for guest in guests + rooms if self.is_shadow(guest))
        files = sum(-(-len(data) // 4096) * 4096 for data in self.files.values())
        devices = len(self.devices.disks) + len(self.devices.nets) + sum(guest.values["entropy"] for guest in guests) \
            + any(network.uplink for network in self.devices.networks)
        balloons = sum((guest.values["memory-mib"] or 0) * limits.BALLOON_BYTES for guest in guests if guest.values["balloon"])
        shared = rooms or any(not disk.slice for disk in self.devices.disks)
        rest = limits.DMA_BYTES * bool(shared) + limits.DEVICE_BYTES * devices + limits.SYSTEM_BYTES \
            + have // limits.INFO_SHARE + limits.MONITOR_BYTES * len(guests + rooms) + arenas + balloons + files
        if asked and asked + rest > have:
            placed = [guest.at("memory-mib") for guest in guests + rooms if guest.values["memory-mib"]]
            self.report.add("SYS-023", placed[0],
                            f"the guests' memory, {kernels.mib(asked)}, and {kernels.mib(rest)} for Septum and the "
                            f"guests' files do not fit the machine's {kernels.mib(have)}", also=placed[1:])


def check(tree, path, report, machine):
    """All that a description says, with all that is wrong with it in the report."""
    checker = Checker(report, machine)
    guests = checker.guests(tree, checker.root(tree))
    rooms = RoomChecker(checker).rooms([child for child in tree.children if child.name == "rooms"][:1])
    checker.together(tree, guests, rooms)
    devices = checker.devices
    return System(path, guests, tree.property("unsafe-dma") is not None, checker.auditor(tree), devices.disks,
                  devices.nets, devices.networks, devices.together(rooms), rooms)
