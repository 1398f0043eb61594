#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Runs the instruction-set suite on the bare machine and below Septum, and compares the rows of the runs with each other
and with what the specification says.
"""

import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))
import oracle  # noqa: E402 (the path is set above)
from traces import Differences, Trace, compare  # noqa: E402 (the path is set above)
from voices import Suite, all_off, run_command, voices  # noqa: E402

SYSTEM = "tests/isa/isa.dts"
DIFFERENCES = "spec/differences.json"
BINARY = "guests/isa.bin"
MEMORY_MIB = 32  # as each guest has

# What Septum tells its guests of the hart, and no more. Shadow mode runs on Sv48 and shows its guests Sv39; it shows
# them Sstc, too, whether or not the hart has it.
TOLD = "v=off,svade=on,svadu=off,zicbom=off,zicbop=off,zicboz=off,zihpm=off,sv57=off"
RUNS = {
    "hardware": {"h": "on", "cpu": f"{TOLD},sv48=off", "mode": "hardware"},
    "shadow": {"h": "off", "cpu": f"{TOLD},sstc=off", "mode": "shadow"},
    "shadow-h": {"h": "on", "cpu": TOLD, "mode": "shadow"},  # the same on harts that have the H extension
}
# Limits for a build host that has much else to do: a run ends when its last guest has.
SECONDS = {"bare": 100, "hardware": 500, "shadow": 500}


def guests_of(text):
    """{name: boot arguments} of a description of ours."""
    bodies = re.findall(r"([\w-]+)\s*\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", text, flags=re.S))
    return {name: re.search(r'bootargs = "([^"]*)"', body)[1] for name, body in bodies}


def machine(options, log, arguments, seconds, done=None):
    """Everything the machine's serial line said, also kept in a file."""
    command = ["platform/qemu/run.py", "--log", str(seconds), *arguments]
    return run_command(command, os.path.join(options.build, "isa", f"{log}.log"), done)[1]


def run_bare(options, guests):
    """Two harts, though one is used: with one, QEMU makes a load and a store of each atomic instruction."""
    traces = {}
    for name, arguments in guests.items():
        raw = machine(options, f"bare-{name}", ["--kernel", os.path.join(options.build, BINARY), "--harts", "2", "--memory",
                      f"{MEMORY_MIB}M", "--h", "off", "--cpu", f"{TOLD},sv48=off", "--append", arguments], SECONDS["bare"])
        traces[name] = Trace(raw.decode("utf-8", "replace").replace("\r", "").split("\n"))
    return traces


def bundle(options, run, text):
    """The description with that mode for each guest, made into a bundle; None if it is refused."""
    path = os.path.join(options.build, "isa", f"{run}.dts")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("\t\t\tbootargs", f'\t\t\tmode = "{RUNS[run]["mode"]}";\n\t\t\tbootargs'))
    done = subprocess.run([*options.make.split(), "bundle", f"SYSTEM={path}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, end="")
        return None
    return os.path.join(options.build, "bundles", path.removesuffix(".dts").lstrip("/").replace("/", "_") + ".bundle")


def run_below(options, run, guests, text):
    """Again, but once, if the console lost rows: it drops output when a busy build host gives it no time for half a second."""
    path = bundle(options, run, text)
    if path is None:
        return None
    traces = boot(options, run, guests, path)
    if any(trace.lost for trace in traces.values()):
        print(f"  {run}: output was lost, once more")
        traces = boot(options, run, guests, path)
    return traces


def boot(options, run, guests, path):
    raw = machine(options, run, ["--kernel", os.path.join(options.build, "septum.bin"), "--initrd", path, "--harts", "2",
                  "--memory", "1G", "--h", RUNS[run]["h"], "--cpu", RUNS[run]["cpu"]], SECONDS[RUNS[run]["mode"]],
                  lambda said: all_off(said, guests))
    said = voices(raw)
    return {name: Trace(said.get(name, []), f"guest '{name}' crashed") for name in guests}


def specified(suite, bare):
    """What each run should say: as the bare machine, but for the rows that the specification's text settles."""
    known = {row: values for trace in bare.values() for row, values in trace.rows.items()}
    settled = oracle.rows() | oracle.corrected(known)
    suite.check(known.keys() >= settled.keys(), f"the specification settles {len(settled)} of {len(known)} rows",
                ", ".join(sorted(settled.keys() - known.keys())[:5]))
    return {name: {row: settled.get(row, values) for row, values in trace.rows.items()} for name, trace in bare.items()}


def check_whole(suite, run, traces):
    for name, trace in traces.items():
        suite.check(trace.fault is None, f"{run}/{name}: {len(trace.rows)} rows", trace.fault)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make")
    parser.add_argument("--build", default="build")
    parser.add_argument("--all", action="store_true", help="show each difference, the listed ones, too")
    parser.add_argument("runs", nargs="*", default=list(RUNS), help="what is compared with the bare machine")
    options = parser.parse_args()
    os.makedirs(os.path.join(options.build, "isa"), exist_ok=True)
    suite = Suite("isa")
    with open(SYSTEM, encoding="utf-8") as file:
        text = file.read()
    guests = guests_of(text)
    listed = Differences.read(DIFFERENCES)
    reference = None
    for run in ["bare", *options.runs]:
        traces = run_bare(options, guests) if run == "bare" else run_below(options, run, guests, text)
        if not suite.check(traces is not None, f"{run}: the description is accepted"):
            continue
        reference = reference or specified(suite, traces)
        check_whole(suite, run, traces)
        for name in guests:
            compare(suite, listed, RUNS.get(run, {}).get("mode", run), f"{run}/{name}", reference[name], traces[name],
                    options.all)
    if set(options.runs) == set(RUNS):
        suite.check(not listed.unused(), "each listed difference is one that was met", ", ".join(listed.unused()))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
