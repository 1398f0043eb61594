# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Instructions of disks and nets: a guest of ours (tests/guests/io) below Septum, and the same one on the bare machine with
the same devices. QEMU's translator counts the instructions of each part from one call of the guest's mark() to the next
(parts.c): that counts work and not time, so waiting for the build host, which is what a disk of QEMU's does, costs nothing.
"""

import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = {"firmware": (0x80000000, 0x80200000), "guest": (0x80200000, 0x100000000), "servers": (0x400000, 0x40000000),
         "kernel": (0x6000000000, 0x6080000000)}
DISKS = ("disk", "device")  # systems with a disk: the build host's time is in what they wait for
OWN = ("kernel", "servers", "firmware")
ROW = re.compile(r"^(?:\[[\w.+-]+\] )?(?:block: )?io ([\w-]+) N=(\d+)\s*$", re.M)
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DISK_BYTES = 4 << 20
NET = ("-netdev hubport,id=n{0},hubid=0 -device virtio-net-device,netdev=n{0},mac=02:00:00:00:00:0{0},mrg_rxbuf=off,"
       "bus=virtio-mmio-bus.{1}")
# Of the bare machine: the same devices, of QEMU's own.
BARE = {"disk": "-drive file={disk},format=raw,if=none,id=d -device virtio-blk-device,drive=d",
        "loop": NET.format(1, 0) + " " + NET.format(2, 1)}


class Runs:
    def __init__(self, make, build, seconds):
        self.make, self.build, self.seconds, self.out = make, build, seconds, os.path.join(build, "bench")
        self.disk = os.path.join(self.out, "disk", "disk.img")
        os.makedirs(os.path.dirname(self.disk), exist_ok=True)
        with open(self.disk, "wb") as file:
            file.truncate(DISK_BYTES)

    def mark(self, name):
        """Where mark() is in the program that calls it: the guest, or the server that measures the device."""
        program = "servers/bench-device/bench-device.elf" if name == "device" else "guests/io.elf"
        symbols = subprocess.run(["riscv64-unknown-elf-nm", f"{self.build}/{program}"], capture_output=True, text=True,
                                 check=True).stdout
        return int(re.search(r"^([0-9a-f]+) T mark$", symbols, re.M)[1], 16)

    def bundle(self, name):
        """The system's; that of the device with its own servers."""
        if name != "device":
            subprocess.run([self.make, "bundle", f"SYSTEM=tests/bench/{name}.dts", "MEMORY=512M", "HARTS=1"],
                           stdout=subprocess.DEVNULL, check=True)
            return f"{self.build}/bundles/tests_bench_{name}.bundle"
        bundle = f"{self.out}/device.bundle"
        subprocess.run([sys.executable, "src/tools/septum-config", "bundle", "tests/bench/device.dts", "--servers",
                        f"{self.build}/tests/bench/device", "-o", bundle, "--memory", "512M", "--harts", "1", "--h", "on"],
                       capture_output=True, check=True)  # it warns that no guest starts by itself, which is meant
        return bundle

    def command(self, name, bare):
        out = os.path.abspath(f"{self.out}/{name}{'-bare' if bare else ''}.parts")
        parts = ",".join(f"{part}={first:x}-{end:x}" for part, (first, end) in PARTS.items())
        plugin = f"-plugin file={os.path.abspath(self.build)}/bench/parts.so,out={out},mark={self.mark(name):x},{parts}"
        line = ["platform/qemu/run.py", "--harts", "1", "--memory", "512M", "--log", str(self.seconds),
                "--icount", "off" if name in DISKS else "on", "--iommu", "on" if name in DISKS and not bare else "off"]
        if bare:
            extra = BARE[name].format(disk=self.disk) + " -global virtio-mmio.force-legacy=false"
            return line + ["--kernel", f"{self.build}/guests/io.bin", "--append", f"do={name}", "--extra",
                           f"{plugin} {extra}"], out
        share = ["--share", os.path.dirname(self.disk)] if name in DISKS else []
        return line + ["--kernel", f"{self.build}/septum.bin", "--initrd", self.bundle(name), "--extra", plugin] + share, out

    def rows(self, name, bare=False):
        """{row: {part: instructions of one operation}}"""
        command, out = self.command(name, bare)
        log = out.replace(".parts", ".log")
        with open(log, "wb") as file:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            said = b""
            while b"io done" not in said and (data := os.read(child.stdout.fileno(), 65536)):
                said += data
                file.write(data)
                file.flush()
        child.terminate()
        child.communicate()
        text = COLOUR.sub("", said.decode("utf-8", "replace")).replace("\r", "")
        if "io done" not in text:
            sys.exit(f"bench: error: {name}: the guest did not finish; see {log}")
        return rows_of(text, out)


def rows_of(text, path):
    """Each row of the guest belongs to two marks: its begin and its end."""
    with open(path, encoding="utf-8") as file:
        blocks = [dict((name, int(count)) for name, count in (line.split() for line in block.splitlines() if line))
                  for block in file.read().split("mark\n")[1:-1]]
    names = ROW.findall(text)
    if len(blocks) < 2 * len(names):
        sys.exit(f"bench: error: {len(names)} rows, but {len(blocks)} marks in {path}")
    blocks = blocks[-2 * len(names):]
    return {name: {part: (end[part] - begin[part]) / int(count) for part in begin}
            for (name, count), begin, end in zip(names, blocks[::2], blocks[1::2])}


def measure(make, build, seconds):
    runs = Runs(make, build, seconds)
    septum, bare = {}, {}
    for name in ("device", "disk", "net", "loop"):
        septum |= runs.rows(name)
    for name in BARE:
        bare |= runs.rows(name, True)
    with open(os.path.join(HERE, "traffic.json"), encoding="utf-8") as file:
        return table_of(septum, bare, json.load(file)["rows"])


def own_of(parts):
    return sum(parts[part] for part in OWN)


def table_of(septum, bare, described):
    """One record a row. One that misses its aim is good up to its ceiling, which docs/devices.md explains."""
    table = []
    for name, row in described.items():
        parts, total = septum[name], sum(septum[name].values())
        device = own_of(septum[row["device"]]) if "device" in row else 0
        own = own_of(parts) - device
        plain = sum(bare[name].values()) if name in bare else None
        limit = row["ceiling"] or row["aim"]
        table.append(row | {"name": name, "parts": parts, "physical": device, "own": own, "total": total, "bare": plain,
                            "ratio": total / plain if plain else None, "reached": row["aim"] and own <= row["aim"],
                            "met": None if limit is None else own <= limit})
    return table


def verdict(row):
    if row["met"] is None:
        return ""
    return "met" if row["reached"] else "ceiling" if row["met"] else "MISSED"


def show(table):
    print("\ndisks and nets, instructions; Septum's own: all but the guests' and the physical device's")
    lines = [["operation", "Septum's own", "aim", "", "device", "kernel", "servers", "guests", "bare", "times bare"]]
    for row in table:
        aim, parts = "-" if row["aim"] is None else f"{row['aim']:,}", row["parts"]
        lines.append([row["what"], f"{row['own']:,.0f}", aim, verdict(row), f"{row['physical']:,.0f}",
                      f"{parts['kernel']:,.0f}", f"{parts['servers']:,.0f}", f"{parts['guest']:,.0f}",
                      "-" if row["bare"] is None else f"{row['bare']:,.0f}",
                      "-" if row["ratio"] is None else f"{row['ratio']:.0f}"])
    for line in lines:
        print((f"{line[0]:<62}" + "".join(cell.rjust(13) for cell in line[1:])).rstrip())
