# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""audit.json: everything that the report says, put together once; docs/audit.md describes it."""
import fnmatch
import json

import receipt
import record
from assumptions import Assumptions

from . import goals as goal_names
from . import mutants, trusted
from .tree import PRIVILEGED

SCHEMA = "septum-audit/1"
TRACE = "proofs/trace.json"


def load_json(path, default):
    try:
        with open(path, encoding="utf-8") as handle:
            return json.load(handle)
    except (OSError, ValueError):
        return default


def verdict_row(config):
    proved, why = record.verdict(config)
    return {"state": "PROVED" if proved else "NOT VERIFIED", "receipt": proved, "why": why, "sentence": record.sentence(config)}


def build(config, tree):
    found = record.read(config)
    assumptions = Assumptions(config.path(config.assumptions), config.assumptions)
    parts = tree.parts()
    data = {"schema": SCHEMA, "verdict": verdict_row(config), "run": run_row(found), "lines": parts,
            "privileged": sum(parts[p] for p in PRIVILEGED), "specification": tree.specification_lines()}
    functions = function_rows(found, tree) if found else []
    rest = Rest(functions, assumptions)
    for row in functions:
        row["rests_on"] = rest.of(row["name"])
    data["mutation"] = mutants.summary(config)
    data["stale"] = bool(found and receipt.changed(found["sources"], receipt.digests(config)))
    data["theorems"] = theorem_rows(config, tree, found, functions, rest, data["stale"])
    data["assumptions"] = assumption_rows(assumptions, tree, config, functions, data["theorems"])
    data["modules"] = module_rows(found, tree, functions, data["mutation"])
    data["functions"] = functions
    data["theories"] = found["theory_goals"] if found else []
    data["canaries"] = found["canaries"] if found else []
    data["correspondence"] = correspondence_rows(config)
    data["not_proved"] = trusted.regions(tree, assumptions)
    data["findings"] = found["findings"] if found else []
    return data


def run_row(found):
    if found is None:
        return None
    proved = sum(g["proved"] for g in found["goals"]) + sum(t["proved"] for t in found["theories"])
    return {"verdict": found["verdict"], "receipt": found["receipt"], "scope": found["scope"], "seconds": found["seconds"],
            "tools": found["tools"], "settings": found["settings"],
            "goals": len(found["goals"]) + sum(t["goals"] for t in found["theories"]), "proved": proved,
            "clauses": len(found["clauses"]), "functions": len(found["functions"]),
            "slowest": max([g["seconds"] for g in found["goals"]] + [g["slowest"] for t in found["theory_goals"] for g in t["goals"]],
                           default=0)}


def function_rows(found, tree):
    names = {f["name"] for f in found["functions"]}
    by_function, by_clause = {}, {}
    for goal in found["goals"]:
        name, rest = goal_names.function_of(goal["goal"], names)
        row = {"goal": goal["goal"], "rest": rest, "proved": goal["proved"], "prover": goal["by"], "seconds": goal["seconds"]}
        by_function.setdefault((goal["module"], name), []).append(row)
    for clause in found["clauses"]:
        by_clause.setdefault((clause["module"], clause["function"]), []).append(clause)
    rows = [function_row(f, by_clause, by_function, tree) for f in found["functions"]]
    for module in sorted({m["module"] for m in found["modules"]}):
        if by_clause.get((module, None)):
            lemmas = {"name": "lemmas of " + module, "module": module, "place": f"src/kernel/{module}.c:1", "static": True, "calls": []}
            rows.append(function_row(lemmas | {"key": None}, by_clause, by_function, tree))
    return rows


def function_row(function, by_clause, by_function, tree):
    key = (function["module"], function.get("key", function["name"]))
    mine, goals = by_clause.get(key, []), by_function.get(key, [])
    strays = goal_names.match(goals, mine)
    path = f"src/kernel/{function['module']}.c"
    lines = tree.definition(path, function["name"]) if tree.exists(path) else None
    header = None if function["static"] else tree.prototype(function["name"])
    first = tree.comment_above(path, lines[0]) if lines else 0
    return {"name": function["name"], "module": function["module"], "file": path, "line": lines[0] if lines else 0,
            "first": first, "last": lines[1] if lines else 0,
            "contract": {"file": header[0], "first": header[1], "last": header[2]} if header else None,
            "static": function["static"], "calls": function["calls"],
            "proved": all(g["proved"] for g in goals) and all(c["status"] == "valid" for c in mine),
            "seconds": round(sum(g["seconds"] for g in goals), 2), "goals": len(goals),
            "clauses": [clause_row(c) for c in mine],
            "other_goals": [goal_row(g) for g in strays]}


def goal_row(goal):
    return {k: goal[k] for k in ("goal", "proved", "prover", "seconds")}


def clause_row(clause):
    return {"kind": clause["kind"], "names": clause["names"], "text": clause["text"], "place": clause["place"], "status": clause["status"],
            "goals": [goal_row(g) for g in clause["goals"]]}


class Rest:
    """On which assumptions a function rests: through the calls it makes, and those that these make."""

    def __init__(self, functions, assumptions):
        self.calls = {}
        for function in functions:  # two modules can each have a static function of one name
            self.calls.setdefault(function["name"], set()).update(function["calls"])
        self.covered = {}
        for entry in assumptions.entries:
            for symbol in entry.covers:
                self.covered.setdefault(symbol, []).append(entry.name)

    def reach(self, name):
        seen, todo = set(), [name]
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo += self.calls.get(at, [])
        return seen

    def of(self, name):
        found = {a for n in self.reach(name) for a in self.covered.get(n, [])}
        return sorted(found, key=lambda a: int(a.split("-")[1]))


