#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Boots without a terminal: small guests by the number, twenty reboots in a row, and inputs that cannot work."""

import argparse
import os
import re
import subprocess
import sys
import time

from voices import Suite, beats_of, check_beats, plain, run_log, voices

REBOOTS = 20
BRIEF = 20


def check_eight(suite, options):
    names = [f"beat{number}" for number in range(1, 9)]

    def done(raw):
        said = voices(raw)
        return all(len(beats_of(said.get(name, []))) >= 5 for name in names)

    _, raw = run_log(options.make, f"{options.build}/boot/eight.log", "platform/qemu/eight.dts", done, HARTS=2, MEMORY="1G",
                     SECONDS=90)
    said = voices(raw)
    suite.check(b", Sv48," in raw, "eight: the kernel runs in Sv48")
    for name in names:
        check_beats(suite, f"eight/{name}", said.get(name, []), 5)


def check_brief(suite, options):
    """Guests that end as soon as they have said one line: the line is shown, and the machine goes off with the last."""
    status, raw = run_log(options.make, f"{options.build}/boot/brief.log", "tests/boot/brief.dts", HARTS=2,
                          MEMORY="512M", SECONDS=60)
    said = voices(raw)
    lost = [n for n in range(1, BRIEF + 1) if "brief: said all" not in said.get(f"brief{n}", [])]
    suite.check(not lost, f"brief: of {BRIEF} guests each is heard", f"not heard: {lost}")
    suite.check(status == 0 and "the machine is off" in plain(raw), "brief: the machine goes off with the last of them")


def check_reboots(suite, options):
    names = ("again", "again-shadow")

    def lives_of(said, name):
        return len(re.findall(r"entered at tick", "\n".join(said.get(name, []))))

    def done(raw):
        said = voices(raw)
        return len(beats_of(said.get("beat", []))) >= 10 and all(lives_of(said, name) > REBOOTS for name in names)

    _, raw = run_log(options.make, f"{options.build}/boot/reboots.log", "tests/boot/reboots.dts", done, HARTS=2, MEMORY="1G",
                     SECONDS=90)
    said = voices(raw)
    for name in names:
        lives = lives_of(said, name)
        suite.check(lives > REBOOTS, f"reboots/{name}: {REBOOTS} in a row", f"{lives - 1} reboots")
    check_beats(suite, "reboots/beat", said.get("beat", []), 10)
    suite.check("\n".join(said.get("beat", [])).count("entered") == 1, "reboots/beat: is not started again")


def check_clock(suite, options):
    """The machine's time, the RTC's alarm, reset and poweroff by the switch; what was set outlives the reset."""
    began = time.time()
    status, raw = run_log(options.make, f"{options.build}/boot/clock.log", "tests/boot/clock.dts", HARTS=2,
                          MEMORY="512M", SECONDS=60)
    ended = time.time()
    for name in ("by-hardware", "by-shadow"):
        said = "\n".join(voices(raw).get(name, []))
        seconds = [int(n) for n in re.findall(r"^clock: second (\d+)$", said, re.M)]
        suite.check(len(seconds) == 2 and began - 2 <= seconds[0] <= ended + 2 and seconds[1] < 1000,
                    f"clock/{name}: has the machine's time, then what it set itself", said)
        suite.check(re.search(r"^clock: interrupt 11 after \d+ ms$", said, re.M), f"clock/{name}: the alarm wakes it", said)
        suite.check("does nothing" not in said, f"clock/{name}: the power switch works at once", said)
    suite.check(status == 0 and "the machine is off" in plain(raw), "clock: the machine goes off with the last of them")
    suite.check("count from zero" not in plain(raw) and "rng-seed" not in plain(raw), "clock: QEMU's machine has both")


def errors_of(text):
    return [line for line in plain(text).split("\n") if re.search(r"\berror(\[SYS-\d+\])?: ", line)]


