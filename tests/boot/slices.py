#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Slices of one disk as guests' disks: apart, there again after QEMU was killed and its server ended; refusals."""

import argparse
import hashlib
import os
import re
import subprocess
import sys

from console import PREFIX_KEY, Console
from disks import kill_machine
from voices import Suite, plain

GUESTS = ("one", "two")
SYSTEM = "platform/qemu/slices.dts"
SECTOR, MIB = 512, 1 << 20
SLICE = {"one": (2048, 32768), "two": (34816, 32768)}  # of that description
DISK_BYTES = 34 * MIB  # a MiB more than the slices have
BOOT_SECONDS, SECONDS, LACK_SECONDS = 240, 90, 40
LONE = "tests/boot/slice-lone.dts"
LONE_BYTES = 24 * SECTOR  # of the disk that ends within one of its slices


def span(name):
    first, count = SLICE[name]
    return first * SECTOR, count * SECTOR


def digest(path, at, count):
    with open(path, "rb") as file:
        file.seek(at)
        return hashlib.sha256(file.read(count)).hexdigest()


def slice_digest(path, name):
    return digest(path, *span(name))


def outside(path):
    """Of what belongs to no slice: before, and behind."""
    end = sum(span("two"))
    return digest(path, 0, span("one")[0]), digest(path, end, DISK_BYTES - end)


def make_disk(folder):
    """Chance everywhere, but an empty ext4 in the second slice."""
    os.makedirs(folder, exist_ok=True)
    path, system = f"{folder}/disk.img", f"{folder}/ext4.img"
    at, count = span("two")
    with open(system, "wb") as file:
        file.truncate(count)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", system], check=True)
    with open(path, "wb") as file, open(system, "rb") as given:
        file.write(os.urandom(DISK_BYTES))
        file.seek(at)
        file.write(given.read())
    return path


class Shells:
    def __init__(self, suite, console):
        self.suite, self.console = suite, console

    def boot(self):
        there = [self.console.wait(name, rf"{name}:~# ", BOOT_SECONDS) for name in GUESTS]
        return self.suite.check(all(there), "both guests have their shell", self.console.said("septum", everything=True)[-500:])

    def ask(self, name, line, pattern, seconds=SECONDS):
        self.console.focus(GUESTS.index(name) + 1)
        return self.console.command(name, line, pattern, seconds)

    def done(self, name, line):
        return self.ask(name, f"{line} && echo done-$((1+1))", "^done-2")

    def digest(self, name, what="/dev/vda"):
        match = self.ask(name, f"sha256sum {what}", rf"^([0-9a-f]{{64}})  {what}")
        return match and match[1]

    def prompt(self, text, pattern):
        self.console.mark()
        self.console.child.send(PREFIX_KEY + "c")
        self.console.pump(0.5)
        self.console.child.send(f"{text}\r")
        match = self.console.wait("septum", pattern, SECONDS)
        self.console.child.send("exit\r")
        return match and self.console.said("septum")


def first_life(suite, shells, path):
    """What is there after it: {name: digest}."""
    said = shells.console.said("septum", everything=True)
    suite.check("IOMMU: device 00:01.0 is the disk server's" in said, "the disk is behind the IOMMU", said[-500:])
    size = shells.ask("one", "cat /sys/block/vda/size", r"^(\d+)$")
    suite.check(size and int(size[1]) == SLICE["one"][1], "a disk is as large as its slice", f"{size}")
    suite.check(shells.digest("one") == slice_digest(path, "one"), "one: reads its slice, and nothing else")
    other = slice_digest(path, "two")
    suite.check(shells.done("one", "dd if=/dev/urandom of=/dev/vda bs=64k count=256 conv=notrunc,fsync 2>/dev/null"),
                "one: writes all of its slice, and flushes", shells.console.said("one")[-300:])
    there = shells.digest("one")
    suite.check(there == slice_digest(path, "one"), "one: what was flushed is in the file")
    suite.check(slice_digest(path, "two") == other, "one: nothing of two's slice has changed")
    suite.check(shells.done("two", "mount -t ext4 -o discard /dev/vda /tmp && head -c 4194304 /dev/urandom >/tmp/a && cp /tmp/a /tmp/b"
                            " && sync"), "two: has an ext4 on its slice", shells.console.said("two")[-300:])
    kept = shells.digest("two", "/tmp/a")
    before = os.stat(path).st_blocks
    shells.done("two", "rm /tmp/b && sync && mount -o remount,ro /tmp && mount -o remount,rw /tmp")
    suite.check(os.stat(path).st_blocks < before, "two: what it discards is a hole in the file", f"{before} blocks")
    suite.check(slice_digest(path, "one") == there, "two: nothing of one's slice has changed")
    return there, kept


