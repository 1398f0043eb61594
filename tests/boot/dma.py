#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""A block server that was taken over has its device read and write all of memory: the IOMMU refuses, nothing changes."""

import argparse
import os
import re
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "hostile"))

from console import Console
from hashes import Ram, Watch
from voices import Suite, check_beats

GUESTS = ("one", "two")
MEMORY, PAGE = 256 << 20, 4096
BOOT_SECONDS, ATTACK_SECONDS = 60, 120
STEP, RUDE_STEP = 0x101000, 0x1010000  # of tests/hostile/dma/attack.h; the patterns are of block.c
PATTERNS = (0xa5, 0xa6, 0xa7)
NOT_EMPTY = 20  # so many of the pages that were tried hold something, at least
FAULT = r"device 00:01\.0 \(driver: block\): DMA refused by the IOMMU: {} 0x[0-9a-f]+, cause {}"


def prepare(options):
    """The disk's file, the two of the attack, and a bundle with the hostile server in place of the block server."""
    folder = f"{options.build}/boot/dma"
    os.makedirs(folder, exist_ok=True)
    for name, data in (("disk.img", bytes(1 << 20)), ("leak", b""), ("mark", os.urandom(PAGE))):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)
    bundle = f"{folder}/dma.bundle"
    subprocess.run([sys.executable, "src/tools/septum-config", "bundle", options.system, "--servers",
                    f"{options.build}/tests/hostile/dma", "-o", bundle, "--memory", "256M", "--harts", "2", "--h", "on"],
                   stdout=subprocess.DEVNULL, check=True)
    return folder, bundle


def tried(suite, console, what, count):
    """The place in the file from which on the pages stand that the device was to read; None if it was not tried."""
    match = console.wait("septum", rf"^block: {what}: {count} of {count} tried, read from (\d+) of leak", ATTACK_SECONDS)
    suite.check(match, f"{what}: the device was told to read and write {count} pages", console.said("septum")[-800:])
    return match and int(match[1])


def attack(suite, console, watch, ram, folder):
    suite.check(all(console.wait(name, r"^beat 1\b", BOOT_SECONDS) for name in GUESTS), "the guests run")
    watch.look()
    memory = range(0, MEMORY, STEP), range(0, MEMORY, RUDE_STEP)
    for what, count in (("registers", 18), ("memory", len(memory[0])), ("rude memory", len(memory[1]))):
        at = tried(suite, console, what, count)
        watch.look()
        if at is None:
            return
        with open(f"{folder}/leak", "rb") as file:
            file.seek(at)
            suite.check(not any(file.read(PAGE * count)), f"{what}: nothing of it is in the file", f"at {at}")
    suite.check(console.wait("septum", r"^block: done", BOOT_SECONDS), "the attack ends", console.said("septum")[-800:])
    full = sum(any(ram.read(0x80000000 + at, PAGE)) for at in memory[0])
    suite.check(full >= NOT_EMPTY, f"of the pages that were tried {full} hold something")
    check_own(suite, console, ram, folder)
    said = console.said("septum", everything=True)
    for word, cause in (("read of", 21), ("write to", 23)):
        suite.check(re.search(FAULT.format(word, cause), said), f"the console names the device: {word} …, refused")
    suite.check(re.search(r"DMA was refused \d+ times more", said), "the console is not flooded")
    watch.prove()
    for name in GUESTS:
        console.wait(name, r"^beat 4\b", BOOT_SECONDS)
        check_beats(suite, name, console.said(name, everything=True).split("\n"), 3)


def check_own(suite, console, ram, folder):
    """Its server's memory the device does read and write, before, between and after; the mark is nowhere in memory now."""
    said = console.said("septum", everything=True)
    places = re.findall(r"own memory: tried, read to (\d+) of leak, written", said)
    suite.check(len(places) == 3, "the device writes memory of its server's", " | ".join(re.findall(r".*own memory.*", said)))
    with open(f"{folder}/leak", "rb") as file:
        data = file.read()
    read = [data[int(at):int(at) + PAGE] for at in places]
    suite.check(read == [bytes([pattern]) * PAGE for pattern in PATTERNS], "and reads it")
    with open(f"{folder}/mark", "rb") as file:
        mark = file.read()
    found = [f"{0x80000000 + at.start():#x}" for part in (mark[:32], mark[-32:]) for at in re.finditer(re.escape(part), ram.bytes)]
    suite.check(not found, "what it was to write is nowhere in memory", " ".join(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--system", default="tests/boot/dma.dts", help="with unsafe-dma and --iommu off, this test must fail")
    parser.add_argument("--iommu", default="on")
    options = parser.parse_args()
    suite, ram = Suite("dma"), Ram(MEMORY)
    folder, bundle = prepare(options)
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "2", "--memory", "256M",
               "--initrd", bundle, "--share", folder, "--iommu", options.iommu, "--extra", ram.arguments()]
    watch = Watch(ram, options.build, bundle, GUESTS)
    console = Console(command, f"{options.build}/boot/dma.log")
    try:
        attack(suite, console, watch, ram, folder)
        watch.end(suite, "dma", GUESTS)
    finally:
        console.close()
        ram.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
