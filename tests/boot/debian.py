#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Two whole Debian guests on one disk image: a login, Python, a file that outlives a reboot, a copy between them."""

import argparse
import hashlib
import os
import sys

from console import Console
from voices import Suite

GUESTS = {"one": "10.0.0.1", "two": "10.0.0.2"}
BOOT_SECONDS = 400  # of two guests, on a busy machine
SECONDS = 90
DISK = "setup/debian-disk/root.img"
BYTES = 4 << 20
FETCH = (f"import hashlib, urllib.request as r; d = r.urlopen('http://{GUESTS['one']}:8000/copy').read(); "
         "print(len(d), hashlib.sha256(d).hexdigest())")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ask(console, name, text, pattern, seconds=SECONDS):
    console.focus(list(GUESTS).index(name) + 1)
    return console.command(name, text, pattern, seconds)


def login(suite, console, name):
    console.focus(list(GUESTS).index(name) + 1)
    there = console.wait(name, rf"^{name} login: ", BOOT_SECONDS)
    if not suite.check(there, f"{name}: asks for a login"):
        return False
    console.command(name, "root", "Password: ", SECONDS)
    suite.check(console.command(name, "wrong", rf"(?s)Login incorrect.*{name} login: ", SECONDS), f"{name}: refuses a wrong password")
    console.command(name, "root", "Password: ", SECONDS)
    there = suite.check(console.command(name, "septum", rf"root@{name}:~# ", SECONDS), f"{name}: lets root in")
    # Lest the shell's escape sequences and wrapped lines stand before its answers.
    return there and console.command(name, "bind 'set enable-bracketed-paste off'; stty cols 400; echo set-$((1+1))", "set-2$", SECONDS)


def check_system(suite, console, name):
    asked = ask(console, name, ". /etc/os-release; echo $ID-$VERSION_ID-$(findmnt -no FSTYPE,SOURCE / | tr -s ' ' -)", "^debian-13-.*$")
    suite.check(asked and asked[0] == "debian-13-ext4-/dev/vda", f"{name}: is Debian 13 on ext4", asked and asked[0])
    asked = ask(console, name, "python3 -c 'import sys, json; print(json.dumps([sys.version_info[0], 6 * 7]))'", r"^\[3, 42\]$")
    suite.check(asked, f"{name}: runs Python")
    asked = ask(console, name, "echo half-$(dpkg -l | sed 1,5d | grep -vc '^ii')-$(dpkg --audit | wc -l)", r"^half-(\d+)-(\d+)$")
    suite.check(asked and asked[0] == "half-0-0", f"{name}: every package is installed, dpkg has no complaint", asked and asked[0])


def check_network(suite, console):
    for name, other in (("one", "two"), ("two", "one")):
        asked = ask(console, name, f"ping -c 3 {GUESTS[other]}", "3 packets transmitted, 3 received")
        suite.check(asked, f"{name}: pings {other}", console.said(name))
    made = ask(console, "one", f"cd /tmp; head -c {BYTES} /dev/urandom >copy; sha256sum copy", "^([0-9a-f]{64})  copy")
    ask(console, "one", "python3 -m http.server >/dev/null 2>&1 &", "one:/tmp# ")
    ask(console, "one", "until (: </dev/tcp/127.0.0.1/8000) 2>/dev/null; do sleep 1; done; echo serves-$((1+1))", "^serves-2")
    got = ask(console, "two", f'python3 -c "{FETCH}"', rf"^{BYTES} ([0-9a-f]{{64}})")
    suite.check(made and got and made[1] == got[1], f"two: has the {BYTES >> 20} MiB that one serves", console.said("two"))


def check_reboot(suite, console):
    for name in GUESTS:
        suite.check(ask(console, name, f"echo of-{name} >~/kept; sync; echo kept-$((1+1))", "^kept-2"), f"{name}: writes a file")
    suite.check(ask(console, "one", "reboot", "reboot: Restarting system"), "one: goes down to boot again")
    if login(suite, console, "one"):
        asked = ask(console, "one", "cat ~/kept", "^of-.*$")
        suite.check(asked and asked[0] == "of-one", "one: has its file after a reboot", asked and asked[0])
    asked = ask(console, "two", "cat ~/kept", "^of-.*$")
    suite.check(asked and asked[0] == "of-two", "two: has its own", asked and asked[0])


def drive(suite, console):
    console.focus(1)
    if not all([login(suite, console, name) for name in GUESTS]):
        return
    for name in GUESTS:
        check_system(suite, console, name)
    check_network(suite, console)
    check_reboot(suite, console)
    for name in GUESTS:
        suite.check(ask(console, name, "poweroff", "reboot: Power down"), f"{name}: goes down")
    status = console.wait_end(SECONDS)
    suite.check(status == 0, "the machine is off once both guests are", f"status {status}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    suite = Suite("debian")
    folder, disk = f"{options.build}/boot/debian", f"{options.build}/{DISK}"
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    before = digest(disk) if os.path.exists(disk) else None
    console = Console([options.make, "qemu", "SYSTEM=tests/boot/debian.dts"], f"{options.build}/boot/debian.log")
    try:
        drive(suite, console)
    finally:
        console.close()
    suite.check(before and digest(disk) == before, "the image below them is what it was")
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
