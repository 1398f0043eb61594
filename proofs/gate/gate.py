#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The verify gate. Exit status: 0 PROVED, 1 INCOMPLETE or FAILED, 2 usage or tools."""
import argparse
import concurrent.futures
import datetime
import os
import sys
import time

import report
import theorems as theorem_rules
import why
import why3run
from assumptions import Assumptions
from canaries import check_canaries, run_canaries
from config import Config, ToolProblem, check_tools
from rules_unit import FAILED, Allow, Finding, check_unit
from rules_world import World, check_same, check_stale, check_world, linked_symbols
from unit import run_unit, wp_options


def arguments():
    parser = argparse.ArgumentParser(prog="gate", description="prove the kernel and give a verdict")
    parser.add_argument("--root", default=".", help="top of the source tree")
    parser.add_argument("--settings", help="settings instead of proofs/gate.json")
    parser.add_argument("--module", help="prove this module only")
    parser.add_argument("--function", help="prove these functions of the module only (no verdict but INCOMPLETE)")
    parser.add_argument("--smoke", default="sample", choices=("all", "sample", "none"), help="which units get smoke tests")
    parser.add_argument("--day", type=int, default=datetime.date.today().toordinal(), help="seed of the sample")
    parser.add_argument("--jobs", type=int, default=2, help="units at a time")
    parser.add_argument("--quick", action="store_true", help="use the proof cache (the verdict then says so)")
    parser.add_argument("--rules", action="store_true", help="check the rules on the text only, prove nothing (never a verdict)")
    parser.add_argument("--why", metavar="GOAL", help="explain unproved goals of the last run instead of proving")
    parser.add_argument("--show", action="store_true", help="with --why: print what the provers were asked, too")
    return parser.parse_args()


def sample(units, day, count=2):
    """A different unit or two every day, the same ones all day."""
    step = max(1, len(units) // count)
    return {units[(day + i * step) % len(units)] for i in range(min(count, len(units)))}


def show_unit(unit):
    done = sum(g.proved for g in unit.goals)
    smoke = f", smoke {unit.smoke_passed}/{unit.smoke_passed + len(unit.smoke_failed)}" if unit.smoke else ""
    print(f"  {unit.module:<16} {done}/{len(unit.goals)} goals{smoke}, {unit.seconds:.1f} s", flush=True)


def show_theory(title, goals, proved, seconds):
    print(f"  {title:<16} {proved}/{goals} goals, {seconds:.1f} s", flush=True)


def unit_options(config, path, args, smoked, parallel):
    folder = config.path(config.build, os.path.splitext(os.path.basename(path))[0])
    options = wp_options(config, folder, smoke=path in smoked, parallel=parallel)
    if args.quick:
        options[options.index("-wp-cache") + 1] = "update"
        options += ["-wp-cache-dir", config.path(config.build, "cache")]
        os.makedirs(config.path(config.build, "cache"), exist_ok=True)
    if args.function:
        options += ["-wp-fct", args.function]
    return options


def parse_unit(config, path):
    return run_unit(config, path, None, "parse-" + os.path.basename(path)[:-2])


def run_units(config, args, paths):
    if args.rules:
        return [parse_unit(config, p) for p in paths]
    chosen = [p for p in paths if not args.module or os.path.basename(p) == args.module + ".c"]
    if not chosen:
        raise ToolProblem(f"no unit named '{args.module}' (there are: {', '.join(os.path.basename(p)[:-2] for p in paths) or 'none'})")
    smoked = set(chosen) if args.smoke == "all" else sample(chosen, args.day) if args.smoke == "sample" and not args.module else set()
    if smoked:
        print(f"smoke tests today: {', '.join(sorted(os.path.basename(p)[:-2] for p in smoked))} (--day {args.day})", flush=True)
    units = {}
    jobs = max(1, min(args.jobs, len(chosen)))
    parallel = 2 // jobs if jobs < 2 else 1
    # The longest first, by size, so that the second core does not idle at the end.
    order = sorted(chosen, key=lambda p: -os.path.getsize(config.path(p)))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(run_unit, config, p, unit_options(config, p, args, smoked, parallel), None, args.function): p
                   for p in order}
        for future in concurrent.futures.as_completed(running):
            units[running[future]] = future.result()
            show_unit(units[running[future]])
    for path in paths:
        if path not in units:
            units[path] = parse_unit(config, path)
    return [units[p] for p in paths]


def collect(config, args, begin):
    paths = config.files(config.units)
    if not paths:
        raise ToolProblem(f"no unit to prove ({', '.join(config.units)} match nothing)")
    partial = bool(args.module or args.rules)
    units = run_units(config, args, paths)
    assumptions = Assumptions(config.path(config.assumptions), config.assumptions)
    allow = Allow(config.path(config.allow))
    world = World(units)
    findings = [f for unit in units for f in check_unit(unit, assumptions, allow)]
    findings += check_world(config, world, assumptions)
    theories, canaries, theorems = [], [], []
    if not partial:
        theories = why3run.run_theories(config, show_theory)
        canaries = list(run_canaries(config))
        for unit in canaries:
            print(f"  {os.path.basename(unit.path):<16} {len(unit.goals)} goals of canaries, {unit.seconds:.1f} s", flush=True)
        findings += why3run.check_theories(theories)
        findings += why3run.check_trusted(config, assumptions)
        findings += check_canaries(canaries, world, linked_symbols(config))
        findings += check_same(World(units + canaries)) if canaries else []
        theorems = [theorem_rules.evaluate(t, world, theories) for t in theorem_rules.read(config.path(config.theorems))]
        findings += theorem_rules.check_theorems(theorems)
        findings += check_stale(assumptions)
        for index, row in enumerate(allow.rows):
            if not allow.hits[index]:
                findings.append(Finding(FAILED, "stale", config.allow, f"no warning matches '{row['text']}' any more"))
    scope = "the whole kernel"
    if partial:
        if not args.rules:
            findings = [f for f in findings if f.unit is None or f.unit.proved]
        scope = f"module {args.module} only: no theories, no canaries, no theorems; this is not the verdict on the kernel"
    if args.rules:
        findings += check_stale(assumptions)
        findings.append(Finding(report.INCOMPLETE, "scope", args.root, "nothing was proved"))
        scope = "the rules of the text only"
    if args.function:
        findings.append(Finding(report.INCOMPLETE, "scope", args.module, f"only {args.function} was proved"))
    if args.quick:
        scope += " (with a proof cache: what counts is the run without)"
    unique = list({str(f): f for f in findings}.values())
    return report.build(config, units, theories, canaries, theorems, assumptions, unique, scope, not partial, time.time() - begin)


def main():
    args = arguments()
    if args.function and not args.module:
        print("gate: --function wants --module", file=sys.stderr)
        return 2
    try:
        config = Config(args.root, args.settings)
        if args.why is not None:
            return why.explain(config, args.why, args.show)
        begin = time.time()
        check_tools(config)
        result = collect(config, args, begin)
    except ToolProblem as problem:
        print(f"gate: {problem}", file=sys.stderr)
        return 2
    report.write_json(config, result)
    report.show(result)
    return 0 if result["verdict"] == "PROVED" else 1


if __name__ == "__main__":
    sys.exit(main())
