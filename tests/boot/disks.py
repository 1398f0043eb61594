#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Disks that are files of the build host: there again after QEMU was killed; overlays; the block server's end; refusals."""

import argparse
import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile

from console import Console
from debugger import PC, Debugger, Program
from voices import Suite, plain, run_log

BOOT_SECONDS = 300  # of two guests, on a busy machine
SECONDS = 60
DATA_BYTES, BASE_BYTES = 1 << 20, 20 << 20  # the base has two pages of an overlay's map
MAP, OFF, NOT_OWNER, BAD_KIND, MAPPED = 41, 56, -6, -7, -8  # of the kernel's calls
FIRST_DATA_OF_OVERLAY = 4096 + 2 * 4096  # behind the head and the map (docs/disks.md)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def make_files(folder):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    for name, size in (("data.img", DATA_BYTES), ("base.img", BASE_BYTES), ("fixed.img", DATA_BYTES)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(os.urandom(size))


def start(options, life, folder, path):
    """The second life is on one hart, with a debugger at that path."""
    command = [options.make, "qemu", "SYSTEM=tests/boot/disks.dts", "HARTS=2", "MEMORY=768M"]
    if life == 2:
        command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory", "768M",
                   "--share", folder, "--initrd", f"{options.build}/bundles/tests_boot_disks.bundle",
                   "--extra", f"-chardev socket,path={path},server=on,wait=off,id=gdb -gdb chardev:gdb"]
    return Console(command, f"{options.build}/boot/disks-{life}.log")


def kill_machine(bundle="tests_boot_disks.bundle"):
    """As by pulling its plug: the QEMU of this tree's test, at once."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                line = file.read()
            if line.startswith("qemu-system") and bundle in line and os.readlink(f"/proc/{pid}/cwd") == os.getcwd():
                os.kill(int(pid), signal.SIGKILL)
        except OSError:
            continue  # it has ended meanwhile


class Shells:
    """The two guests' shells: commands, and what they answer."""

    def __init__(self, suite, console):
        self.suite, self.console = suite, console

    def boot(self):
        there = [self.console.wait(name, rf"{name}:~# ", BOOT_SECONDS) for name in ("web", "db")]
        return self.suite.check(all(there), "both guests have their shell")

    def ask(self, name, line, pattern, seconds=SECONDS):
        self.console.focus(1 if name == "web" else 2)
        return self.console.command(name, line, pattern, seconds)

    def digest(self, name, disk):
        match = self.ask(name, f"sha256sum /dev/{disk}", rf"^([0-9a-f]{{64}})  /dev/{disk}")
        return match and match[1]

    def text(self, name, disk, at):
        """Sixteen bytes of the disk as text."""
        match = self.ask(name, f"echo \"<$(dd if=/dev/{disk} bs=16 skip=$(({at}/16)) count=1 2>/dev/null)>\"", r"^<([^$>]*)>")
        return match and match[1]

    def write(self, name, disk, at, text):
        """Written and flushed: the command's end comes after the flush's answer."""
        return self.ask(name, f"printf %-16s {text} | dd of=/dev/{disk} bs=16 seek=$(({at}/16)) conv=notrunc,fsync 2>/dev/null "
                        "&& echo written-$((1+1))", "^written-2")


