#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Debian guests on networks: they ping and copy, hear nothing of another network, and outlive the net server's end."""

import argparse
import os
import re
import subprocess
import sys
import tempfile

from console import PREFIX_KEY, Console
from debugger import PC, Debugger, Program
from voices import Suite

GUESTS = ("one", "two", "apart")
BOOT_SECONDS = 240
COPY_SECONDS = 400
FILE_MIB = 8  # made once and sent several times: a guest's memory is small
MIB = 1 << 20


def shell(console, name, text, pattern, seconds=60):
    """A line for that guest's shell, once it asks for one; the match in what it answers."""
    console.focus(GUESTS.index(name) + 1)
    return console.command(name, text, pattern, seconds)


def check_boot(suite, console):
    up = [suite.check(console.wait(name, rf"{name}:~# ", BOOT_SECONDS), f"{name}: has its shell") for name in GUESTS]
    return all(up)


def check_pings(suite, console):
    for name, address in (("one", "10.0.0.2"), ("two", "10.0.0.1"), ("apart", "10.1.0.2"), ("two", "10.1.0.3")):
        answer = shell(console, name, f"ping -c 3 {address}", r"3 packets transmitted, 3 packets received", 60)
        suite.check(answer, f"{name}: pings {address}", console.said(name))


def received(console, name):
    """Packets that the guest's eth0 has received, by its kernel."""
    match = shell(console, name, "cat /sys/class/net/eth0/statistics/rx_packets", r"^(\d+)$")
    return int(match[1]) if match else -1


def check_apart(suite, console):
    """With an address of the other network, and asking everybody, it reaches nobody there, and nobody reaches it."""
    shell(console, "apart", "ip addr add 10.0.0.3/24 dev eth0; echo set-$((1+1))", "^set-2")
    shell(console, "two", "ip link set eth1 down; echo set-$((1+1))", "^set-2")  # the one neighbour that it has
    before = received(console, "apart")
    suite.check(shell(console, "one", "ping -c 2 -W 2 10.0.0.3", "2 packets transmitted, 0 packets received"),
                "one: does not reach the guest on the other network", console.said("one"))
    suite.check(shell(console, "apart", "ping -c 2 -W 2 10.0.0.1", "2 packets transmitted, 0 packets received"),
                "apart: does not reach the other network", console.said("apart"))
    after = received(console, "apart")
    suite.check(0 <= before == after, "apart: hears no frame of it", f"{before}, then {after}")
    shell(console, "two", "ip link set eth1 up; echo set-$((1+1))", "^set-2")


def check_address(suite, console):
    """A guest that takes another address is not heard until it has its own again."""
    own = shell(console, "one", "cat /sys/class/net/eth0/address", r"^([0-9a-f:]{17})$")
    shell(console, "one", "ip link set eth0 address 02:00:00:00:00:77; echo set-$((1+1))", "^set-2")
    suite.check(shell(console, "one", "ping -c 2 -W 1 10.0.0.2", "2 packets transmitted, 0 packets received"),
                "one: is not heard with an address that is not its own", console.said("one"))
    shell(console, "one", f"ip link set eth0 address {own[1] if own else ''}; echo set-$((1+1))", "^set-2")
    suite.check(shell(console, "one", "ping -c 2 10.0.0.2", "2 packets transmitted, 2 packets received"),
                "one: is heard again with its own", console.said("one"))


def begin_copy(console, times):
    """The receiver waits, and counts: busybox's nc ends no connection. The sender's digest of what it is to send."""
    shell(console, "two", f"nc -l -p 99 | head -c {FILE_MIB * times * MIB} | sha256sum &", r"two:~# ")
    made = f"head -c {FILE_MIB * MIB} /dev/urandom >/tmp/f && file() {{ for i in $(seq {times}); do cat /tmp/f; done; }}"
    shell(console, "one", f"{made} && wc -c </tmp/f", rf"^{FILE_MIB * MIB}$", COPY_SECONDS)
    digest = shell(console, "one", "file | sha256sum", r"^([0-9a-f]{64})  -", COPY_SECONDS)
    return digest[1] if digest else None


def check_copy(suite, console, times):
    """While it lasts, a guest of another network is answered by the receiver: the flood leaves others their share."""
    digest = begin_copy(console, times)
    console.mark()
    begun = console.start
    console.keys("file | nc -w 5 10.0.0.2 99\r")
    answer = shell(console, "apart", "ping -c 5 -W 5 10.1.0.2", r"5 packets transmitted, (\d) packets received")
    suite.check(answer and answer[1] == "5", "apart: is answered by a guest that another floods", console.said("apart"))
    console.start = begun
    got = console.wait("two", r"([0-9a-f]{64})  -", COPY_SECONDS)
    suite.check(digest and got and got[1] == digest, f"two: has the {FILE_MIB * times} MiB that one sent",
                f"{digest}, {got and got[1]}")


