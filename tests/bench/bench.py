#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Runs the bench guest on the bare machine and below Septum, both under icount, and prints a row for each operation."""

import argparse
import json
import os
import re
import subprocess
import sys

import traffic

HERE = os.path.dirname(os.path.abspath(__file__))
ROW = re.compile(r"bench ([\w-]+) N=(\d+) ticks=(\d+) instr=([\d.]+)( trapped)?")
START = re.compile(r"bench start ticks=(\d+)")
ENTERED = re.compile(r"entered at tick (\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
INSTRUCTIONS_PER_TICK = 100
MINIMUM_ROWS = 20
HANDLER = 3  # instructions of row `redirect` that are the guest's


def output_of(command, log):
    """The machine's output; it is kept in a file, too, for a look at what went wrong."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    text = COLOUR.sub("", done.stdout.decode("utf-8", "replace"))
    with open(log, "w", encoding="utf-8") as file:
        file.write(text)
    return text


def rows_of(text, log):
    rows = {}
    for name, count, ticks, instructions, trapped in ROW.findall(text):
        rows[name] = {"N": int(count), "ticks": int(ticks), "instructions": float(instructions),
                      "trapped": bool(trapped)}
    if "bench done" not in text or len(rows) < MINIMUM_ROWS:
        sys.exit(f"bench: error: the guest did not finish: {len(rows)} rows; see {log}")
    return rows


def run_log(make, system, seconds, log, extension="on"):
    return output_of([make, "run-log", f"SYSTEM={system}", "HARTS=1", "MEMORY=2G", "ICOUNT=on", "IOMMU=off",
                      f"H={extension}", f"SECONDS={seconds}"], log)


def run_direct(kernel, bundle, cpu, seconds, log):
    command = ["platform/qemu/run.py", "--kernel", kernel, "--harts", "1", "--memory", "2G", "--icount", "on",
               "--iommu", "off", "--log", str(seconds)]
    return output_of(command + (["--initrd", bundle] if bundle else []) + (["--cpu", cpu] if cpu else []), log)


def figure(value, digits=0):
    if value is None:
        return "-"
    return f"{value:,.{digits}f}"


def ratio(rows, bare, name):
    return rows[name]["ticks"] / bare[name]["ticks"]


def combine(bare, septum, peers, start):
    """One record a row: both measurements, the peers' figures, and whether the aim is met."""
    table = []
    for name, peer in peers["rows"].items():
        is_ratio = name in peers["ratios"]
        if name == "start-16mib":
            ours, plain = start, None
        elif is_ratio:
            ours, plain = ratio(septum, bare, name), 1.0
        else:
            ours, plain = septum[name]["instructions"], bare[name]["instructions"]
        aim = peer["aim"]
        # The clock tells a batch to the tick; no figure is finer than that.
        grain = 0 if is_ratio or name not in septum else INSTRUCTIONS_PER_TICK / septum[name]["N"]
        table.append({"name": name, "ratio": is_ratio, "measured_bare": plain, "measured_septum": ours,
                      "trapped": septum.get(name, {}).get("trapped", False), "peers": peer,
                      "met": None if aim is None or ours is None else ours <= aim + grain})
    return table


def shadow_table(bare, shadow, description):
    """What trap and emulate costs: each row's total, and Septum's own part of it."""
    redirection = bare["redirect"]["instructions"] - HANDLER
    table = []
    for name, row in description["rows"].items():
        total = shadow[name]["instructions"]
        own = total - bare[name]["instructions"] - row["redirected"] * redirection
        table.append(row | {"name": name, "total": total, "own": own,
                            "met": None if row["aim"] is None else own <= row["aim"]})
    return {"F": redirection, "rows": table}


def show_shadow(table):
    print(f"\nshadow mode, harts without H; F = {figure(table['F'])}")
    head = ["operation", "total", "of that F", "Septum's own", "aim"]
    lines = [head] + [[row["what"], figure(row["total"]), str(row["redirected"]), figure(row["own"]), figure(row["aim"])]
                      for row in table["rows"]]
    for line in lines:
        print(f"{line[0]:<62}" + "".join(cell.rjust(14) for cell in line[1:]))


def show(table, peers):
    head = ["operation", "bare", "Septum", "aim", "", "PEERS bare", "KVM", "Xvisor", "Bao"]
    lines = [head]
    for row in table:
        digits = 4 if row["ratio"] else 0
        peer = row["peers"]
        met = {True: "met", False: "MISSED", None: ""}[row["met"]]
        lines.append([row["name"], figure(row["measured_bare"], digits),
                      figure(row["measured_septum"], digits) + (" (trapped)" if row["trapped"] else ""),
                      figure(peer["aim"], digits), met]
                     + [figure(peer[key], digits) for key in ("bare", "kvm", "xvisor", "bao")])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))).rstrip())
    print(f"\n{peers['unit']}; peers' figures: {peers['source']}")
    for name, note in peers["notes"].items():
        print(f"  {name}: {note}")


