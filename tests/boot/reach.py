#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Somebody speaks through each kind of server (tests/hostile/reach): he tries every call with every capability and on every
frame, and what the kernel let through must be what docs/security-model.md says, no more and no less. What his address
space reaches is read from his page tables. Everybody else's memory stays as in its file, and guests run on.
"""

import argparse
import os
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "hostile"))

from console import Console
from hashes import PAGE, Ram, Watch
from reach_expected import CLIENTS, GUESTS, MS, SLOTS, expected, requester
from reach_scene import MAGIC, Finding, Scene, unlike
from tables import Tables
from voices import Suite, check_beats

MEMORY = 256 << 20
SECONDS = 120
BEATS = 4
COUNTED = ("devices", "drivers")  # so that the manager's patience is one of instructions; not where a disk is really served
SYSTEMS = {"drivers": "tests/boot/reach-drivers.dts"}
EXITS_AT, EXITS_TIMER = 160, 0  # include/septum/proto.h, struct console_ring


class Machine:
    def __init__(self, options, folder, suite):
        self.suite, self.label, home = suite, folder, f"{options.build}/boot/reach"
        servers, bundle = f"{options.build}/tests/hostile/reach-{folder}", f"{home}/{folder}.bundle"
        os.makedirs(home, exist_ok=True)
        with open(f"{home}/disk.img", "wb") as file:
            file.write(bytes(1 << 20))
        system = SYSTEMS.get(folder, "tests/boot/reach.dts")
        config = [sys.executable, "src/tools/septum-config"]
        subprocess.run([*config, "bundle", system, "--servers", servers, "-o", bundle, "--memory", "256M", "--harts", "1",
                        "--h", "on"], stdout=subprocess.DEVNULL, check=True)
        devices = subprocess.run([*config, "devices", system], capture_output=True, text=True, check=True).stdout
        self.ram = Ram(MEMORY)
        self.watch = Watch(self.ram, options.build, bundle, GUESTS, servers)
        self.console = Console(["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory",
                                "256M", "--initrd", bundle, "--share", home, "--devices", devices.strip(), "--disk",
                                f"{home}/disk.img", "--icount", "on" if folder in COUNTED else "off",
                                "--extra", self.ram.arguments()],
                               f"{options.build}/boot/reach-{folder}.log")

    def check(self, good, what, detail=""):
        return self.suite.check(good, f"{self.label}: {what}", detail)

    def findings(self):
        """{name: Finding} of those that have begun."""
        found, at = {}, self.ram.bytes.find(MAGIC)
        tables = Tables(self.watch.kernel) if self.watch.kernel.find() else None
        while at >= 0 and tables:
            domain = tables.owner(0x80000000 + at)
            if at % PAGE == 0 and domain in self.watch.kernel.servers():
                finding = Finding(bytes(self.ram.bytes[at:at + PAGE]), domain)
                found[finding.name] = finding
            at = self.ram.bytes.find(MAGIC, at + 1)
        return found

    def wait(self, good, seconds=SECONDS):
        """Until good() is true; what it was last."""
        deadline = time.monotonic() + seconds
        while not (result := good()) and time.monotonic() < deadline:
            self.console.pump(0.5)
        return result

    def turned(self, names, more):
        """All of those have finished so many more rounds."""
        before = {name: f.turns for name, f in self.findings().items()}

        def good():
            now = self.findings()
            return all(name in now and now[name].turns >= before.get(name, 0) + more for name in names)

        return self.check(self.wait(good), f"{', '.join(names)}: every call was tried", f"{before}")

    def close(self):
        self.console.close()
        self.ram.close()


def check_one(machine, scene, finding):
    found, wanted = scene.reach(finding), expected(machine.label, finding.name)
    for field, what in (("calls", "calls pass, with just the capabilities it has"), ("memory", "pages of others' memory are reached"),
                        ("registers", "pages of registers are reached"), ("dma", "pages are reached by its device")):
        good, wrong = getattr(wanted, field), unlike(getattr(found, field), getattr(wanted, field))
        machine.check(not wrong, f"{finding.name}: {len(good)} {what}", wrong)
    limits = ", ".join(f"{budget // MS} of each {period // MS} ms" for budget, period in wanted.time) or "no limit"
    machine.check(found.time == wanted.time, f"{finding.name}: its time has {limits}", f"{found.time}")
    strays = scene.tables.strays(finding.domain)
    machine.check(not strays, f"{finding.name}: the kernel's half of its tables is the kernel's", " ".join(strays[:3]))
    had = scene.had(finding)
    machine.check(finding.tried >= 64 and not had, f"{finding.name}: of {finding.tried} frames that were tried it can have none", had)


def check_all(machine, names):
    machine.watch.look()
    machine.watch.look()
    found = machine.findings()
    whose = {domain: kept[0] for domain, kept in machine.watch.kept.items()}
    scene = Scene(machine.watch.kernel, whose | {finding.domain: name for name, finding in found.items()})
    for name in names:
        check_one(machine, scene, found[name])
    return scene


def check_begun(machine, servers):
    """The guests run although nothing serves them; no server of devices got at the kernel in its first life."""
    for name in GUESTS:
        machine.check(machine.console.wait(name, r"^beat 1\b", SECONDS), f"'{name}' runs", machine.console.said("septum"))
    for name in servers:
        told = machine.console.wait("septum", rf"the {name} server faulted: cause 13 at .*, address 0x6000000000$", 5)
        machine.check(told, f"{name}: cannot read the kernel's memory")


def check_guests(machine):
    for name in GUESTS:
        machine.console.wait(name, rf"^beat {BEATS}\b", SECONDS)
        check_beats(machine.suite, name, machine.console.said(name, everything=True).split("\n"), BEATS)
    machine.check("cannot" not in machine.console.said("septum", everything=True), "no other trouble",
                  machine.console.said("septum", everything=True))


def check_devices(machine):
    """The servers of the devices, and the pci server, which is stopped before any guest runs."""
    servers = tuple(CLIENTS["devices"])
    check_begun(machine, servers)
    before = machine.findings()
    if not machine.turned(servers, 2):
        return
    after = machine.findings()
    machine.check(after["pci"].turns > 0 and after["pci"].alive == before["pci"].alive, "pci: runs no more",
                  f"{before['pci'].alive}, then {after['pci'].alive}")
    check_all(machine, (*servers, "pci"))
    check_guests(machine)


def check_drivers(machine):
    """All servers of devices, whose devices are there, and the auditor."""
    servers = tuple(CLIENTS["drivers"])
    check_begun(machine, servers)
    if not machine.turned((*servers, "auditor"), 2):
        return
    leading = set(check_all(machine, (*servers, "auditor")).tables.leading())
    machine.check(leading == {requester(name) for name in SLOTS}, "no other device reaches anything", f"{leading}")
    check_guests(machine)


def timer_exits(machine, tables, finding):
    """{guest: timer calls that its monitor has served}, by the rings that the console has."""
    found = {}
    for page in (machine.ram.read(machine.watch.kernel.frame(n), PAGE) for n, f in enumerate(tables.frames)
                 if f.borrower == finding.domain):
        name = page[128:160].split(b"\0", 1)[0].decode("ascii", "replace")
        if name in GUESTS:
            found[name] = int.from_bytes(page[EXITS_AT + 8 * EXITS_TIMER:][:8], "little")
    return found


def check_console(machine):
    """Nobody shows what guests say, so their life is seen in the rings: each beat is a call for the timer."""
    if not machine.turned(("console",), 2):
        return
    tables, finding = Tables(machine.watch.kernel), machine.findings()["console"]
    before = timer_exits(machine, tables, finding)

    def beaten():
        now = timer_exits(machine, tables, finding)
        return all(now.get(name, 0) >= before.get(name, 0) + 3 for name in GUESTS)

    machine.check(machine.wait(beaten), "the guests beat on", f"{before}, {timer_exits(machine, tables, finding)}")
    check_all(machine, ("console",))


def check_monitors(machine):
    if not machine.turned(GUESTS, 2):
        return
    check_all(machine, GUESTS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("folders", nargs="*", default=["devices", "drivers", "console", "monitor"])
    options = parser.parse_args()
    suite = Suite("reach")
    for folder in options.folders:
        machine = Machine(options, folder, suite)
        try:
            {"devices": check_devices, "drivers": check_drivers, "console": check_console, "monitor": check_monitors}[folder](machine)
            machine.watch.prove()
            machine.watch.end(suite, folder, GUESTS)
        finally:
            machine.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