def check_refused(suite, what, pattern, command):
    """The command fails before a machine runs, with one error that says why."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=300, check=False)
    text = done.stdout.decode("utf-8", "replace")
    errors = errors_of(re.sub(r"^make.*$", "", text, flags=re.M))
    suite.check(done.returncode != 0, f"{what}: is refused")
    suite.check(len(errors) == 1 and re.search(pattern, errors[0]), f"{what}: one clear message",
                "; ".join(errors) or text[-300:])


def check_bad_descriptions(suite, options):
    cut = f"{options.build}/boot/Image.cut"
    with open(f"{options.build}/images/Image", "rb") as image, open(cut, "wb") as file:
        file.write(image.read(1 << 20))
    base = [options.make, "run-log", "SECONDS=10"]
    check_refused(suite, "missing kernel", "missing.bin", base + ["SYSTEM=tests/boot/bad/missing.dts"])
    check_refused(suite, "truncated Image", "cut short", base + ["SYSTEM=tests/boot/bad/truncated.dts"])
    check_refused(suite, "too little memory", "(?i)memory|MiB", base + ["MEMORY=256M"])


def check_machine(suite, options, what, pattern, bundle, memory, *lacks):
    """A machine that cannot work says why in one line, and turns itself off."""
    log = f"{options.build}/boot/{what.replace(' ', '-')}.log"
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--memory", memory, *lacks,
               "--log", "20"]
    done = subprocess.run(command + (["--initrd", bundle] if bundle else []), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    with open(log, "wb") as file:
        file.write(done.stdout)
    text = plain(done.stdout)
    # The firmware's own banner names nothing of ours.
    said = [line for line in text.split("\n") if re.search(pattern, line)]
    suite.check(said, f"{what}: the machine says why", text[-200:])
    suite.check("the machine is off" in text, f"{what}: the machine turns itself off")


def check_bad_machines(suite, options):
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/reboots.dts"], stdout=subprocess.DEVNULL, check=True)
    bundle = f"{options.build}/bundles/tests_boot_reboots.bundle"
    with open(bundle, "rb") as file:
        data = file.read()
    for what, broken, pattern in (
        ("damaged bundle", bytes([*data[:64], data[64] ^ 1]) + data[65:], r"error\[LDR-\d+\].*bundle"),
        ("cut bundle", data[: len(data) // 2], r"error\[LDR-\d+\].*bundle"),
    ):
        path = f"{options.build}/boot/broken.bundle"
        with open(path, "wb") as file:
            file.write(broken)
        check_machine(suite, options, what, pattern, path, "512M")
    check_machine(suite, options, "neither H nor Sv48", r"error\[LDR-\d+\].*H extension.*Sv48", bundle, "512M",
                  "--h", "off", "--cpu", "sv48=off")
    check_machine(suite, options, "no bundle", r"error\[LDR-\d+\].*bundle", None, "512M")


def check_unserved(suite, options, mode, lack, harts):
    """A guest that asks for a mode that the harts do not serve, beside one of the other mode; the output."""
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--log", "4", *harts,
               "--initrd", f"{options.build}/bundles/tests_boot_modes.bundle"]
    raw = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False).stdout
    said = voices(raw)
    why = [line for line in said.get("septum", []) if f"'by-{mode}' needs {mode} mode" in line]
    suite.check(len(why) == 1 and lack in why[0], f"{mode} mode, {lack}: one clear message",
                "; ".join(said.get("septum", [])))
    suite.check(f"by-{mode}" not in said, f"{mode} mode, {lack}: the guest does not start")
    return raw


def check_modes(suite, options):
    """
    Both kinds of guest run side by side. What harts do not serve is refused: by the tool if it knows them, else by the
    manager, guest by guest.
    """
    _, raw = run_log(options.make, f"{options.build}/boot/modes.log", "tests/boot/modes.dts", HARTS=2, MEMORY="512M",
                     SECONDS=8)
    for name in ("by-hardware", "by-shadow"):
        check_beats(suite, f"modes/{name}", voices(raw).get(name, []), 3)
    said = "\n".join(voices(raw).get("septum", []))
    suite.check("'by-shadow' runs in shadow mode" in said and "by-hardware" not in said.partition("guests from")[2],
                "modes: it is said of the guest in shadow mode, and of no other", said)
    base = [options.make, "run-log", "SECONDS=10", "SYSTEM=tests/boot/modes.dts"]
    check_refused(suite, "hardware mode without H", "SYS-055", base + ["H=off"])
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/modes.dts"], stdout=subprocess.DEVNULL, check=True)
    raw = check_unserved(suite, options, "shadow", "no Sv48", ["--cpu", "sv48=off,sv57=off"])
    suite.check(b", Sv39," in raw, "no Sv48: the kernel runs in Sv39")
    check_beats(suite, "modes/by-hardware", voices(raw).get("by-hardware", []), 1)
    raw = check_unserved(suite, options, "hardware", "no H extension", ["--h", "off"])
    check_beats(suite, "modes/by-shadow", voices(raw).get("by-shadow", []), 1)


def check_iommu(suite, options):
    """With an IOMMU in the machine: it is on before the first guest runs, and guests of both modes run."""
    subprocess.run([options.make, "bundle", "SYSTEM=tests/boot/modes.dts"], stdout=subprocess.DEVNULL, check=True)
    command = ["platform/qemu/run.py", "--kernel", f"{options.build}/septum.bin", "--memory", "512M", "--log", "10",
               "--initrd", f"{options.build}/bundles/tests_boot_modes.bundle", "--iommu", "on"]
    raw = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False).stdout
    with open(f"{options.build}/boot/iommu.log", "wb") as file:
        file.write(raw)
    said = voices(raw)
    suite.check("IOMMU at 0x3010000, on" in plain(raw), "iommu: the loader switches it on", plain(raw)[-300:])
    suite.check("IOMMU: contexts for 256 devices, 0 assigned" in "\n".join(said.get("septum", [])),
                "iommu: the manager shows its contexts", "; ".join(said.get("septum", [])))
    for name in ("by-hardware", "by-shadow"):
        check_beats(suite, f"iommu/{name}", said.get(name, []), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("parts", nargs="*",
                        default=["descriptions", "machines", "modes", "iommu", "eight", "brief", "reboots", "clock"])
    options = parser.parse_args()
    os.makedirs(f"{options.build}/boot", exist_ok=True)
    suite = Suite("small")
    parts = {"descriptions": check_bad_descriptions, "machines": check_bad_machines, "modes": check_modes,
             "iommu": check_iommu, "eight": check_eight, "brief": check_brief, "reboots": check_reboots,
             "clock": check_clock}
    for part in options.parts:
        parts[part](suite, options)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
