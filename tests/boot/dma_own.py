#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
An entropy, an uplink and a disk server that were taken over have their devices read and write all of memory: the IOMMU
refuses, nothing changes. What the entropy device gives, what comes in by the wire, and what stands on the disk is a mark
that this test chose; what goes out by the wire and onto the disk it sees.
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import threading

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "hostile"))

from console import Console
from hashes import Ram, Watch
from voices import Suite, check_beats

GUESTS = ("one", "two")
MEMORY, PAGE = 256 << 20, 4096
BOOT_SECONDS, ATTACK_SECONDS = 120, 300
REGISTERS, STEP, RUDE_STEP = 18, 0x101000, 0x1010000  # of tests/hostile/dma/attack.[ch]
MARKS = 4096  # pages that the entropy device has to give
DISK_PAGES = 1024
ETHER, NUMBER = 14, 4  # bytes of a frame of tests/hostile/dma/uplink.c before the target's
FAULT = r"device 00:01\.0 \(driver: {}\): DMA refused by the IOMMU: {} 0x[0-9a-f]+, cause {}"
PATTERNS = (0xa5, 0xa6, 0xa7)
PUSH_SECONDS = 0.002
CONFINED, OPEN = "pci,{},disable-legacy=on,iommu_platform=on", "device,{} -global virtio-mmio.force-legacy=false"


def pages(step):
    return len(range(0, MEMORY, step))


class Entropy:
    """The device's chance is a file: the mark, over and over."""

    name = "entropy"

    def __init__(self, folder, mark, tail):
        path = f"{folder}/chance"
        with open(path, "wb") as file:
            file.write(mark * MARKS)
        self.arguments = (f"-object rng-random,id=chance,filename={path} "
                          f"-device virtio-rng-{tail.format('rng=chance')}")

    def prove(self, suite, said):
        own = re.findall(r"own memory: tried, written", said)
        suite.check(len(own) == 3, "entropy: the device writes memory of its server's", said[-800:])

    def close(self):
        pass