def with_prefix(rows):
    return {f"no-sstc:{name}": row for name, row in rows.items()}


def measure_bare(options, out):
    """Rows with and without Sstc, and the tick of the first instruction behind the firmware."""
    guest = f"{options.build}/guests/bench.bin"
    log = os.path.join(out, "bare-no-sstc.log")
    rows = with_prefix(rows_of(run_direct(guest, None, "sstc=false", options.seconds, log), log))
    log = os.path.join(out, "bare.log")
    text = run_direct(guest, None, None, options.seconds, log)
    return rows_of(text, log) | rows, int(START.search(text)[1])


def measure_septum(options, out, firmware):
    """The same below Septum, and the instructions from the firmware's exit to the first one of a small guest."""
    log = os.path.join(out, "septum.log")
    rows = rows_of(run_log(options.make, "tests/bench/bench.dts", options.seconds, log), log)
    log = os.path.join(out, "septum-no-sstc.log")
    bundle = f"{options.build}/bundles/tests_bench_bench.bundle"
    text = run_direct(f"{options.build}/septum.bin", bundle, "sstc=false", options.seconds, log)
    rows |= with_prefix(rows_of(text, log))
    log = os.path.join(out, "start.log")
    entered = ENTERED.search(run_log(options.make, "tests/bench/start.dts", options.seconds, log))
    if not entered:
        sys.exit(f"bench: error: the guest of 16 MiB did not start; see {log}")
    return rows, (int(entered[1]) - firmware) * INSTRUCTIONS_PER_TICK


def measure_shadow(options, out, bare):
    log = os.path.join(out, "shadow.log")
    rows = rows_of(run_log(options.make, "tests/bench/bench.dts", options.seconds, log, "off"), log)
    with open(os.path.join(HERE, "shadow.json"), encoding="utf-8") as file:
        return shadow_table(bare, rows, json.load(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=120, help="limit of each run")
    parser.add_argument("--bare-only", action="store_true", help="measure the bare machine and stop")
    options = parser.parse_args()
    out = os.path.join(options.build, "bench")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(HERE, "peers.json"), encoding="utf-8") as file:
        peers = json.load(file)

    bare, firmware = measure_bare(options, out)
    if options.bare_only:
        print(json.dumps(bare, indent=2))
        return 0
    septum, start = measure_septum(options, out, firmware)
    shadow = measure_shadow(options, out, bare)
    moved = traffic.measure(options.make, options.build, options.seconds)
    table = combine(bare, septum, peers, start)
    with open(os.path.join(out, "bench.json"), "w", encoding="utf-8") as file:
        json.dump({"rows": table, "peers_source": peers["source"], "bare": bare, "septum": septum, "shadow": shadow,
                   "traffic": moved},
                  file, indent=2)
    show(table, peers)
    show_shadow(shadow)
    traffic.show(moved)
    missed = [row["name"] for row in table + moved if row["met"] is False]
    if missed:
        print(f"bench: error: over the aim: {', '.join(missed)}", file=sys.stderr)
    print(f"bench: {sum(row['met'] is True for row in table + moved)} passed, {len(missed)} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
