# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""`make why G=…`: what the last run says about goals that are not proved."""
import json
import re

from config import ToolProblem
from unit import base_command, wp_options

HINTS = [
    ("loop_invariant", "established or preserved? State what the body changes and what it keeps; every assigned variable needs a bound"),
    ("_assigns", "the clause names less than the body or a callee writes; whole arrays as `a[0 .. N-1]`, no element behind a struct"),
    (r"_call_\w+_requires", "the caller does not know the callee's requires here: add it to the caller's requires, or let an earlier callee ensure it"),
    ("rte_index_bound", "the bound is not known at this line: a requires, or a loop invariant"),
    ("_rte_", "a run-time error is possible as far as the prover knows"),
    ("terminates", "a callee or a loop has no `terminates \\true` or no variant"),
    ("variant", "the variant must fall and stay non-negative; loop invariants bound it"),
    ("disjoint", "two behaviors' assumes hold at once"),
    ("complete", "some input satisfies no behavior's assumes"),
    ("_ensures", "is the clause true? If so: a lemma, a helper function with its own contract, or a smaller clause"),
    ("_lemma_", "split it, or prove it in Why3 (spec/model) and link the symbol"),
]
# Words of a goal's name, for the kinds of properties it can come from.
KIND_WORDS = {"ensures": "ensures", "assigns": "assigns", "loop_assigns": "loop_assigns", "assert": "assert", "check": "check",
              "instance": "requires", "loop_invariant": "loop_invariant", "loop_variant": "loop_variant", "terminates": "terminates",
              "lemma": "lemma", "exits": "exits", "complete": "complete", "disjoint": "disjoint"}


CATEGORIES = {"ensures": "@ensures", "assigns": "@assigns", "loop_assigns": "@assigns", "assert": "@assert", "check": "@check",
              "instance": "@requires", "loop_invariant": "@invariant", "loop_variant": "@variant", "terminates": "@terminates",
              "lemma": "@lemma", "complete": "@complete_behaviors", "disjoint": "@disjoint_behaviors", "exits": "@exits"}


def sequents(config, path, clause):
    """What the provers are asked for this clause, as WP prints it."""
    folder = config.path(config.build, "why")
    options = wp_options(config, folder)
    options[options.index("-wp-prover") + 1] = "none"
    named = [n for n in clause["names"] if n != "rte"]
    options += ["-wp-print", "-wp-prop", named[-1] if named else CATEGORIES.get(clause["kind"], "@ensures")]
    if clause["function"]:
        options += ["-wp-fct", clause["function"]]
    _, text = config.run(base_command(config) + [path] + options)
    return [block.strip() for block in re.findall(r"^Goal .*?(?=^---|^\[wp\]|\Z)", text, re.MULTILINE | re.DOTALL)]


def hint(goal):
    return next((text for word, text in HINTS if re.search(word, goal)), "")


def clause_of(goal, properties):
    """The unproved properties that the goal's name can stand for."""
    fits = []
    for prop in properties:
        if prop["status"] == "valid" or not prop["function"] and prop["kind"] != "lemma":
            continue
        if prop["function"] and f"_{prop['function']}_" not in goal + "_":
            continue
        if KIND_WORDS.get(prop["kind"], "?") in goal and all(n in goal for n in prop["names"]):
            fits.append(prop)
    best = max((len(" ".join(p["names"])) for p in fits), default=0)
    return [p for p in fits if len(" ".join(p["names"])) == best]


def explain(config, pattern, show):
    try:
        with open(config.path(config.build, "result.json"), encoding="utf-8") as handle:
            result = json.load(handle)
    except OSError as problem:
        raise ToolProblem("no result yet; run `make verify` or `make verify M=module` first") from problem
    files = {m["module"]: m["file"] for m in result["modules"]}
    shown = 0
    for goal in result["goals"]:
        if goal["proved"] or not re.search(pattern or ".", goal["goal"]):
            continue
        shown += 1
        print(f"{goal['goal']}  (module {goal['module']})")
        clauses = clause_of(goal["goal"], result["unproved"].get(goal["module"], []))
        for clause in clauses:
            print(f"  {clause['file']}:{clause['line']}: {clause['text']}")
        print(f"  provers: {goal['details'] or goal['by']}")
        if hint(goal["goal"]):
            print(f"  hint: {hint(goal['goal'])}")
        for clause in clauses if show else []:
            for block in sequents(config, files[goal["module"]], clause):
                print("    " + block.replace("\n", "\n    ") + "\n")
    if not shown:
        known = sum(not g["proved"] for g in result["goals"])
        print(f"no unproved goal matches '{pattern}' (unproved in the last run: {known}, scope: {result['scope']})")
    return 0
