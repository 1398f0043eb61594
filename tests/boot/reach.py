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
import re
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "hostile"))

from console import Console
from hashes import PAGE, Ram, Watch
from tables import Tables
from voices import Suite, check_beats

GUESTS = ("one", "two")
MEMORY = 256 << 20
GUEST_BYTES = 16 << 20
SECONDS = 120
COUNTED = {"devices": "on"}  # so that the manager's patience is one of instructions; not where a disk is really served
MAGIC = b"septum reach\x5a\0\0\0"
NAME_BYTES, FRAME_CALLS, CALLS, CAPS = 32, 6, 64, 160  # tests/hostile/reach/reach.h
CALL_WORDS = (CAPS + 63) // 64
PROTECT = 1
EXITS_AT, EXITS_TIMER = 160, 0  # include/septum/proto.h, struct console_ring

# The calls of include/septum/abi.h that take a domain's capability with CAP_MEMORY, or need the system's.
MEMORY_CALLS = ("FRAME_GIVE", "FRAME_LEND", "FRAME_REVOKE", "FRAME_RELEASE", "SPACE_ROOT", "SPACE_TABLE", "SPACE_UNTABLE",
                "SPACE_MAP", "SPACE_UNMAP", "SPACE_SPLIT", "SPACE_PROTECT")
LINK, RING, BAR = 0x2f000000, 0x30000000, 0x28000000  # include/septum/device.h, link.h, proto.h
CONSOLE_UART, GUEST_AT = 0x20000000, 0x1080000000
CONFIG_AT, REGISTERS_AT, UART_AT = 0x30008000, 0x40000000, 0x10000000  # QEMU's: slot 1's configuration space, …


def call_numbers():
    """{name: number} of the kernel's calls."""
    with open("include/septum/abi.h", encoding="utf-8") as file:
        listing = re.search(r"enum septum_call \{(.*?)\};", file.read(), re.S)[1]
    return {name: int(number) for name, number in re.findall(r"^\tSEPTUM_(\w+) = (\d+),", listing, re.M)}


def pages(va, count, owner):
    """{va: owner} of pages in a row."""
    return {va + i * PAGE: owner for i in range(count)}


def rings(count, stride, clients):
    return {va: owner for c, owner in enumerate(clients) for va, owner in pages(RING + stride * c, count, owner).items()}


