# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Rooms for guests that are created at run time: from the nodes to checked values with every default filled in."""
import os
from dataclasses import dataclass, field

from . import limits
from .messages import Place

NUMBERS = {"memory-mib": None, "cpus": 1, "priority": 2, "budget-us": 0, "period-us": 0}
FLAGS = ("entropy", "disks")
FORMS = {"folder": "one text in double quotes", "networks": "references, <&label>",
         **dict.fromkeys(NUMBERS, "one number in angle brackets"), **dict.fromkeys(FLAGS, "written without a value")}


@dataclass
class Room:
    name: str
    place: Place
    values: dict = field(default_factory=dict)  # as a guest's: the most that a guest in it may have
    places: dict = field(default_factory=dict)
    folder: str = None  # resolved; None: none was given
    networks: list = field(default_factory=list)  # indices

    @property
    def said(self):
        return f"room '{self.name}'"

    def at(self, name):
        return self.places.get(name, self.place)


def form_is_right(item):
    if item.name in FLAGS:
        return item.values == []
    if item.name == "folder":
        return len(item.values) == 1 and isinstance(item.values[0], str)
    most = limits.NETWORKS if item.name == "networks" else 1
    return 1 <= len(item.values) <= most and all(isinstance(value, int) for value in item.values)


class RoomChecker:
    """`base` is the checker of config.py, which has read the networks."""

    def __init__(self, base):
        self.base, self.report, self.machine = base, base.report, base.machine

    def rooms(self, nodes):
        rooms = []
        for node in nodes:
            self.base.duplicates(node)
            for item in node.properties:
                self.base.unknown("SYS-005", "property", item, [], "'rooms'")
            rooms += [self.room(child) for child in node.children]
        return rooms

    def room(self, node):
        room = Room(node.name, node.place)
        self.base.duplicates(node)
        self.base.name(node, "room")
        for item in node.properties:
            if item.name in FORMS:
                self.value(room, item)
            else:
                self.base.unknown("SYS-005", "property", item, list(FORMS), room.said)
        for child in node.children:
            self.base.unknown("SYS-006", "node", child, [], room.said)
        for name, default in {**NUMBERS, **dict.fromkeys(FLAGS, False), "mode": "auto", "autostart": 0}.items():
            room.values.setdefault(name, default)
        for check in (self.base.memory, self.base.numbers, self.base.share, self.folder):
            check(room)
        return room

    def value(self, room, item):
        room.places.setdefault(item.name, item.place)
        if not form_is_right(item):
            self.report.add("SYS-008", item.place, f"'{item.name}' of {room.said} must be {FORMS[item.name]}")
        elif item.name == "folder":
            room.folder = os.path.realpath(os.path.join(os.path.dirname(item.place.file), item.values[0]))
        elif item.name == "networks":
            self.networks(room, item)
        else:
            room.values.setdefault(item.name, True if item.name in FLAGS else item.values[0])

    def networks(self, room, item):
        handles = self.base.devices.handles
        room.networks = sorted({handles[value] for value in item.values if value in handles})
        if any(value not in handles for value in item.values):
            self.report.add("SYS-098", item.place, f"'networks' of {room.said} refers to something that is no network")

    def folder(self, room):
        if "folder" not in room.places:
            self.report.add("SYS-097", room.place, f"{room.said} has no folder")
        elif room.folder and self.machine.read_files and not os.path.isdir(room.folder):
            self.report.add("SYS-097", room.at("folder"), f"the folder of {room.said} is no directory")