class Uplink:
    """The wire is a socket: each datagram a frame. Marks go in all the time."""

    name = "uplink"

    def __init__(self, _, mark, tail):
        self.ours, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for end in (self.ours, there):
            end.bind(("127.0.0.1", 0))
        self.to, here = there.getsockname(), self.ours.getsockname()
        there.close()
        self.arguments = (f"-netdev dgram,id=wire,local.type=inet,local.host=127.0.0.1,local.port={self.to[1]},"
                          f"remote.type=inet,remote.host=127.0.0.1,remote.port={here[1]} "
                          f"-device virtio-net-{tail.format('netdev=wire,romfile=')}")
        self.frame = b"\xff" * 6 + b"\x52\x54\0\0\0\x01\x88\xb5" + mark[:1400]
        self.frames, self.ended = [], threading.Event()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.push, self.listen)]
        for thread in self.threads:
            thread.start()

    def push(self):
        while not self.ended.wait(PUSH_SECONDS):
            self.ours.sendto(self.frame, self.to)

    def listen(self):
        self.ours.settimeout(0.5)
        while not self.ended.is_set():
            try:
                self.frames.append(self.ours.recv(65536))
            except (TimeoutError, ConnectionRefusedError):
                continue

    def prove(self, suite, said):
        numbers = [int(number) for number in re.findall(r"own memory: tried, sent in frame (\d+), written", said)]
        suite.check(len(numbers) == 3, "uplink: the device writes memory of its server's", said[-800:])
        got = {int.from_bytes(frame[ETHER:ETHER + NUMBER], "little"): frame[ETHER + NUMBER:] for frame in self.frames}
        sent = [got.get(number, b"") for number in numbers]
        suite.check([set(payload) for payload in sent] == [{pattern} for pattern in PATTERNS], "uplink: and sends it",
                    f"{[payload[:8] for payload in sent]}")
        leaked = [number for number, payload in got.items() if number not in numbers and any(payload)]
        suite.check(not leaked, f"uplink: of the other {len(got) - len(numbers)} frames none has anything of memory's",
                    f"{leaked[:10]}")

    def close(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        self.ours.close()


class Disk:
    """The disk's first page is the mark, all others are empty."""

    name = "disk"

    def __init__(self, folder, mark, tail):
        self.path = f"{folder}/disk-own.img"
        with open(self.path, "wb") as file:
            file.write(mark)
            file.truncate(DISK_PAGES * PAGE)
        self.arguments = (f"-drive if=none,id=disk,format=raw,file={self.path} "
                          f"-device virtio-blk-{tail.format('drive=disk')}")

    def prove(self, suite, said):
        numbers = [int(number) for number in re.findall(r"own memory: tried, read to (\d+), written", said)]
        suite.check(len(numbers) == 3, "disk: the device writes memory of its server's", said[-800:])
        with open(self.path, "rb") as file:
            got = [file.read(PAGE) for _ in range(DISK_PAGES)]
        sent = [got[number] for number in numbers]
        suite.check([set(page) for page in sent] == [{pattern} for pattern in PATTERNS], "disk: and reads it",
                    f"{[page[:8] for page in sent]}")
        leaked = [number for number, page in enumerate(got) if number and number not in numbers and any(page)]
        tried = int(re.search(r"^disk: done, (\d+) pages", said, re.M)[1])
        suite.check(not leaked, f"disk: of the other {tried - 1 - len(numbers)} pages none has anything of memory's",
                    f"{leaked[:10]}")

    def close(self):
        pass


def attack(suite, console, watch, device, mark, ram):
    name = device.name
    suite.check(all(console.wait(guest, r"^beat 1\b", BOOT_SECONDS) for guest in GUESTS), f"{name}: the guests run")
    watch.look()
    for what, count in (("registers", REGISTERS), ("memory", pages(STEP)), ("rude memory", pages(RUDE_STEP))):
        tried = console.wait("septum", rf"^{name}: {what}: {count} of {count} tried", ATTACK_SECONDS)
        watch.look()
        suite.check(tried, f"{name}: {what}: the device was told to read and write {count} pages",
                    console.said("septum", everything=True)[-800:])
        if not tried:
            return
    suite.check(console.wait("septum", rf"^{name}: done", BOOT_SECONDS), f"{name}: the attack ends")
    said = console.said("septum", everything=True)
    device.prove(suite, said)
    found = [f"{0x80000000 + at.start():#x}" for part in (mark[:32], mark[1300:1332])
             for at in re.finditer(re.escape(part), ram.bytes)]
    suite.check(not found, f"{name}: what it was to write is nowhere in memory", " ".join(found[:10]))
    for word, cause in (("read of", 21), ("write to", 23)):
        suite.check(re.search(FAULT.format(name, word, cause), said), f"{name}: the console names the device: {word} …",
                    said[-800:])
    watch.prove()
    for guest in GUESTS:
        console.wait(guest, r"^beat 4\b", BOOT_SECONDS)
        check_beats(suite, f"{name}/{guest}", console.said(guest, everything=True).split("\n"), 3)


def boot(suite, options, kind):
    folder, mark = f"{options.build}/boot/dma", os.urandom(PAGE)
    os.makedirs(folder, exist_ok=True)
    bundle, system = f"{folder}/{kind.name}.bundle", f"tests/boot/dma-{kind.name}.dts"
    if options.open:
        with open(system, encoding="utf-8") as given, open(f"{folder}/open.dts", "w", encoding="utf-8") as file:
            file.write(given.read().replace('1";', '1"; unsafe-dma;', 1).replace("../../", f"{os.getcwd()}/"))
        system = file.name
    subprocess.run([sys.executable, "src/tools/septum-config", "bundle", system, "--servers",
                    f"{options.build}/tests/hostile/dma", "-o", bundle, "--memory", "256M", "--harts", "2", "--h", "on"],
                   stdout=subprocess.DEVNULL, check=True)
    ram, device = Ram(MEMORY), kind(folder, mark, OPEN if options.open else CONFINED)
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "2", "--memory", "256M",
               "--initrd", bundle, "--iommu", "off" if options.open else "on", "--extra", f"{ram.arguments()} {device.arguments}"]
    watch = Watch(ram, options.build, bundle, GUESTS)
    console = Console(command, f"{options.build}/boot/dma-{kind.name}.log")
    try:
        attack(suite, console, watch, device, mark, ram)
        watch.end(suite, f"dma-{kind.name}", GUESTS)
    finally:
        console.close()
        device.close()
        ram.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--open", action="store_true", help="no IOMMU, and unsafe-dma: this test must fail")
    parser.add_argument("kinds", nargs="*", default=["entropy", "uplink", "disk"])
    options = parser.parse_args()
    suite = Suite("dma-own")
    for kind in (Entropy, Uplink, Disk):
        if kind.name in options.kinds:
            boot(suite, options, kind)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
