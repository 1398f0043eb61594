#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The verify gate. Exit status: 0 PROVED, 1 INCOMPLETE or FAILED, 2 usage or tools."""
import argparse
import concurrent.futures
import datetime
import json
import os
import re
import sys
import time

import receipt
import record
import report
import theorems as theorem_rules
import why
import why3run
from assumptions import Assumptions
from canaries import check_canaries, run_canary
from config import Config, ToolProblem, check_tools
from correspondence import check_correspondence
from rules_text import check_text
from rules_unit import FAILED, Allow, Finding, check_unit
from rules_world import World, check_same, check_stale, check_world, linked_symbols
from unit import run_unit, wp_options


def arguments():
    parser = argparse.ArgumentParser(prog="gate", description="prove the kernel and give a verdict")
    parser.add_argument("--root", default=".", help="top of the source tree")
    parser.add_argument("--settings", help="settings instead of proofs/gate.json")
    parser.add_argument("--module", help="prove this module only")
    parser.add_argument("--function", help="prove these functions of the module only (no verdict but INCOMPLETE)")
    parser.add_argument("--timeout", type=int, help="seconds per prover and goal, to see failures sooner")
    parser.add_argument("--smoke", default="sample", choices=("all", "sample", "none"), help="which units get smoke tests")
    parser.add_argument("--day", type=int, default=datetime.date.today().toordinal(), help="seed of the sample")
    parser.add_argument("--jobs", type=int, default=2, help="units at a time")
    parser.add_argument("--quick", action="store_true", help="use the proof cache (the verdict then says so)")
    parser.add_argument("--rules", action="store_true", help="check the rules on the text only, prove nothing (never a verdict)")
    parser.add_argument("--why", metavar="GOAL", help="explain unproved goals of the last run instead of proving")
    parser.add_argument("--show", action="store_true", help="with --why: print what the provers were asked, too")
    parser.add_argument("--verdict", action="store_true", help="what the last run over everything says of the present text")
    return parser.parse_args()


LEMMAS = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def weight(root, path):
    """Bytes of a unit and of the lemmas that it includes for itself, which are proved with it."""
    with open(os.path.join(root, path), encoding="utf-8") as handle:
        text = handle.read()
    own = (os.path.join(root, os.path.dirname(path), name) for name in LEMMAS.findall(text))
    return len(text) + sum(os.path.getsize(name) for name in own if os.path.exists(name))