def theorem_rows(config, tree, found, functions, rest, stale):
    claimed = load_json(config.path(config.theorems), {})
    trace = load_json(config.path(TRACE), {})
    results = {t["theorem"]: t for t in found["theorems"]} if found else {}
    rows = []
    for name in sorted(set(claimed) | set(trace), key=lambda n: (len(n), n)):
        row, told, result = claimed.get(name), trace.get(name, {}), results.get(name)
        rows.append({"id": name, "name": told.get("name", name), "sentence": told.get("sentence", (row or {}).get("title", "")),
                     "open": told.get("open" if row else "unclaimed", ""), "tests": told.get("tests", []), "state": state_of(row, told, result, stale),
                     "goals": result["goals"] if result else 0, "proved": result["proved"] if result else 0}
                    | trace_row(row or {}, tree, functions, rest))
    return rows


def state_of(row, told, result, stale):
    """PROVED, IN PART (what it says is proved, and it does not say all), EARLIER (of another text), NOT PROVED (claimed), NOT CLAIMED."""
    if row is None:
        return "NOT CLAIMED"
    if result is None or result["verdict"] != "PROVED":
        return "NOT PROVED"
    if stale:
        return "EARLIER"
    return "IN PART" if "(in part)" in row["title"] or told.get("part") else "PROVED"


def trace_row(row, tree, functions, rest):
    """Requirement to Why3 to ACSL to C: where each piece of the theorem stands."""
    clauses, users = [], set()
    for pattern in row.get("clauses", []):
        wanted, _, clause = pattern.rpartition(".")
        for function in functions:
            for found in function["clauses"]:
                if found["kind"] == "ensures" and clause in found["names"] and fnmatch.fnmatch(function["name"], wanted):
                    clauses.append({"function": function["name"], "clause": clause, "place": found["place"], "status": found["status"]})
                    users.add(function["name"])
    if row.get("all"):
        users = {f["name"] for f in functions}
    asked = sorted({a for u in users for a in rest.of(u)}, key=lambda a: int(a.split("-")[1]))
    return {"clauses": clauses, "every": row.get("all", []), "why3": row.get("why3", []),
            "predicates": [{"name": n, "place": tree.symbol(n)} for n in row.get("predicates", [])],
            "lemmas": [{"name": n, "place": tree.symbol(n)} for n in row.get("lemmas", [])], "rests_on": asked}


def correspondence_rows(config):
    """Each call of the kernel, then each step that belongs to no call, with the contracts that state the steps."""
    table = load_json(config.path(config.correspondence), {"calls": {}, "steps": {}})
    steps = {name: {"step": name, "contracts": row.get("contracts", []), "reason": row.get("no_contract", "")} for name, row in table["steps"].items()}
    rows = [{"call": name, "steps": [steps[s] for s in row.get("steps", []) if s in steps], "missing": row.get("missing", "")}
            for name, row in table["calls"].items()]
    return rows + [{"call": "", "steps": [steps[name]], "missing": row["no_call"]} for name, row in table["steps"].items() if "no_call" in row]


def assumption_rows(assumptions, tree, config, functions, theorems):
    texts = assumption_texts(config.path(config.assumptions))
    rows = []
    for entry in assumptions.entries:
        covers = set(entry.covers)
        rows.append({"id": entry.name, "kind": entry.kind, "title": entry.title, "text": texts.get(entry.name, ""), "tested": entry.tested,
                     "place": f"{config.assumptions}:{entry.line}", "covers": entry.covers,
                     "callers": sorted(f["name"] for f in functions if covers & set(f["calls"])),
                     "functions": sum(entry.name in f["rests_on"] for f in functions),
                     "theorems": [t["id"] for t in theorems if entry.name in t["rests_on"]] if entry.kind != "environment" else
                     [t["id"] for t in theorems if t["goals"]]})
    return rows


def assumption_texts(path):
    """The free text behind the fields of each entry."""
    found, name = {}, None
    with open(path, encoding="utf-8") as handle:
        for line in handle:
            if line.startswith("### ASM-"):
                name = line.split()[1].rstrip(":.")
                found[name] = ""
            elif line.startswith("#"):
                name = None
            elif name and not line.startswith(("- ", "  ")) and line.strip():
                found[name] += line.strip() + " "
    return {n: t.strip() for n, t in found.items()}


def module_rows(found, tree, functions, mutation):
    rows = []
    for module in found["modules"] if found else []:
        mine = [f for f in functions if f["module"] == module["module"]]
        rows.append({"module": module["module"], "file": module["file"], "sloc": tree.file(module["file"]).sloc() if tree.exists(module["file"]) else 0,
                     "functions": module["functions"], "goals": module["goals"], "proved": module["proved"], "seconds": module["seconds"],
                     "verdict": module["verdict"], "slowest": max((g["seconds"] for f in mine for c in f["clauses"] for g in c["goals"]), default=0),
                     "mutants": mutation["modules"].get(module["module"]) if mutation else None})
    return rows
