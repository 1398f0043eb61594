#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Guests that come at run time from descriptions in the shared directory, and go: fifty times, and what goes wrong."""

import argparse
import os
import re
import shutil
import subprocess
import sys

from console import Console
from ctl import Driver, frames
from voices import Suite

TURNS = 50
SIZES = ((4, 1), (8, 2), (6, 1))
HEAD = '/dts-v1/;\n/ {{\n\tcompatible = "septum,system-1";\n\tnetworks {{ lan: lan {{ }}; inner: inner {{ }}; }};\n' \
       '\tguests {{\n\t\t{name} {{\n\t\t\tmemory-mib = <{mib}>;\n\t\t\tcpus = <{cpus}>;\n{more}\t\t}};\n\t}};\n}};\n'
BOOT_SECONDS = 300
DISK_BYTES = 1 << 20


class Files:
    """Descriptions, and the directory that the machine shares."""

    def __init__(self, options):
        self.options, self.share = options, os.path.abspath(f"{options.build}/boot/rooms")
        shutil.rmtree(self.share, ignore_errors=True)
        os.makedirs(f"{self.share}/small")
        os.makedirs(f"{self.share}/large")

    def describe(self, name, mib=4, cpus=1, more=""):
        """A heartbeat, if nothing else is said."""
        images = os.path.abspath(f"{self.options.build}/images")
        kernel = "" if "kernel" in more else f'\t\t\tkernel = "{images}/heartbeat.bin";\n'
        path = f"{self.options.build}/boot/{name}.dts"
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEAD.format(name=name, mib=mib, cpus=cpus, more=kernel + more.format(images=images)))
        return path

    def compile(self, source, name):
        """As make ctl does it, but it stays."""
        subprocess.run(["src/tools/septum-config", "bundle", source, "--guest", "--share", self.share, "-o",
                        f"{self.share}/{name}"], check=True)
        return f"{self.share}/{name}"


def states(driver):
    return {guest["name"]: guest["state"] for guest in driver.data("list").get("guests", [])}


def check_turns(suite, driver, files):
    """Of many sizes, some at the description's, some at others: no frame is lost on the way."""
    path = files.describe("turn", 8, 2)
    driver.ctl(f"create {path}")
    driver.ctl("destroy turn")
    before = frames(driver.data("stats"))
    bad = []
    for turn in range(TURNS):
        mib, cpus = SIZES[turn % len(SIZES)]
        size = "" if turn % 8 == 0 else f" memory-mib={mib} cpus={cpus}"
        status, said = driver.ctl(f"create {files.describe('turn', mib, cpus)}{size}")
        if turn % 10 == 0:
            stats = driver.data("stats")
            guest = next((g for g in stats["guests"] if g["name"] == "turn"), {"memory_mib": 0, "cpus": 0})
            if (guest["memory_mib"], guest["cpus"], frames(stats)[1]) != (mib, cpus, before[1]):
                bad.append(f"turn {turn}: {guest} {frames(stats)}")
        ended, also = driver.ctl("destroy turn")
        if status or ended or "turn" in states(driver):
            bad.append(f"turn {turn}: {said} {also}")
    suite.check(not bad, f"create from a file and destroy: {TURNS} times", "; ".join(bad[:3]))
    after = frames(driver.data("stats"))
    suite.check(after == before, "create from a file and destroy: the same frames are free", f"{before}, then {after}")
    left = [name for _, _, names in os.walk(files.share) for name in names]
    suite.check(not left, "what was compiled is removed once it was read", str(left))