def sample(root, units, day):
    """A different unit every day, the same one all day. Of the smaller third: smoke tests of a large unit take as
    long as all the proofs together, and are the matter of --smoke all."""
    by_size = sorted(units, key=lambda path: weight(root, path))
    small = by_size[: (len(by_size) + 2) // 3]
    return {small[day % len(small)]} if small else set()


def show_unit(unit):
    done = sum(g.proved for g in unit.goals)
    smoke = f", smoke {unit.smoke_passed}/{unit.smoke_passed + len(unit.smoke_failed)}" if unit.smoke else ""
    print(f"  {unit.module:<16} {done}/{len(unit.goals)} goals{smoke}, {unit.seconds:.1f} s", flush=True)


def show_theory(theory):
    proved = sum(g["proved"] for g in theory.goals.values())
    print(f"  {theory.title:<16} {proved}/{len(theory.goals)} goals, {theory.seconds:.1f} s", flush=True)


def show_canary(unit):
    print(f"  {os.path.basename(unit.path):<16} {len(unit.goals)} goals of canaries, {unit.seconds:.1f} s", flush=True)


def module_of(path):
    return os.path.splitext(os.path.basename(path))[0]


# All kinds of goals that WP knows but lemmas.
KINDS = ["@requires", "@ensures", "@exits", "@assert", "@check", "@assigns", "@invariant", "@variant", "@terminates", "@decreases",
         "@complete_behaviors", "@disjoint_behaviors", "@breaks", "@continues", "@returns"]
SLOW = ["pruning", "ground"]


def unit_options(config, path, args, smoked):
    options = wp_options(config, config.path(config.build, module_of(path)), smoke=path in smoked, parallel=2)
    scope = ["-wp-fct", args.function] if args.function else []
    if args.quick:
        options[options.index("-wp-cache") + 1] = "update"
        options += ["-wp-cache-dir", config.path(config.build, "cache")]
        os.makedirs(config.path(config.build, "cache"), exist_ok=True)
    return options + scope if path in smoked else two_rounds(config, options, scope)


def two_rounds(config, options, scope):
    """One prover does most goals by itself, in few steps, without those of WP's simplifications that take longer than the
    prover does. What it leaves gets all provers, all steps and all simplifications. (Lemmas wait for the second round: WP
    would prove them in each.)"""
    first = list(options)
    first[first.index("-wp-prover") + 1] = config.first_prover
    first[first.index("-wp-steps") + 1] = str(config.first_steps)
    first += ["-wp-prop", ",".join(KINDS), *(f"-wp-no-{name}" for name in SLOW)]
    second = ["-then", "-wp", "-wp-prover", ",".join(config.provers), "-wp-steps", str(config.steps),
              "-wp-prop", ",".join(KINDS + ["@lemma"]), *(f"-wp-{name}" for name in SLOW)]
    return first + scope + second + scope


def choose(config, args, paths):
    """Which units are proved, and which of them with smoke tests."""
    if args.rules:
        return [], set()
    chosen = [p for p in paths if not args.module or module_of(p) == args.module]
    if not chosen:
        raise ToolProblem(f"no unit named '{args.module}' (there are: {', '.join(map(module_of, paths)) or 'none'})")
    smoked = set()
    if args.smoke == "all":
        smoked = set(chosen)
    elif args.smoke == "sample" and not args.module:
        smoked = sample(config.root, chosen, args.day)
    if smoked:
        print(f"smoke tests in: {', '.join(sorted(map(module_of, smoked)))} (--smoke {args.smoke} --day {args.day})", flush=True)
    return chosen, smoked


def known_seconds(config):
    """What each module took the last time: the longest begins first, so that no core idles at the end."""
    try:
        with open(config.path(config.build, "result.json"), encoding="utf-8") as handle:
            return {m["file"]: m["seconds"] for m in json.load(handle)["modules"]}
    except (OSError, ValueError, KeyError):
        return {}


def run_all(config, args, paths):
    """Everything that takes time, two at a time: WP prepares goals on one core, so two units beat one."""
    chosen, smoked = choose(config, args, paths)
    before = known_seconds(config)
    chosen.sort(key=lambda p: (-before.get(p, 1e6), -os.path.getsize(config.path(p))))
    whole = not (args.module or args.rules)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = [pool.submit(shown, show_unit, run_unit, config, p, unit_options(config, p, args, smoked), None, args.function)
                   for p in chosen]
        theories = [pool.submit(shown, show_theory, why3run.prove_theory, config, t) for t in (why3run.theories_of(config) if whole else [])]
        canaries = [pool.submit(shown, show_canary, run_canary, config, p) for p in (config.files(config.canaries) if whole else [])]
        texts = [pool.submit(parse, config, p, whole or args.rules) for p in paths if p not in chosen]
        try:
            units = {unit.path: unit for unit in (f.result() for f in running + texts) if unit}
            return [units[p] for p in paths if p in units], [f.result() for f in theories], [f.result() for f in canaries]
        except ToolProblem:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def parse(config, path, needed):
    """The text of a unit that is not proved now. Of one module's proof, another that is being worked on is no hindrance."""
    try:
        return run_unit(config, path, None, "parse-" + module_of(path))
    except ToolProblem:
        if needed:
            raise
        return None


def shown(show, work, *arguments_of_work):
    result = work(*arguments_of_work)
    show(result)
    return result


def judge(config, args, units, theories, canaries, assumptions):
    """All findings, and the theorems with what is proved of them."""
    allow = Allow(config.path(config.allow))
    world = World(units)
    findings = [f for unit in units for f in check_unit(unit, assumptions, allow)]
    findings += check_text(config, units)
    missing = set(config.files(config.units)) - {unit.path for unit in units}
    if missing:
        findings.append(Finding(report.INCOMPLETE, "scope", args.module, f"not readable, so not looked at together: {', '.join(sorted(missing))}"))
    else:
        findings += check_world(config, world, assumptions)
        findings += check_correspondence(config, world)
    if args.module:
        return [f for f in findings if f.unit is None or f.unit.proved], []
    findings += why3run.check_theories(theories)
    findings += why3run.check_trusted(config, assumptions)
    theorems = [theorem_rules.evaluate(t, world, None if args.rules else theories)
                for t in theorem_rules.read(config.path(config.theorems))]
    if args.rules:
        return findings + list(theorem_rules.check_names(theorems)) + list(check_stale(assumptions)), []
    findings += check_canaries(canaries, world, linked_symbols(config))
    findings += check_same(World(units + canaries))
    findings += theorem_rules.check_theorems(theorems)
    findings += check_stale(assumptions)
    findings += [Finding(FAILED, "stale", config.allow, f"no warning matches '{row['text']}' any more")
                 for row, hits in zip(allow.rows, allow.hits) if not hits]
    return findings, theorems


def collect(config, args, begin):
    paths = config.files(config.units)
    if not paths:
        raise ToolProblem(f"no unit to prove ({', '.join(config.units)} match nothing)")
    before = receipt.digests(config)
    units, theories, canaries = run_all(config, args, paths)
    assumptions = Assumptions(config.path(config.assumptions), config.assumptions)
    findings, theorems = judge(config, args, units, theories, canaries, assumptions)
    changed = receipt.changed(before, receipt.digests(config))
    if changed:
        findings.append(Finding(report.INCOMPLETE, "changed", changed[0], f"written while the proofs ran ({len(changed)} files): no one text was proved"))
    scope = "the whole kernel"
    if args.module:
        scope = f"module {args.module} only: no theories, no canaries, no theorems; this is not the verdict on the kernel"
    if args.rules:
        scope = "the rules of the text only"
        findings.append(Finding(report.INCOMPLETE, "scope", args.root, "nothing was proved"))
    if args.function:
        findings.append(Finding(report.INCOMPLETE, "scope", args.module, f"only {args.function} was proved"))
    if args.quick:
        scope += " (with a proof cache: what counts is the run without)"
    unique = list({str(f): f for f in findings}.values())
    whole = not (args.module or args.rules)
    result = report.build(config, units, theories, canaries, theorems, assumptions, unique, scope, whole, time.time() - begin)
    result["receipt"] = receipt.receipt(before)
    if whole and not args.quick:
        record.write(config, result, record.build(config, units, theories, before))
    return result


def main():
    args = arguments()
    if args.function and not args.module:
        print("gate: --function wants --module", file=sys.stderr)
        return 2
    try:
        config = Config(args.root, args.settings)
        if args.verdict:
            print(record.sentence(config))
            return 0
        if args.why is not None:
            return why.explain(config, args.why, args.show)
        config.timeout = args.timeout or config.timeout
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
