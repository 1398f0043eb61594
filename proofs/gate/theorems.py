# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""proofs/theorems.json: which named clauses, lemmas and definitions a theorem consists of."""
import fnmatch
import json

from rules_unit import FAILED, INCOMPLETE, Finding, is_goal

SELECTORS = {"clauses", "lemmas", "predicates", "why3", "all"}
WHOLE = {
    "rte": lambda p: p.kind == "assert" and p.alarm is not None,
    "termination": lambda p: p.kind in ("terminates", "loop_variant", "decreases"),
    "assigns": lambda p: p.kind in ("assigns", "loop_assigns"),
}


class Theorem:
    def __init__(self, name, row):
        self.name, self.title, self.row = name, row.get("title", ""), row
        self.total, self.proved, self.problems = 0, 0, []

    @property
    def state(self):
        if self.problems:
            return "FAILED"
        return "PROVED" if self.total and self.proved == self.total else "INCOMPLETE"

    def count(self, properties):
        self.total += len(properties)
        self.proved += sum(p.status == "valid" for p in properties)


def read(path):
    try:
        with open(path, encoding="utf-8") as handle:
            return [Theorem(name, row) for name, row in json.load(handle).items()]
    except FileNotFoundError:
        return []


def evaluate(theorem, world, theories):
    """Count what is proved of what the theorem names; note names that match nothing. Of a text that is only read, Why3's
    goals are not known: theories is None."""
    for key in set(theorem.row) - SELECTORS - {"title"}:
        theorem.problems.append(f"unknown selector '{key}'")
    goals = [(u, p) for u in world.units for p in u.properties if is_goal(u, p)]
    for pattern in theorem.row.get("clauses", []):
        function, _, clause = pattern.rpartition(".")
        hit = [p for _, p in goals if clause in p.names and p.kind in ("ensures", "assert")
               and fnmatch.fnmatch(p.function or "", function)]
        note(theorem, hit, f"clause '{pattern}'")
        if not any(c in function for c in "*?["):
            continue
        # A wildcard speaks of every function that it matches, not only of those that have the clause.
        for name in sorted(world.home):
            if fnmatch.fnmatch(name, function) and not any(p.function == name for p in hit) and not world.home[name].source.functions[name].static:
                theorem.problems.append(f"'{name}' matches '{pattern}' and has no ensures '{clause}'")
    for name in theorem.row.get("lemmas", []):
        note(theorem, [p for _, p in goals if p.kind in ("lemma", "check_lemma") and name in p.names], f"lemma '{name}'")
    for name in theorem.row.get("predicates", []):
        if not any(name in unit.source.logic for unit in world.units):
            theorem.problems.append(f"predicate '{name}' is defined nowhere")
    for name in theorem.row.get("why3", []) if theories is not None else []:
        evaluate_why3(theorem, name, theories)
    for name in theorem.row.get("all", []):
        if name not in WHOLE:
            theorem.problems.append(f"'all' knows {', '.join(sorted(WHOLE))}, not '{name}'")
            continue
        theorem.count([p for _, p in goals if WHOLE[name](p)])
    return theorem


def note(theorem, hit, what):
    if not hit:
        theorem.problems.append(f"{what} matches nothing")
    theorem.count(hit)


def evaluate_why3(theorem, name, theories):
    module, _, goal = name.rpartition(".")
    hit = [g for t in theories if t.title == module for n, g in t.goals.items() if fnmatch.fnmatch(n, goal)]
    if not hit:
        theorem.problems.append(f"Why3 goal '{name}' matches nothing")
    theorem.total += len(hit)
    theorem.proved += sum(g["proved"] for g in hit)


def check_names(theorems):
    for theorem in theorems:
        for problem in theorem.problems:
            yield Finding(FAILED, "theorem", theorem.name, problem)


def check_theorems(theorems):
    yield from check_names(theorems)
    for theorem in theorems:
        if not theorem.problems and theorem.state != "PROVED":
            yield Finding(INCOMPLETE, "theorem", theorem.name, f"{theorem.proved} of {theorem.total} goals proved")