def check_rooms(suite, driver, files):
    """Two rooms are two guests; names, stop and start, the keyboard."""
    one, two, three = (files.describe(name) for name in ("one", "two", "three"))
    said = driver.run([driver.options.make, "-s", "ctl", f"CMD=create {one}"])
    suite.check(said[0] == 0 and "guest 'one' is created in room 'small': 4 MiB, 1 CPU" in said[1], "make ctl: create FILE.dts",
                said[1])
    suite.check(driver.ctl(f"create {two}")[0] == 0 and states(driver) == {"beat": "running", "one": "running", "two": "running"},
                "a second one comes into the second room")
    status, said = driver.ctl(f"create {three}")
    suite.check(status == 1 and "no room is empty" in said, "a third one finds no room", said)
    suite.check(driver.console.wait("two", r"^beat 2\b", 60), "a guest in a room beats, under its own name")
    suite.check(driver.ctl("stop one")[0] == 0 and states(driver).get("one") == "off", "stop: it stays in its room")
    suite.check(driver.ctl("start one")[0] == 0, "start: from what was read when it was created")
    suite.check(driver.ctl("destroy one")[0] == 0 and "one" not in states(driver), "destroy: it leaves its room")
    suite.check(driver.ctl("start one")[0] == 2, "and has no name any more")
    suite.check(driver.ctl(f"create {three}")[0] == 0 and states(driver).get("three") == "running", "another one takes its room")
    status, said = driver.ctl(f"create {three}")
    suite.check(status == 1, "a name that is there is refused", said)
    for name in ("two", "three"):
        driver.ctl(f"destroy {name}")


def check_refusals(suite, driver, files):
    before = frames(driver.data("stats"))
    disk = '\t\t\tdisk {{ file = "{images}/../boot/rooms/small/away.img"; }};\n'
    with open(f"{files.share}/small/away.img", "wb") as file:
        file.truncate(DISK_BYTES)
    for what, path, word in (
            ("too much memory", files.describe("greedy", 512), "wants 512 MiB of memory, and room 'large' has 192"),
            ("a network that the room lacks", files.describe("joined", more="\t\t\tnet {{ network = <&inner>; }};\n"),
             "on network 'inner', which room 'large' is not"),
            ("a disk elsewhere", files.describe("elsewhere", more=disk), "is not in the folder 'large' of room 'large'"),
            ("a name that is there", files.describe("beat"), "there is a guest 'beat' already"),
            ("a description that is wrong", files.describe("odd", 3), "error[SYS-021]")):
        status, said = driver.ctl(f"create {path}")
        suite.check(status == 1 and word in said, f"refused: {what}", f"{status}: {said}")
    os.remove(f"{files.share}/small/away.img")
    answer = driver.data(f"create {files.describe('odd', 3)}")
    suite.check(not answer["ok"] and "error[SYS-021]" in " ".join(answer.get("said", [])), "refused: as JSON", str(answer))
    whole = files.compile(files.describe("whole"), "whole.guest")
    data = open(whole, "rb").read()
    broken = {"cut.guest": data[:-4096], "odd.guest": data[:-7], "crc.guest": data[:-4000] + b"?" + data[-3999:],
              "head.guest": b"?" + data[1:], "empty.guest": b""}
    for name, content in broken.items():
        with open(f"{files.share}/{name}", "wb") as file:
            file.write(content)
    os.symlink("whole.guest", f"{files.share}/link.guest")
    for name, word in (("cut.guest", "is cut short"), ("odd.guest", "it cannot be read"), ("head.guest", "no bundle header"),
                       ("crc.guest", "damaged file 'heartbeat.bin'"), ("empty.guest", "it cannot be read"),
                       ("link.guest", "it cannot be read"), ("none.guest", "it cannot be read"), ("small", "there is no guest"),
                       ("./small", "'..'"), ("../boot/rooms/whole.guest", "'..'"), ("/etc/passwd", "a path is relative")):
        status, said = driver.ctl(f"create {name}")
        suite.check(status in (1, 2) and word in said, f"refused: {name}", f"{status}: {said}")
    suite.check(driver.console.wait("septum", "file 'none.guest': .* there is no such file", 5), "the block server's line says why")
    suite.check(frames(driver.data("stats")) == before, "refused: the same frames are free")
    suite.check(driver.ctl("create whole.guest memory-mib=8")[0] == 0 and driver.ctl("destroy whole")[0] == 0,
                "what is whole is created, at another size")
    for name in (*broken, "whole.guest", "link.guest"):
        os.remove(f"{files.share}/{name}")


