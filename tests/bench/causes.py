#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Where the time of a Linux boot goes: from power-on to the shell, on the bare machine and in both modes, under icount.

Two tables: the instructions of each part of the machine (QEMU's translator counts them, parts.c), and the traps by their
cause (QEMU's `-d int`). Neither needs any help from the kernel. "Redirected" are the traps that the firmware takes first,
because it delegates none of their kind, and hands on: F is what one of them costs it.
"""

import argparse
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time

TRAP = re.compile(rb"async:(\d), cause:([0-9a-f]+), epc:0x([0-9a-f]+), tval:0x([0-9a-f]+), desc=(\w+)")
PROMPT = b"web:~# "
# What QEMU counts apart; the first that fits counts. The firmware and what runs untranslated lie where they are loaded.
PARTS = [
    ("firmware", 0x80000000, 0x80200000),
    ("untranslated", 0x80200000, 0x100000000),
    ("servers", 0x400000, 0x40000000),
    ("kernel", 0x6000000000, 0x6080000000),
    ("guest-kernel", 0xFFFFFFC000000000, 0xFFFFFFFFFFFFFFFF),
    ("guest-user", 0, 0x800000000000),
]
# Traps that the H extension hands to the guest without the kernel.
TO_GUEST = {(0, cause) for cause in (0, 3, 4, 6, 8, 12, 13, 15)} | {(1, cause) for cause in (2, 6, 10)}
ILLEGAL = (0, 2)
ROWS = 40  # of the table of causes; build/bench/causes.json has them all
CSRS = {0x100: "sstatus", 0x104: "sie", 0x105: "stvec", 0x106: "scounteren", 0x10A: "senvcfg", 0x140: "sscratch",
        0x141: "sepc", 0x142: "scause", 0x143: "stval", 0x144: "sip", 0x14D: "stimecmp", 0x180: "satp", 0xC01: "time"}


def part_of(address):
    return next((name for name, first, end in PARTS if first <= address < end), "rest")


def instruction_name(word):
    """A privileged instruction as one reads it in a listing, without its registers."""
    if word & 0x7F != 0x73:
        return "not privileged (floating point is off)"
    if word >> 12 & 7:
        number = word >> 20
        name = CSRS.get(number, f"csr {number:#x}")
        reads_only = word >> 12 & 3 in (2, 3) and word >> 15 & 31 == 0
        return f"{name}, {'read' if reads_only else 'write'}"
    if word >> 25 == 9:
        return "sfence.vma"
    return {0x10200073: "sret", 0x10500073: "wfi"}.get(word, f"{word:#010x}")


class Traps(threading.Thread):
    """Counts the traps that QEMU tells on its standard error."""

    def __init__(self, stream, mode):
        super().__init__(daemon=True)
        self.stream, self.mode = stream, mode
        self.rows, self.redirected, self.other = collections.Counter(), 0, []
        self.start()

    def run(self):
        for line in self.stream:
            found = TRAP.search(line)
            if found:
                self.take(int(found[1]), int(found[2], 16), int(found[3], 16), int(found[4], 16), found[5].decode())
            else:
                self.other.append(line.decode("utf-8", "replace").rstrip())

    def take(self, is_interrupt, cause, pc, value, name):
        where, kind = part_of(pc), (is_interrupt, cause)
        if where == "firmware":
            name = "all that it tries while it starts"
        elif kind == ILLEGAL:
            name = f"{name}: {instruction_name(value)}"
            self.redirected += 1
        if where.startswith("guest") and self.mode == "hardware" and kind in TO_GUEST:
            name += " (not by way of Septum)"
        self.rows[(where, name)] += 1


def machine(options, mode, out):
    """QEMU's command for a boot in that mode."""
    parts = ",".join(f"{name}={first:x}-{end:x}" for name, first, end in PARTS)
    extra = f"-d int -plugin file={os.path.abspath(options.build)}/bench/parts.so,out={os.path.abspath(out)},{parts}"
    command = ["platform/qemu/run.py", "--print", "--harts", "1", "--memory", "1G", "--icount", "on", "--iommu", "off",
               "--extra", extra]
    if mode == "bare":
        command += ["--kernel", f"{options.build}/images/Image", "--initrd", f"{options.build}/images/guest.cpio.gz",
                    "--append", "console=ttyS0 septum.name=web"]
    else:
        command += ["--kernel", f"{options.build}/septum.bin", "--h", "on" if mode == "hardware" else "off",
                    "--initrd", f"{options.build}/bundles/platform_qemu_one.bundle"]
    return shlex.split(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def boot(options, mode):
    """{"parts": {name: instructions}, "traps": Traps, …}; None if the shell did not come."""
    out, said = f"{options.build}/bench/parts-{mode}.txt", b""
    child = subprocess.Popen(machine(options, mode, out), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    limit = threading.Timer(options.seconds, child.terminate)
    limit.start()
    began, traps = time.monotonic(), Traps(child.stderr, mode)
    while PROMPT not in said[-4096:]:
        data = os.read(child.stdout.fileno(), 65536)
        if not data:
            break
        said += data
    child.terminate()
    limit.cancel()
    child.communicate()
    traps.join()
    with open(f"{options.build}/bench/causes-{mode}.log", "wb") as log:
        log.write(said)
    if PROMPT not in said[-4096:]:
        print(f"causes: error: {mode}: no shell after {time.monotonic() - began:.0f} s; see {log.name}", file=sys.stderr)
        print("\n".join(traps.other[-3:]), file=sys.stderr)
        return None
    with open(out, encoding="utf-8") as file:
        return {"parts": {name: int(count) for name, count in (line.split() for line in file)}, "traps": traps}


def show_row(name, values, form="{:,.0f}"):
    print(f"{name:<64}" + "".join((form.format(v) if v is not None else "-").rjust(14) for v in values))


def show(boots):
    print(f"{'instructions from power-on to the shell':<64}" + "".join(mode.rjust(14) for mode in boots))
    for name in [part[0] for part in PARTS] + ["rest"]:
        show_row(name, [b["parts"][name] for b in boots.values()])
    totals = {mode: sum(b["parts"].values()) for mode, b in boots.items()}
    show_row("all", totals.values())
    for base in ("bare", "hardware"):
        if base in boots:
            show_row(f"ratio to {base}", [total / totals[base] for total in totals.values()], "{:.2f}")
    print()
    show_row("redirected by the firmware", [b["traps"].redirected for b in boots.values()])
    # On the bare machine the firmware's work is its start and the guest's calls, but hardly a redirection.
    own = boots["bare"]["parts"]["firmware"] if "bare" in boots else 0
    each = [(b["parts"]["firmware"] - own) / b["traps"].redirected if b["traps"].redirected > 10000 else None
            for b in boots.values()]
    show_row("firmware instructions of each (F)", each)
    show_row("share of the firmware, percent", [100 * b["parts"]["firmware"] / sum(b["parts"].values())
                                                for b in boots.values()], "{:.1f}")
    print(f"\n{'traps by their cause':<64}" + "".join(mode.rjust(14) for mode in boots))
    rows = collections.Counter()
    for b in boots.values():
        rows |= b["traps"].rows
    for key, _ in rows.most_common(ROWS):
        show_row(f"{key[0]}: {key[1]}", [b["traps"].rows[key] or None for b in boots.values()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=300, help="limit of each boot")
    parser.add_argument("modes", nargs="*", default=["bare", "hardware", "shadow"])
    options = parser.parse_args()
    subprocess.run([options.make, "bundle", "SYSTEM=platform/qemu/one.dts"], stdout=subprocess.DEVNULL, check=True)
    boots = {mode: boot(options, mode) for mode in options.modes}
    good = {mode: b for mode, b in boots.items() if b}
    if good:
        show(good)
        with open(f"{options.build}/bench/causes.json", "w", encoding="utf-8") as file:
            json.dump({mode: {"parts": b["parts"], "redirected": b["traps"].redirected,
                              "traps": {": ".join(key): n for key, n in b["traps"].rows.most_common()}}
                       for mode, b in good.items()}, file, indent=2)
    return 0 if len(good) == len(boots) else 1


if __name__ == "__main__":
    sys.exit(main())