def server_ends(suite, shells, there, kept):
    suite.check(shells.prompt("kill disk", "the disk server was started again"), "the disk server is started again")
    suite.check(shells.digest("one") == there, "one: its slice is there after the server's end")
    suite.check(shells.digest("two", "/tmp/a") == kept, "two: and so is its file")
    suite.check(shells.done("two", "cp /tmp/a /tmp/c && sync"), "two: still writes", shells.console.said("two")[-300:])
    said = shells.prompt("stats", "MiB are free")
    suite.check(said and len(re.findall(r"device 0, disk: [1-9]\d* reads, .* 0 errors", said)) == 2, "stats: both disks' counters",
                f"{said}")


def second_life(suite, shells, there, kept):
    suite.check(shells.digest("one") == there, "after a kill of QEMU: what one flushed is there")
    suite.check(shells.done("two", "mount -t ext4 /dev/vda /tmp"), "after a kill of QEMU: two mounts its ext4",
                shells.console.said("two")[-300:])
    suite.check(shells.digest("two", "/tmp/a") == kept and shells.digest("two", "/tmp/c") == kept,
                "after a kill of QEMU: two's files are there")
    suite.check("DMA refused" not in shells.console.said("septum", everything=True), "the disk reaches for nothing else")


def lives(suite, options, path):
    command = [options.make, "qemu", f"SYSTEM={SYSTEM}", "HARTS=2", "MEMORY=768M", f"DISK={path}"]
    around, there, kept = outside(path), None, None
    for life in (1, 2):
        console = Console(command, f"{options.build}/boot/slices-{life}.log")
        shells = Shells(suite, console)
        try:
            if not shells.boot():
                return
            if life == 1:
                there, kept = first_life(suite, shells, path)
                server_ends(suite, shells, there, kept)
            else:
                second_life(suite, shells, there, kept)
            kill_machine("platform_qemu_slices.bundle")
        finally:
            console.close()
    suite.check(outside(path) == around, "what is in no slice is unchanged")


def refused(suite, options, what, patterns, *machine):
    """A machine on which not all slices can be served: it is said why, and the others run."""
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--memory", "128M",
               "--initrd", f"{options.build}/bundles/tests_boot_slice-lone.bundle", *machine]
    console = Console(command, f"{options.build}/boot/slices-refused.log")
    try:
        for voice, pattern in patterns:
            suite.check(console.wait(voice, pattern, LACK_SECONDS), f"{what}: {voice}: /{pattern}/",
                        plain(console.raw)[-800:])
    finally:
        console.close()


def refusals(suite, options, folder):
    subprocess.run([options.make, "bundle", f"SYSTEM={LONE}", "MEMORY=128M"], stdout=subprocess.DEVNULL, check=True)
    small = f"{folder}/small.img"
    with open(small, "wb") as file:
        file.truncate(LONE_BYTES)
    refused(suite, options, "a disk that is too small",
            [("septum", r"guest 'far', disk 0 \(slice <16 16>\): it ends at sector 32, and the machine's disk has 24"),
             ("near", "^beat 2"), ("far", "^beat 2")], "--devices", "disk", "--disk", small)
    refused(suite, options, "no disk", [("septum", "guest 'near' has a disk device, but the machine has no disk: give it one"),
                                        ("beat", "^beat 2")])
    refused(suite, options, "no IOMMU",
            [("septum", "guest 'near' has a disk device, but the machine's disk does DMA and no IOMMU is in front of it"),
             ("beat", "^beat 2")], "--iommu", "off", "--devices", "disk", "--disk", small)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    suite = Suite("slices")
    folder = f"{options.build}/boot/slices"
    path = make_disk(folder)
    refusals(suite, options, folder)
    lives(suite, options, path)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