def large_guest(files):
    """A Linux with a disk: 40 MiB to be read."""
    with open(f"{files.share}/large/data.img", "wb") as file:
        file.write(os.urandom(DISK_BYTES))
    return files.describe("linux", 160, 1, '\t\t\tkernel = "{images}/Image";\n\t\t\tinitrd = "{images}/guest-virtio.cpio.gz";\n'
                          '\t\t\tbootargs = "console=ttyS0 septum.name=linux";\n'
                          '\t\t\tdisk {{ file = "{images}/../boot/rooms/large/data.img"; read-only; }};\n'
                          '\t\t\tnet {{ network = <&lan>; }};\n')


def check_killed(suite, driver, files):
    """The block server ends amid the reading: it is started again, and the guest comes; its disk is the room's file."""
    before = frames(driver.data("stats"))
    files.compile(large_guest(files), "linux.guest")
    driver.console.child.send("\x1dc")
    driver.console.pump(0.3)
    driver.console.child.send("create linux.guest\r")
    suite.check(driver.console.wait("septum", "'linux.guest' is being read", 10), "at the prompt: it is being read")
    driver.console.child.send("kill block\r")
    suite.check(driver.console.wait("septum", "the block server was started again", 30), "the block server ends meanwhile")
    suite.check(driver.console.wait("septum", "was started again\n(.*\n)*guest 'linux' is created in room 'large'", 120),
                "and the guest comes all the same")
    driver.console.child.send("console linux\r")
    suite.check(driver.console.wait("linux", "linux:~# ", BOOT_SECONDS), "Linux has its shell")
    match = driver.console.command("linux", "cat /sys/block/vda/size; ls /sys/class/net; echo end-$((1+1))", "^end-2", 60)
    said = driver.console.said("linux")
    suite.check(match and re.search(rf"^{DISK_BYTES // 512}$", said, re.M) and "eth0" in said, "with its disk and its network device", said[-300:])
    suite.check(driver.ctl("destroy linux")[0] == 0, "and goes")
    driver.ctl("create linux.guest")
    driver.ctl("destroy linux")
    after = frames(driver.data("stats"))
    driver.ctl("create linux.guest")
    driver.ctl("destroy linux")
    suite.check(frames(driver.data("stats")) == after and after[1] == before[1], "the same frames are free",
                f"{before}, {after}, {frames(driver.data('stats'))}")


def drive(suite, driver, files):
    console = driver.console
    if not suite.check(console.wait("beat", r"^beat 1\b", 180), "the guest runs"):
        return
    suite.check("2 rooms for guests at run time" in console.said("septum", everything=True), "the rooms are told of")
    suite.check(states(driver) == {"beat": "running"}, "rooms are empty, and not in the list")
    check_turns(suite, driver, files)
    check_rooms(suite, driver, files)
    check_refusals(suite, driver, files)
    check_killed(suite, driver, files)
    suite.check(driver.ctl("quit")[0] == 0, "quit")
    suite.check(console.wait_end(20) == 0, "the machine is off")
    links = [name for name in os.listdir(f"{driver.options.build}/ctl") if re.match(r"rooms-\d+\.share", name)]
    suite.check(not links, "nothing is left beside the socket", str(links))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("create")
    files = Files(options)
    # One hart, as in ctl.py.
    console = Console([options.make, "qemu", "SYSTEM=tests/boot/rooms.dts", "HARTS=1", "MEMORY=768M"],
                      f"{options.build}/boot/create.log")
    try:
        drive(suite, Driver(options, console), files)
    finally:
        console.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