def check_stats(suite, console):
    console.mark()
    console.child.send(PREFIX_KEY + "c")
    console.pump(0.5)
    console.child.send("stats\r")
    console.wait("septum", r"MiB are free", 20)
    said = console.said("septum")
    rows = re.findall(r"device \d, net: (\d+) packets out, \d+ bytes out, (\d+) packets in, .* (\d+) errors$", said, re.M)
    suite.check(len(rows) == 4 and all(int(out) and int(into) for out, into, _ in rows), "stats: each net's counters", said)
    suite.check(rows and int(rows[0][2]) > 0, "stats: what one sent under another address is an error", said)
    suite.check(console.child.send("exit\r"), "stats: the prompt is left")


def check_lives(suite, console):
    """A guest that is reset has its net again; the other one stays."""
    console.mark()
    console.focus(1)
    console.child.send(PREFIX_KEY + "r")
    # The last prompt of the life before is shown again as the focus changes.
    suite.check(console.wait("one", r"(?s)^one: Linux .*^one:~# ", BOOT_SECONDS), "one: boots again after a reset")
    suite.check(shell(console, "two", "ping -c 3 10.0.0.1", r"3 packets transmitted, 3 packets received"),
                "one: is reached again after a reset", console.said("two"))


def drive(suite, console, options):
    if not check_boot(suite, console):
        return
    check_pings(suite, console)
    check_apart(suite, console)
    check_address(suite, console)
    check_copy(suite, console, max(options.mib // FILE_MIB, 1))
    check_stats(suite, console)
    check_lives(suite, console)
    console.child.send(PREFIX_KEY + "q")
    status = console.wait_end(30)
    suite.check(status == 0, "quit: the machine is off", f"status {status}")


def drive_end(suite, console, path, net):
    if not check_boot(suite, console):
        return
    digest = begin_copy(console, 2)
    console.mark()
    begun = console.start
    console.keys("file | nc -w 5 10.0.0.2 99\r")
    console.pump(1)
    debugger = Debugger(path)
    debugger.run_to(net, net.symbol["switch_serve"])
    debugger.set_register(PC, 0)
    debugger.leave()
    told = console.wait("septum", r"the net server faulted: cause 12 at pc 0x0", 30)
    suite.check(told, "net server: its fault is told", console.said("septum"))
    suite.check(console.wait("septum", "the net server was started again", 30), "net server: is started again")
    got = console.wait("two", r"([0-9a-f]{64})  -", COPY_SECONDS)
    suite.check(digest and got and got[1] == digest, "two: the copy goes on, and has the right digest",
                f"{digest}, {got and got[1]}")
    console.start = begun


def boot_end(suite, options):
    """The net server's end, in a machine of one hart, with a debugger."""
    home = tempfile.TemporaryDirectory()  # a socket's path must be short
    path = f"{home.name}/gdb"
    net = Program(f"{options.build}/servers/net/net.elf", options.cross)
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory", "640M",
               "--initrd", f"{options.build}/bundles/platform_qemu_net.bundle",
               "--extra", f"-chardev socket,path={path},server=on,wait=off,id=gdb -gdb chardev:gdb"]
    console = Console(command, f"{options.build}/boot/net-end.log")
    try:
        drive_end(suite, console, path, net)
    except TimeoutError as late:
        suite.check(False, "net server: the machine answers in time", str(late))
    finally:
        console.close()
        home.cleanup()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--cross", required=True, help="prefix of the target's binutils")
    parser.add_argument("--mib", type=int, default=16, help="how much is copied")
    parser.add_argument("--part", choices=("guests", "end"), help="one of the two machines only")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    subprocess.run([options.make, "bundle", "SYSTEM=platform/qemu/net.dts", "MEMORY=640M"], stdout=subprocess.DEVNULL,
                   check=True)
    suite = Suite("net")
    if options.part != "end":
        console = Console([options.make, "qemu", "SYSTEM=platform/qemu/net.dts", "HARTS=2", "MEMORY=640M"],
                          f"{options.build}/boot/net.log")
        try:
            drive(suite, console, options)
        finally:
            console.close()
    if options.part != "guests":
        boot_end(suite, options)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
