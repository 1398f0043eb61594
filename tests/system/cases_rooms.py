# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests of rooms, and of the description of one guest that comes into one."""
import json
import os
import re

from cases import TOP, bundle, c_output, equal, guest
from cases_devices import write
from septum_config import limits

NETWORKS = "lan: lan { }; dmz: dmz { };"


def system(directory, name, rooms, guests=guest("web")):
    return write(directory, name, guests, NETWORKS, f"}}; / {{ rooms {{ {rooms} }};")


def test_c_reads_the_rooms(tool, directory):
    """A room stands behind the guests, with its rights; its folder counts from the shared directory."""
    rooms = ('spare { memory-mib = <64>; cpus = <2>; priority = <3>; budget-us = <2000>; period-us = <10000>; entropy; disks; '
             'networks = <&dmz &lan>; folder = "files/sub"; }; plain { memory-mib = <2>; folder = "files"; };')
    os.makedirs(f"{directory}/files/sub", exist_ok=True)
    bundle(tool, system(directory, "rooms.dts", rooms), "rooms.bundle", "--depfile", "rooms.d")
    lines = c_output(directory, "rooms.bundle")
    equal([line for line in lines if line.startswith(("guest spare", "guest plain", "room "))],
          [f"guest spare [] {64 << 20} 2 0 3 0 {0xFFFFFFFF} {0xFFFFFFFF} 0 2000 10000 {0xFFFFFFFF} 13", "room spare 3 [sub]",
           f"guest plain [] {2 << 20} 1 0 2 0 {0xFFFFFFFF} {0xFFFFFFFF} 0 0 0 {0xFFFFFFFF} 4", "room plain 0 []"])
    servers = [line.split()[1] for line in lines if line.startswith("file") and line.split()[4] == "1"]
    equal(servers, ["manager", "monitor", "console", "pci", "block", "net", "entropy"])
    equal(tool("share", "rooms.dts").stdout, os.path.realpath(f"{directory}/files") + "\n")
    shown = json.loads(tool("show", "rooms.dts", "--json").stdout)["rooms"]
    equal([(room["name"], room["networks"], room["disks"]) for room in shown],
          [("spare", ["lan", "dmz"], True), ("plain", [], False)])
    assert "room spare\n" in tool("show", "rooms.dts").stdout


def test_rooms_count_as_guests(tool, directory):
    """In number and in the machine's memory; who is too many is named."""
    rooms = "".join(f'r{i} {{ memory-mib = <2>; folder = "files"; }};\n' for i in range(limits.GUESTS))
    result = tool("check", system(directory, "many.dts", rooms))
    assert re.search(r"error\[SYS-011\]: room 'r23' is one too many: 1 guests and 24 rooms", result.stderr), result.stderr
    large = 'r { memory-mib = <512>; folder = "files"; };'
    equal(tool("check", system(directory, "large.dts", large), "--memory", "1G").returncode, 0)
    result = tool("check", "large.dts", "--memory", "512M")
    assert "error[SYS-023]" in result.stderr, result.stderr


def test_a_room_s_mistakes(tool, directory):
    """Its values are judged as a guest's, and it has nothing of a guest's that is not its own."""
    for text, said in (("memory-mib = <3>;", "SYS-021]: room 'r' has 3 MiB"), ("", "SYS-020]: room 'r' does not say"),
                       ("memory-mib = <2>; cpus = <9>;", "SYS-052]: 'cpus' of room 'r' is 9"),
                       ("memory-mib = <2>; disks = <1>;", "SYS-008]: 'disks' of room 'r' must be written without a value"),
                       ("memory-mib = <2>; kernel = \"files/image\";", "SYS-005]: unknown property 'kernel' in room 'r'"),
                       ("memory-mib = <2>; disk { };", "SYS-006]: unknown node 'disk' in room 'r'"),
                       ("memory-mib = <2>; budget-us = <500>;", "SYS-059]: room 'r' has 'budget-us' but no 'period-us'")):
        result = tool("check", system(directory, "wrong.dts", f'r {{ folder = "files"; {text} }};'))
        assert said in result.stderr and result.returncode == 1, (text, result.stderr)
    result = tool("check", system(directory, "far.dts", 'r { memory-mib = <2>; folder = "files"; };'), "--share", "files/good")
    assert "error[SYS-083]: 'files' of room 'r' is not below the shared directory" in result.stderr, result.stderr


def test_a_guest_s_bundle(tool, directory):
    """One guest, its files, no server; paths count from what the machine shares, which must be said."""
    text = guest("new", 'initrd = "files/initrd.cpio"; disk { file = "files/disk.img"; read-only; }; net { network = <&dmz>; };')
    source = write(directory, "new.dts", text, NETWORKS)
    result = tool("bundle", source, "--guest", "--share", ".", "-o", "new.guest", "--depfile", "new.d")
    equal((result.returncode, result.stderr), (0, ""))
    lines = c_output(directory, "new.guest")
    equal([line.split()[1] for line in lines if line.startswith("file")], ["image", "initrd.cpio"])
    equal([line.split()[1] for line in lines if line.startswith("guest")], ["new"])
    assert "disk 0 1 0 0 [files/disk.img] []" in lines and "network dmz 0" in lines, lines
    equal(os.path.getsize(f"{directory}/new.guest") % 4096, 0)
    equal(tool("bundle", source, "--guest", "-o", "x.guest").returncode, 2)
    equal(tool("bundle", source, "-o", "x.guest").returncode, 2)
    quiet = write(directory, "quiet.dts", guest("new", "autostart = <0>;"))
    equal(tool("bundle", quiet, "--guest", "-o", "quiet.guest").stderr, "")


def test_names_of_septum_s_own(_tool, _directory):
    """The manager refuses the names that the tool does."""
    with open(f"{TOP}/src/servers/manager/room.c", encoding="utf-8") as stream:
        listed = re.search(r"reserved\[\] = \{(.*?)\}", stream.read(), re.DOTALL).group(1)
    equal(tuple(re.findall(r'"(\w+)"', listed)), limits.RESERVED_NAMES)