def first_life(suite, shells, folder):
    path = f"{folder}/data.img"
    sizes = shells.ask("web", "cat /sys/block/vd?/size /sys/block/vd?/ro | tr '\\n' ' '; echo end-$((1+1))", r"^([\d ]+)end-2")
    wanted = f"{DATA_BYTES // 512} {BASE_BYTES // 512} {DATA_BYTES // 512} 0 0 1 "
    suite.check(sizes and sizes[1] == wanted, "three disks of the files' sizes, the last one read-only", sizes and sizes[1])
    suite.check(shells.digest("web", "vda") == digest(path), "a disk reads as its file")
    suite.check(shells.digest("web", "vdb") == digest(f"{folder}/base.img"), "an overlay reads as its base at first")
    suite.check(shells.ask("web", "dd if=/dev/urandom of=/dev/vda bs=4k count=100 conv=notrunc,fsync 2>/dev/null && "
                           "echo written-$((1+1))", "^written-2"), "a disk is written and flushed")
    there = shells.digest("web", "vda")
    suite.check(there == digest(path), "what was flushed is in the file")
    refused = shells.ask("web", "dd if=/dev/zero of=/dev/vdc bs=512 count=1 conv=notrunc,fsync; echo status-$?", r"^status-([1-9])")
    suite.check(refused, "a read-only disk is not written")
    for name, disk in (("web", "vdb"), ("db", "vda")):
        suite.check(shells.write(name, disk, 0, f"first-{name}"), f"{name}: writes its overlay")
        suite.check(shells.write(name, disk, 17 << 20, f"far-{name}"), f"{name}: writes far behind")
    return there


def second_life(suite, shells, folder, there):
    suite.check(shells.digest("web", "vda") == there, "after a kill of QEMU: what was flushed is there")
    for name, disk in (("web", "vdb"), ("db", "vda")):
        suite.check(shells.text(name, disk, 0) == f"first-{name}".ljust(16), f"after a kill: {name}'s overlay has its own")
        suite.check(shells.text(name, disk, 17 << 20) == f"far-{name}".ljust(16), f"after a kill: {name}'s overlay has all of it")
    with open(f"{folder}/base.img.web-disk-base.overlay", "rb") as file:
        head = file.read(8)
        file.seek(FIRST_DATA_OF_OVERLAY)
        suite.check(head == b"SEPOVER1" and file.read(9) == b"first-web", "the overlay's file is as its format says")


def server_ends(suite, shells, folder, path, options):
    """Somebody takes the block server over amid a copy, sees what it can do, and makes it fault: the copy goes on."""
    console, block = shells.console, Program(f"{options.build}/servers/block/block.elf", options.cross)
    console.focus(1)
    console.mark()
    console.keys("for i in 1 2 3 4; do dd if=/dev/vdc of=/dev/vda bs=64k conv=notrunc,fsync 2>/dev/null; done; echo copied-$((1+1))\r")
    debugger = Debugger(path)
    debugger.run_to(block, block.symbol["job_answer"])
    said = {debugger.call(block, MAP, 0, 0x3a00_0000, frame, 0, 1)[0] for frame in range(0, 1 << 17, 4099)}
    # What is lent to it is mapped already.
    suite.check(said <= {NOT_OWNER, BAD_KIND, MAPPED}, "block server: can map no frame of another", f"{said}")
    suite.check(debugger.call(block, OFF, 0)[0] < 0, "block server: cannot power the machine off")
    debugger.set_register(PC, 0)
    debugger.leave()
    suite.check(console.wait("septum", "the block server faulted: cause 12 at pc 0x0", SECONDS), "block server: its fault is told")
    suite.check(console.wait("septum", "the block server was started again", SECONDS), "block server: is started again")
    suite.check(console.wait("web", "^copied-2", BOOT_SECONDS), "a copy goes on over it")
    suite.check(shells.digest("web", "vda") == digest(f"{folder}/fixed.img") == digest(f"{folder}/data.img"),
                "the copy is right, in the guest and in the file")
    suite.check(shells.text("db", "vda", 0) == "first-db".ljust(16), "the other guest's overlay is what it was")


