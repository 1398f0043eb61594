#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The gate is tested with seeded faults.

  run.py mini [NAME…|all] faults.json on the miniature kernel: each must give the verdict, and the finding, that it names;
                          without names a sample that changes by the day (DAY=seed for that of another)
  run.py kernel [NAME…]   seeds.json on a copy of the kernel: the functions named there prove untouched, and no longer
                          with the fault

A fault is a list of edits {file, find, replace} (`find` is a regular expression that must match exactly once, unless
`count` says otherwise) and, in the miniature, what changes in the settings, the options or the tools."""
import concurrent.futures
import datetime
import json
import os
import random
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
GATE = os.path.join(TOP, "proofs/gate/gate.py")
WORK = os.path.join(TOP, "build/tests/gate")
MINI_SAMPLE = 16  # of the faults in the miniature: all of them take five minutes of two cores
COPIED = ["src/kernel", "include", "spec", "proofs"]


def copy_tree(source, name, parts):
    """A fresh private copy of `parts` of a tree."""
    place = os.path.join(WORK, name)
    shutil.rmtree(place, ignore_errors=True)
    for part in parts:
        origin = os.path.join(source, part)
        if os.path.isdir(origin):
            shutil.copytree(origin, os.path.join(place, part), ignore=shutil.ignore_patterns("build", "__pycache__"))
    return place


def edit(place, change):
    path = os.path.join(place, change["file"])
    if "text" in change:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        content = change["text"]
    else:
        with open(path, encoding="utf-8") as handle:
            content = handle.read()
        found = len(re.findall(change["find"], content, re.MULTILINE))
        wanted = change.get("count", 1)
        if found != wanted:
            raise ValueError(f"{change['file']}: '{change['find']}' matches {found} times, not {wanted}")
        content = re.sub(change["find"], change["replace"], content, flags=re.MULTILINE)
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(content)


def settings(place, values):
    path = os.path.join(place, "proofs/gate.json")
    content = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as handle:
            content = json.load(handle)
    content.update(values)
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(content, handle)


def only_tools(place, tools):
    """A folder with these programs and no others, to be the whole search path."""
    folder = os.path.join(place, "bin")
    os.makedirs(folder)
    for tool in tools:
        os.symlink(shutil.which(tool), os.path.join(folder, tool))
    return folder


def run_gate(place, options, path=None):
    environment = dict(os.environ)
    if path:
        environment["PATH"] = path
    done = subprocess.run([sys.executable, "-B", GATE, "--root", place] + options, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    with open(os.path.join(place, "gate.log"), "w", encoding="utf-8") as handle:
        handle.write(done.stdout)
    verdict = re.search(r"^verdict: (\w+)$", done.stdout, re.MULTILINE)
    return done.returncode, verdict[1] if verdict else None, done.stdout


STATUS = {"PROVED": 0, "INCOMPLETE": 1, "FAILED": 1, None: 2}


def quicker(fault):
    """Canaries are half the time, and cannot change a verdict that another finding has made FAILED."""
    wanted = " ".join(fault.get("says", []))
    return {"canaries": []} if fault["verdict"] == "FAILED" and "canary" not in wanted else {}


def try_mini(fault):
    """None if the gate did what the fault expects, else what went wrong."""
    place = copy_tree(os.path.join(HERE, "mini"), "mini-" + fault["name"], ["src", "include", "spec", "proofs"])
    try:
        for change in fault.get("edits", []):
            edit(place, change)
    except ValueError as problem:
        return str(problem)
    settings(place, quicker(fault) | fault.get("settings", {}))
    path = only_tools(place, fault["tools"]) if "tools" in fault else None
    options = ["--jobs", "1", "--smoke", fault.get("smoke", "none")] + fault.get("options", [])
    status, verdict, text = run_gate(place, options, path)
    if verdict != fault["verdict"] or status != STATUS[fault["verdict"]]:
        return f"verdict {verdict} and status {status}, wanted {fault['verdict']} and {STATUS[fault['verdict']]}"
    for wanted in fault.get("says", []):
        if not re.search(wanted, text):
            return f"the gate says nothing like '{wanted}'"
    return None


def kernel_findings(place, seed, options):
    """What the gate finds in the seed's functions, or None where it gave no verdict at all."""
    functions = ["--function", seed["functions"]] if "functions" in seed else []
    _, verdict, text = run_gate(place, ["--module", seed["module"]] + functions + options)
    if verdict is None:
        return None
    return re.findall(r"^[^\n]*: (?:failed|incomplete)\[(?:unproved|under-hypothesis|contradiction)\][^\n]*$", text, re.MULTILINE)


def try_kernel(seed):
    place = copy_tree(TOP, "kernel-" + seed["name"], COPIED)
    try:
        for change in seed["edits"]:
            edit(place, change)
    except ValueError as problem:
        return str(problem)
    found = kernel_findings(place, seed, ["--timeout", "10"])
    return "the gate gave no verdict" if found is None else None if found else "the fault was not seen"


def clean_kernel(seed):
    """Without its fault the function must prove, or the fault shows nothing. With the limit of every other run: what
    takes a second alone takes ten on a busy machine."""
    found = kernel_findings(copy_tree(TOP, "kernel-clean-" + seed["name"], COPIED), seed, [])
    return "the gate gave no verdict" if found is None else f"does not prove untouched: {found[0]}" if found else None


def load(name, chosen):
    with open(os.path.join(HERE, name), encoding="utf-8") as handle:
        rows = json.load(handle)
    unknown = set(chosen) - {r["name"] for r in rows}
    if unknown:
        sys.exit(f"{name}: no fault named {', '.join(sorted(unknown))}")
    return [r for r in rows if not chosen or r["name"] in chosen]


def report(title, outcomes):
    failed = 0
    for name, problem in outcomes:
        failed += problem is not None
        print(f"  {'FAIL' if problem else 'ok  '} {name}{': ' + problem if problem else ''}", flush=True)
    passed = len(outcomes) - failed
    print(f"{title}: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("mini", "kernel"):
        print(__doc__, file=sys.stderr)
        return 2
    kind, chosen = sys.argv[1], sys.argv[2:]
    os.makedirs(WORK, exist_ok=True)
    if kind == "mini":
        faults = load("faults.json", [] if chosen == ["all"] else chosen)
        if not chosen:
            day = os.environ.get("DAY") or datetime.date.today().toordinal()
            print(f"a sample of {MINI_SAMPLE} of {len(faults)} faults, DAY={day} (make check-gate N=all: all)")
            faults = random.Random(str(day)).sample(faults, min(MINI_SAMPLE, len(faults)))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(try_mini, faults))
        return report("gate", list(zip([f["name"] for f in faults], outcomes)))
    seeds = load("seeds.json", chosen)
    functions = {(s["module"], s.get("functions", "")): s for s in seeds}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(zip([f"clean {m} {f}" for m, f in functions], pool.map(clean_kernel, functions.values())))
        outcomes += list(zip([s["name"] for s in seeds], pool.map(try_kernel, seeds)))
    return report("seeded faults in the kernel", outcomes)


if __name__ == "__main__":
    sys.exit(main())
