#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Runs the model's fuzzer: `check` from a fixed seed, `fuzz` for a time, `faults` on kernels with a seeded bug."""

import argparse
import concurrent.futures
import glob
import json
import os
import random
import shlex
import shutil
import subprocess
import sys

SEED, SEEDS, SEED_BYTES = 1, 24, 3000
LANES = 2  # faults looked for at a time
HERE = os.path.dirname(os.path.abspath(__file__))


def corpus(folder):
    """Random inputs, the same each time: calls in long rows, which a fuzzer that begins with nothing finds late."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    source = random.Random(SEED)
    for number in range(SEEDS):
        with open(os.path.join(folder, f"seed-{number:02}"), "wb") as file:
            file.write(bytes(source.getrandbits(8) for _ in range(SEED_BYTES)))
    return folder


def run(fuzzer, folder, limit, seconds):
    command = [fuzzer, f"-seed={SEED}", limit, "-max_len=4096", "-len_control=0", "-timeout=20", "-verbosity=0",
               f"-artifact_prefix={fuzzer}-", folder]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False)


def found(result):
    """The line in which model, checker or sanitizer says what is wrong; None: nothing is."""
    if result.returncode == 0:
        return None
    for line in result.stderr.splitlines():
        if line.startswith("model: ") or "Assertion" in line or "runtime error" in line or "ERROR: AddressSan" in line:
            return line
    return "it ended without a word: " + " / ".join(result.stderr.splitlines()[-3:])


def verdict(name, passed, failed):
    print(f"{name}: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def check(options):
    limit = f"-runs={options.runs}" if options.command == "check" else f"-max_total_time={options.seconds}"
    result = run(options.fuzzer, corpus(options.fuzzer + ".corpus"), limit, options.seconds + 600)
    wrong = found(result)
    with open(options.fuzzer + ".log", "w", encoding="utf-8") as log:
        log.write(result.stderr)
    if wrong:
        print(f"{wrong}\n   its log is {options.fuzzer}.log")
    return verdict("model", int(not wrong), int(bool(wrong)))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def build(options, fault):
    """The fuzzer with one of the kernel's files bent; None if no file has such text."""
    places = [os.path.join("src/kernel", fault["file"])] + sorted(glob.glob("src/kernel/*.c"))
    source = next((path for path in places if os.path.exists(path) and fault["old"] in read(path)), None)
    if source is None:
        return None
    folder = os.path.join(options.objects, "faults", fault["name"])
    os.makedirs(folder, exist_ok=True)
    bent, target = os.path.join(folder, os.path.basename(source)), os.path.join(folder, "fuzz")
    with open(bent, "w", encoding="utf-8") as file:
        file.write(read(source).replace(fault["old"], fault["new"], 1))
    sound = os.path.join(options.objects, source[:-1] + "o")
    objects = [path for path in options.inputs if path.endswith(".o") and os.path.normpath(path) != os.path.normpath(sound)]
    subprocess.run([options.clang, *shlex.split(options.compile), "-w", "-c", bent, "-o", bent + ".o"], check=True)
    subprocess.run([options.clang, *shlex.split(options.link), *objects, bent + ".o", "-o", target], check=True)
    return target


def look_for(options, fault):
    """Whether the model finds it; says so. The fuzzer adds to its corpus: each has its own."""
    fuzzer = build(options, fault)
    if fuzzer is None:
        print(f"  {fault['name']}: the kernel has no such text any more")
        return False
    folder = corpus(fuzzer + ".corpus")
    what = found(run(fuzzer, folder, f"-runs={options.runs}", 600))
    if what is None:  # some come late
        what = found(run(fuzzer, folder, f"-runs={8 * options.runs}", 600))
    print(f"  {fault['name']}: {what or 'NOT FOUND'}")
    return what is not None


def faults(options):
    with open(os.path.join(HERE, "faults.json"), encoding="utf-8") as file:
        listing = json.load(file)
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        passed = sum(pool.map(lambda fault: look_for(options, fault), listing))
    return verdict("model-faults", passed, len(listing) - passed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["check", "fuzz", "faults"])
    parser.add_argument("fuzzer")
    parser.add_argument("inputs", nargs="*", help="faults: the objects to link")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--objects")
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--compile", default="")
    parser.add_argument("--link", default="")
    options = parser.parse_args()
    return faults(options) if options.command == "faults" else check(options)


if __name__ == "__main__":
    sys.exit(main())