# Of each: {call: slots that pass}, {va: whose memory beside its own}, {va: device}. The calls on memory pass for its own
# domain (slot 0) and those named.
def expected(name):
    if name == "block":
        return ({"NOTIFY": {1, 16}, "IRQ_ACK": {4}}, pages(LINK, 10, "manager") | rings(1, 0x80000, ["one"]),
                {BAR + i * PAGE: REGISTERS_AT + i * PAGE for i in range(4)})
    if name == "net":
        return {"NOTIFY": {1, 16, 17}}, pages(LINK, 10, "manager") | rings(65, 0x80000, GUESTS), {}
    if name == "pci":
        return {}, pages(LINK, 1, "manager"), {BAR: CONFIG_AT}
    if name == "console":
        return ({"NOTIFY": {1, 3, 8, 9}, "IRQ_ACK": {2}}, pages(LINK, 3, "manager") | rings(3, 0x4000, GUESTS),
                {CONSOLE_UART: UART_AT})
    devices = {24, 25} if name == "one" else {24}
    return ({"CALL": {1}, "NOTIFY": {2, 8} | devices, "VCPU_KICK": {8}, "memory": {3}},
            pages(GUEST_AT, GUEST_BYTES // PAGE, f"guest of {name}"), {})


class Finding:
    """The page of somebody who tried."""

    def __init__(self, data, domain):
        self.domain, self.name = domain, data[16:16 + NAME_BYTES].split(b"\0", 1)[0].decode("ascii", "replace")
        words = memoryview(data).cast("Q")
        at = (16 + NAME_BYTES) // 8
        self.turns, self.alive, self.tried = words[at:at + 3]
        self.frames = words[at + 3:at + 3 + FRAME_CALLS].tolist()
        at += 3 + FRAME_CALLS
        self.passed = [{slot for slot in range(CAPS) if words[at + CALL_WORDS * call + slot // 64] >> slot % 64 & 1}
                       for call in range(CALLS)]


class Machine:
    def __init__(self, options, folder, suite):
        self.suite, self.label, home = suite, folder, f"{options.build}/boot/reach"
        servers, bundle = f"{options.build}/tests/hostile/reach-{folder}", f"{home}/{folder}.bundle"
        os.makedirs(home, exist_ok=True)
        with open(f"{home}/disk.img", "wb") as file:
            file.write(bytes(1 << 20))
        subprocess.run([sys.executable, "src/tools/septum-config", "bundle", "tests/boot/reach.dts", "--servers", servers, "-o",
                        bundle, "--memory", "256M", "--harts", "1", "--h", "on"], stdout=subprocess.DEVNULL, check=True)
        self.ram = Ram(MEMORY)
        self.watch = Watch(self.ram, options.build, bundle, GUESTS, servers)
        self.console = Console(["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--harts", "1", "--memory",
                                "256M", "--initrd", bundle, "--share", home, "--icount", COUNTED.get(folder, "off"),
                                "--extra", self.ram.arguments()],
                               f"{options.build}/boot/reach-{folder}.log")
        self.calls = call_numbers()

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


def whose(machine, tables, address):
    """Who owns the memory at that physical address, in words."""
    owner = tables.owner(address)
    who = {domain: kept[0] for domain, kept in machine.watch.kept.items()}
    kind = {name: kind for kind, name, _, _ in machine.watch.kernel.domains(machine.watch.kernel.at)}
    if owner == machine.watch.kernel.domains(machine.watch.kernel.at)[1][1]:
        return "manager"
    if kind.get(owner) == 2:
        lenders = {tables.frames[(address - machine.watch.kernel.frame(0)) // PAGE].borrower}
        return "guest of " + " ".join(who.get(domain, "?") for domain in lenders)
    return who.get(owner, f"domain {owner}")


def check_calls(machine, finding, calls):
    own = {0} | calls.get("memory", set())
    wrong = []
    for name, number in machine.calls.items():
        want = own if name in MEMORY_CALLS else calls.get(name, set())
        if finding.passed[number] != want:
            wrong.append(f"{name}: {sorted(finding.passed[number])} and not {sorted(want)}")
    machine.check(not wrong, f"{finding.name}: no call passes but those it has", "; ".join(wrong[:4]))


def check_memory(machine, tables, finding, memory, devices):
    reached = tables.reached(finding.domain)
    ram = {va: address for va, address in reached.items() if tables.owner(address) is not None}
    others = {va: whose(machine, tables, address) for va, address in ram.items() if tables.owner(address) != finding.domain}
    wrong = [f"{va:#x} of {who}" for va, who in others.items() if memory.get(va) != who]
    wrong += [f"{va:#x} of {who} is missing" for va, who in memory.items() if va not in others]
    machine.check(not wrong, f"{finding.name}: reaches memory of nobody else but {len(memory)} pages", "; ".join(wrong[:4]))
    found = {va: address for va, address in reached.items() if va not in ram}
    machine.check(found == devices, f"{finding.name}: reaches {len(devices)} pages of devices",
                  " ".join(f"{va:#x}: {address:#x}" for va, address in found.items()))
    strays = tables.strays(finding.domain)
    machine.check(not strays, f"{finding.name}: the kernel's half of its tables is the kernel's", " ".join(strays[:3]))
    other = [count for i, count in enumerate(finding.frames) if i != PROTECT]
    machine.check(finding.tried >= 64 and not any(other) and (finding.name == "pci" or finding.frames[PROTECT] == len(ram)),
                  f"{finding.name}: of {finding.tried} frames that were tried it can have none",
                  f"{finding.frames}, {len(ram)} mapped")


def check_all(machine, names):
    machine.watch.look()
    machine.watch.look()
    tables, found = Tables(machine.watch.kernel), machine.findings()
    for name in names:
        calls, memory, devices = expected(name)
        check_calls(machine, found[name], calls)
        check_memory(machine, tables, found[name], memory, devices)


def check_devices(machine):
    """The servers of the devices, all at once; the pci server is stopped before any guest runs."""
    for name in GUESTS:
        machine.check(machine.console.wait(name, r"^beat 1\b", SECONDS), f"'{name}' runs", machine.console.said("septum"))
    for name in ("block", "net"):
        told = machine.console.wait("septum", rf"the {name} server faulted: cause 13 at .*, address 0x6000000000$", 5)
        machine.check(told, f"{name}: cannot read the kernel's memory")
    before = machine.findings()
    if not machine.turned(("block", "net"), 2):
        return
    after = machine.findings()
    machine.check(after["pci"].turns > 0 and after["pci"].alive == before["pci"].alive, "pci: runs no more",
                  f"{before['pci'].alive}, then {after['pci'].alive}")
    check_all(machine, ("block", "net", "pci"))
    for name in GUESTS:
        machine.console.wait(name, r"^beat 8\b", SECONDS)
        check_beats(machine.suite, name, machine.console.said(name, everything=True).split("\n"), 8)
    machine.check("cannot" not in machine.console.said("septum", everything=True), "no other trouble",
                  machine.console.said("septum", everything=True))


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
    parser.add_argument("folders", nargs="*", default=["devices", "console", "monitor"])
    options = parser.parse_args()
    suite = Suite("reach")
    for folder in options.folders:
        machine = Machine(options, folder, suite)
        try:
            {"devices": check_devices, "console": check_console, "monitor": check_monitors}[folder](machine)
            machine.watch.prove()
            machine.watch.end(suite, folder, GUESTS)
        finally:
            machine.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
