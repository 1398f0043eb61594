#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Debian guests reach the world outside by the machine's network device, and have chance of its entropy device."""

import argparse
import hashlib
import os
import re
import socket
import subprocess
import sys
import threading

from console import PREFIX_KEY, Console
from voices import Suite, voices

GUESTS = ("one", "two")
SYSTEM = "platform/qemu/uplink.dts"
GATEWAY = "10.0.2.2"  # of QEMU's user network: it answers itself, and is this host's 127.0.0.1 for TCP
BOOT_SECONDS, COPY_SECONDS, LACK_SECONDS = 240, 200, 60
MIB = 1 << 20
CHANCE = 65536  # bytes of the entropy device


def shell(console, name, text, pattern, seconds=60):
    """A line for that guest's shell, once it asks for one; the match in what it answers."""
    console.focus(GUESTS.index(name) + 1)
    return console.command(name, text, pattern, seconds)


class Host:
    """Somebody outside: takes so many bytes of who connects, and gives as many others."""

    def __init__(self, count):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.given, self.taken, self.count = os.urandom(count), hashlib.sha256(), count
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.socket.accept()
        with connection:
            left = self.count
            while left and (data := connection.recv(min(left, 65536))):
                self.taken.update(data)
                left -= len(data)
            connection.sendall(self.given)

    def close(self):
        self.thread.join(1)
        self.socket.close()


def check_pings(suite, console):
    for name, address in (("one", GATEWAY), ("two", GATEWAY), ("one", "10.0.2.16")):
        answer = shell(console, name, f"ping -c 3 {address}", r"3 packets transmitted, 3 packets received")
        suite.check(answer, f"{name}: pings {address}", console.said(name))


def check_copy(suite, console, mib):
    """The guest sends by large packets, which the uplink cuts; what comes back comes as frames."""
    host = Host(mib * MIB)
    made = shell(console, "one", f"head -c {mib * MIB} /dev/urandom >/tmp/f; sha256sum /tmp/f", r"^([0-9a-f]{64})  /tmp/f", 120)
    got = shell(console, "one", f"nc {GATEWAY} {host.port} </tmp/f | head -c {mib * MIB} | sha256sum", r"^([0-9a-f]{64})  -",
                COPY_SECONDS)
    suite.check(made and made[1] == host.taken.hexdigest(), f"outside: has the {mib} MiB that one sent", f"{made}")
    suite.check(got and got[1] == hashlib.sha256(host.given).hexdigest(), f"one: has the {mib} MiB that it was sent", f"{got}")
    host.close()


def check_entropy(suite, console):
    """The guest's kernel has the device, and what it gives cannot be packed, nor is it the same twice."""
    suite.check(shell(console, "one", "cat /sys/class/misc/hw_random/rng_current", r"^virtio_rng"), "one: has an entropy device",
                console.said("one"))
    packed = shell(console, "one", f"head -c {CHANCE} /dev/hwrng >/tmp/r; gzip -c /tmp/r | wc -c", r"^(\d{5,})$", 120)
    suite.check(packed and int(packed[1]) > CHANCE, "one: its bytes are of all kinds", f"{packed and packed[1]} bytes packed")
    digests = {shell(console, "one", "head -c 32 /dev/hwrng | sha256sum", r"^([0-9a-f]{64})  -")[1] for _ in range(3)}
    suite.check(len(digests) == 3, "one: none twice", f"{digests}")
    ended = shell(console, "two", "cat /sys/class/misc/hw_random/rng_available; echo set-$((1+1))", r"^set-2")
    suite.check(ended and "virtio_rng" not in console.said("two"), "two: has none", console.said("two"))


def prompt(console, text, pattern):
    console.mark()
    console.child.send(PREFIX_KEY + "c")
    console.pump(0.5)
    console.child.send(f"{text}\r")
    match = console.wait("septum", pattern, 20)
    console.child.send("exit\r")
    return match


def check_servers(suite, console):
    """Servers that are started again: guests go on."""
    for name in ("uplink", "entropy", "net"):
        suite.check(prompt(console, f"kill {name}", f"the {name} server was started again"), f"{name}: is started again",
                    console.said("septum"))
    suite.check(shell(console, "two", f"ping -c 3 {GATEWAY}", r"3 packets transmitted, 3 packets received"),
                "two: still reaches the world outside", console.said("two"))
    suite.check(shell(console, "one", "head -c 8192 /dev/hwrng | wc -c", r"^8192$"), "one: still has entropy",
                console.said("one"))
    said = prompt(console, "stats", r"MiB are free") and console.said("septum")
    suite.check(said and re.search(r"device \d, entropy: [1-9]\d* bytes$", said, re.M), "stats: the entropy device's bytes", said)
    suite.check(said and re.search(r"uplink of network 'outside': [1-9]\d* packets out, .* [1-9]\d* packets in, ", said),
                "stats: the uplink's packets", said)


def drive(suite, console, options):
    up = [suite.check(console.wait(name, rf"{name}:~# ", BOOT_SECONDS), f"{name}: has its shell") for name in GUESTS]
    if not all(up):
        return
    said = console.said("septum", everything=True)
    for number, name in (("01.0", "entropy"), ("02.0", "uplink")):
        suite.check(f"IOMMU: device 00:{number} is the {name} server's" in said, f"{name}: its device is behind the IOMMU", said)
    check_pings(suite, console)
    check_copy(suite, console, options.mib)
    check_entropy(suite, console)
    check_servers(suite, console)
    suite.check("DMA refused" not in console.said("septum", everything=True), "no device reached for what is not its own")
    console.child.send(PREFIX_KEY + "q")
    suite.check(console.wait_end(30) == 0, "quit: the machine is off")


def check_refused(suite, options, what, pattern, *machine):
    """A machine that lacks something: the guests do not start, and it is said why."""
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--memory", "512M",
               "--initrd", f"{options.build}/bundles/platform_qemu_uplink.bundle", *machine]
    console = Console(command, f"{options.build}/boot/uplink-refused.log")
    try:
        suite.check(console.wait("septum", pattern, LACK_SECONDS), f"{what}: is told", console.said("septum", everything=True))
        suite.check("one" not in voices(console.raw), f"{what}: no guest starts")
    finally:
        console.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--mib", type=int, default=4, help="how much is copied each way")
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    subprocess.run([options.make, "bundle", f"SYSTEM={SYSTEM}", "MEMORY=512M"], stdout=subprocess.DEVNULL, check=True)
    suite = Suite("uplink")
    check_refused(suite, options, "no network device", "'two' has a net device, but the machine has no network device")
    check_refused(suite, options, "no IOMMU", "'two' has a net device, but the machine's network device does DMA and no IOMMU",
                  "--iommu", "off", "--devices", "entropy uplink")
    console = Console([options.make, "qemu", f"SYSTEM={SYSTEM}", "HARTS=2", "MEMORY=512M"], f"{options.build}/boot/uplink.log")
    try:
        drive(suite, console, options)
    finally:
        console.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
