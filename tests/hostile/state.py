#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
T5 on the machine: guests of both modes and their monitors fill every register of spec/state.json with patterns of their own, and
look for anything else after each kind of switch. The same with a kernel from which one register's instruction was taken
out: then it must fail.
"""

import argparse
import datetime
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))
from voices import Suite, voices  # noqa: E402 (the path is set above)

WAYS = {"hardware": ("on", ["hardware"] * 3), "shadow": ("off", ["shadow"] * 3), "mixed": ("on", ["hardware", "shadow", "hardware"])}
GUESTS = ("left", "right", "third")
LEAST_ROUNDS = 8  # of each kind of switch
SECONDS = 240
NOP = {4: bytes.fromhex("13000000"), 2: bytes.fromhex("0100")}  # by length

# name: the way to run it, the label behind which to look ("" all the text), the instruction as objdump has it. Where nothing
# but the one register goes wrong, the guest lives to tell; what is said then must match.
SEEDS = {
    "x21 of a guest": ("hardware", "resume_guest", r"ld\s+x21,168\(x10\)", r"not ok (preemption|call|wait|device)"),
    "x27 of a server": ("hardware", "resume_server", r"ld\s+x27,216\(x10\)", r"not ok server: after a preemption x27"),
    "f9": ("hardware", "fp_fetch", r"fld\s+f9,72\(x10\)", r"not ok f register"),
    "sscratch": ("hardware", "", r"csrrw\s+x0,vsscratch,", r"not ok sscratch"),
    "zero of x7": ("hardware", "resume_exit", r"(?:li|addi)\s+x7,(?:x0,)?0\b", r"not ok server: neither zero nor the guest's x7"),
    "senvcfg": ("hardware", "", r"csrrw\s+x\d+,(?:senvcfg|0x10a),x\d+", r"not ok senvcfg"),
    "fcsr": ("shadow", "fp_fetch", r"csrrw\s+x0,fcsr,x5", r"not ok fcsr"),
}


class Machine:
    def __init__(self, options):
        self.build, self.cross, self.home = options.build, options.cross, f"{options.build}/hostile/state"
        os.makedirs(self.home, exist_ok=True)

    def bundle(self, way):
        """The system's description with that way's modes, compiled with the monitors that look."""
        h, modes = WAYS[way]
        with open(os.path.join(HERE, "state.dts"), encoding="utf-8") as file:
            parts = file.read().split("\t\t\tbootargs")
        path = f"{self.build}/hostile/state-{way}.dts"
        with open(path, "w", encoding="utf-8") as file:
            file.write(parts[0] + "".join(f'\t\t\tmode = "{mode}";\n\t\t\tbootargs{part}' for mode, part in zip(modes, parts[1:])))
        bundle = f"{self.home}/{way}.bundle"
        subprocess.run([sys.executable, "src/tools/septum-config", "bundle", path, "--servers", f"{self.build}/tests/hostile/state",
                        "-o", bundle, "--memory", "256M", "--harts", "1", "--h", h], stdout=subprocess.DEVNULL, check=True)
        return bundle

    def boot(self, way, image, label, enough=None):
        """What the console says until the machine is off, or `enough` was said."""
        command = ["platform/qemu/run.py", "--kernel", image, "--harts", "1", "--memory", "256M", "--initrd", self.bundle(way),
                   "--icount", "on", "--h", WAYS[way][0], "--log", str(SECONDS)]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        raw = b""
        with open(f"{self.home}/{label}.log", "wb") as log:
            while data := os.read(child.stdout.fileno(), 65536):
                raw += data
                log.write(data)
                if enough and re.search(enough.encode(), raw):
                    child.terminate()
                    break
        child.wait()
        child.stdout.close()
        return raw

    def without(self, label, pattern, name):
        """An image whose kernel does nothing in place of each such instruction; None if there is none."""
        kernel, elf = f"{self.build}/kernel/kernel.bin", f"{self.build}/kernel/kernel.elf"
        listing = subprocess.run([f"{self.cross}objdump", "-d", "-M", "numeric,no-aliases", elf], text=True, capture_output=True,
                                 check=True).stdout
        symbols = subprocess.run([f"{self.cross}nm", elf], text=True, capture_output=True, check=True).stdout
        base = int(re.search(r"^(\w+) \w kernel_base$", symbols, re.M)[1], 16)
        if label:
            listing = re.search(rf"<{label}>:\n(.*?)\n\n", listing + "\n\n", re.S)[1]
        found = [(int(at, 16) - base, len(raw) // 2) for at, raw in
                 re.findall(rf"^\s*(\w+):\s+(\w+)\s+(?:c\.)?{pattern}", listing, re.M)]
        with open(kernel, "rb") as file:
            text = file.read()
        with open(f"{self.build}/septum.bin", "rb") as file:
            image = bytearray(file.read())
        start = image.find(text)
        if not found or start < 0:
            return None
        for at, length in found:
            image[start + at:start + at + length] = NOP[length]
        path = f"{self.home}/{name}.bin"
        with open(path, "wb") as file:
            file.write(image)
        return path


def check_way(suite, machine, way):
    said = voices(machine.boot(way, f"{machine.build}/septum.bin", way))
    for name in GUESTS:
        lines = said.get(name, [])
        text = "\n".join(lines)
        bad = [line for line in lines if "not ok" in line or "crashed" in line or "TRAP" in line]
        suite.check(re.search(r"done state: \d+ good, 0 bad", text) and not bad, f"{way}/{name}: nothing but its own",
                    "; ".join(bad[:3]) or text[-200:])
        rounds = re.search(r"^rounds ([\d ]+)$", text, re.M)
        suite.check(rounds and min(map(int, rounds[1].split())) >= LEAST_ROUNDS, f"{way}/{name}: each kind of switch",
                    rounds[1] if rounds else "no rounds")
        suite.check("server looked" in text, f"{way}/{name}: so its monitor")


def check_seed(suite, machine, seed):
    way, label, pattern, wanted = SEEDS[seed]
    name = re.sub(r"\W+", "-", seed)
    image = machine.without(label, pattern, name)
    if not suite.check(image, f"without {seed}: the instruction is there", pattern):
        return
    raw = machine.boot(way, image, name, wanted).decode("utf-8", "replace")
    suite.check(re.search(wanted, raw), f"without {seed}: noticed", raw[-200:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--cross", default="riscv64-unknown-elf-")
    parser.add_argument("what", nargs="*", help="ways and seeds by name, or all; else all ways and one seed, another each day")
    options = parser.parse_args()
    suite, machine, day = Suite("state"), Machine(options), datetime.date.today().toordinal()
    names = list(SEEDS)
    chosen = options.what or [*WAYS, names[day % len(names)]]
    for way in WAYS:
        if way in chosen or chosen == ["all"]:
            check_way(suite, machine, way)
    for seed in names:
        if seed in chosen or chosen == ["all"]:
            check_seed(suite, machine, seed)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
