# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""septum-mutate list|run"""
import argparse
import concurrent.futures
import datetime
import queue

from config import Config, ToolProblem, check_tools

from . import mutants
from .judge import Bench, text_digest
from .results import Results


def arguments(given):
    parser = argparse.ArgumentParser(prog="septum-mutate", description="seed faults into the proved C; each must cost the proof")
    parser.add_argument("--root", default=".", help="top of the source tree")
    verbs = parser.add_subparsers(dest="verb", required=True)
    show = verbs.add_parser("list", help="print the mutants")
    show.add_argument("name", nargs="*", help="parts of names")
    run = verbs.add_parser("run", help="judge them; what was judged of the same text is not judged again")
    run.add_argument("name", nargs="*", help="parts of names")
    run.add_argument("--sample", type=int, help="only so many, chosen by the day")
    run.add_argument("--day", type=int, default=datetime.date.today().toordinal(), help="seed of the sample")
    run.add_argument("--timeout", type=int, help="seconds per prover and goal")
    run.add_argument("--jobs", type=int, default=2, help="mutants at a time")
    run.add_argument("--compiler", default="gcc -std=c11 -O2", help="what tells mutants of the same machine code")
    return parser.parse_args(given)


def wanted(config, args):
    rows = mutants.listed(config)
    if args.name:
        rows = [m for path in config.files(config.units) for m in mutants.of_unit(config, path)]
        rows = [m for m in rows if any(part in m.name for part in args.name)]
    if getattr(args, "sample", None):
        print(f"a sample of {args.sample} of {len(rows)} (N={args.sample} DAY={args.day})", flush=True)
        rows = mutants.sample(rows, args.sample, args.day)
    return rows


def run(config, args):
    check_tools(config)
    rows, results = wanted(config, args), Results(config)
    digests = {path: text_digest(config, path) for path in {m.path for m in rows}}
    todo = [m for m in rows if not results.known(m, digests[m.path])]
    print(f"{len(rows)} mutants, {len(rows) - len(todo)} judged before", flush=True)
    benches = queue.Queue()
    for number in range(max(1, min(args.jobs, len(todo)))):
        benches.put(Bench(config, config.path("build/mutate", f"tree-{number}"), args.timeout, args.compiler))

    def judge(mutant):
        bench = benches.get()
        try:
            verdict = results.reviewed(mutant) or bench.judge(mutant)
        finally:
            benches.put(bench)
        results.note(mutant, verdict, digests[mutant.path])
        print(f"  {verdict.state:<10} {mutant.name}  ({verdict.detail}; {verdict.seconds:.0f} s)", flush=True)

    with concurrent.futures.ThreadPoolExecutor(benches.qsize()) as pool:
        list(pool.map(judge, todo))
    every = {m.name for path in config.files(config.units) for m in mutants.of_unit(config, path)}
    return results.report(rows, digests, every)


def main(given):
    args = arguments(given)
    config = Config(args.root)
    try:
        if args.verb == "run":
            return run(config, args)
    except ToolProblem as problem:
        print(f"septum-mutate: {problem}")
        return 2
    for mutant in wanted(config, args):
        print(f"{mutant.name}  {mutant.place}\n    {mutant.what}")
    return 0