def lives(suite, options, folder):
    home = tempfile.TemporaryDirectory()  # a socket's path must be short
    before = [digest(f"{folder}/{name}.img") for name in ("base", "fixed")]
    there = None
    for life in (1, 2):
        console = start(options, life, folder, f"{home.name}/gdb")
        shells = Shells(suite, console)
        try:
            if not shells.boot():
                return
            if life == 1:
                suite.check(console.wait("septum", "IOMMU: device 00:01.0 is the block server's", 5),
                            "the 9p device is behind the IOMMU, and the console says so")
                suite.check(console.wait("septum", "guest 'db' runs in shadow mode", 5), "one guest runs in shadow mode")
                there = first_life(suite, shells, folder)
            else:
                second_life(suite, shells, folder, there)
                server_ends(suite, shells, folder, f"{home.name}/gdb", options)
            kill_machine()
        except TimeoutError as late:
            suite.check(False, "the machine answers its debugger in time", str(late))
        finally:
            console.close()
    home.cleanup()
    suite.check(before == [digest(f"{folder}/{name}.img") for name in ("base", "fixed")], "base and read-only file are unchanged")


def without_iommu(suite, options, folder):
    """The device is on a virtio-mmio transport, and reaches all memory: as the description allows."""
    command = [options.make, "qemu", "SYSTEM=tests/boot/bare.dts", "HARTS=2", "MEMORY=512M", "IOMMU=off"]
    console = Console(command, f"{options.build}/boot/disks-bare.log")
    shells = Shells(suite, console)
    try:
        if not suite.check(console.wait("web", "web:~# ", BOOT_SECONDS), "without an IOMMU: the guest has its shell"):
            return
        suite.check(console.wait("septum", "unsafe-dma: the block server's device .* no IOMMU", 5),
                    "without an IOMMU: the banner says unsafe-dma")
        suite.check(shells.digest("web", "vda") == digest(f"{folder}/data.img"), "without an IOMMU: a disk reads as its file")
        suite.check(shells.write("web", "vda", 512, "bare"), "without an IOMMU: a disk is written")
        with open(f"{folder}/data.img", "rb") as file:
            file.seek(512)
            suite.check(file.read(4) == b"bare", "without an IOMMU: what was flushed is in the file")
        kill_machine("tests_boot_bare.bundle")
    finally:
        console.close()


def said_by(options, system, pattern, **settings):
    """The output of a system without a terminal, until the pattern and a beat of the other guest were seen."""
    def done(raw):
        text = plain(raw)
        return re.search(pattern, text) and "[beat] beat 2" in text

    return plain(run_log(options.make, f"{options.build}/boot/disks-refused.log", system, done, SECONDS=SECONDS, **settings)[1])


def refusals(suite, options, folder):
    pattern = r"guest 'web' has a block device, but .* no IOMMU is in front of it: write unsafe-dma;"
    text = said_by(options, "tests/boot/lone.dts", pattern, IOMMU="off")
    suite.check(re.search(pattern, text), "without unsafe-dma: refused, with what to write", text[-800:])
    suite.check("[beat] beat 2" in text, "without unsafe-dma: the other guest runs")
    gone = f"{folder}/gone.img"
    with open(gone, "wb") as file:
        file.truncate(DATA_BYTES)
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/gone.dts"], stdout=subprocess.DEVNULL, check=True)
    os.remove(gone)
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--initrd",
               f"{options.build}/bundles/tests_boot_gone.bundle", "--log", "15"]
    text = plain(subprocess.run(command + ["--share", folder], capture_output=True, check=False).stdout)
    suite.check(re.search(r"guest 'web', disk 0 \('gone.img'\): 'gone.img' cannot be used: there is no such file", text),
                "a file that is gone: the message names guest, disk and file", text[-800:])
    text = plain(subprocess.run(command, capture_output=True, check=False).stdout)
    suite.check(re.search(r"guest 'web' has a block device, but the machine shares no directory of its host", text),
                "without a shared directory: the guest does not start, and why", text[-800:])
    suite.check("[beat] beat 2" in text, "without a shared directory: the other guest runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--cross", required=True, help="prefix of the target's binutils")
    options = parser.parse_args()
    suite = Suite("disks")
    folder = f"{options.build}/boot/disks"
    make_files(folder)
    lives(suite, options, folder)
    without_iommu(suite, options, folder)
    refusals(suite, options, folder)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
