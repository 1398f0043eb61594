# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What a run over everything leaves behind for the report and for the image's verdict: build/proofs/whole.json.

A run of one module, of the rules or with the cache never touches it."""
import json
import os

import receipt
from rules_unit import defined, is_goal, located

NAME = "whole.json"


def function_rows(units):
    for unit in units:
        for name in defined(unit):
            text = unit.source.functions.get(name)
            yield {"name": name, "module": unit.module, "place": located(unit, name), "static": bool(text and text.static),
                   "calls": sorted(set(text.calls)) if text else []}


def stub_rows(units):
    homes = {name for unit in units for name in defined(unit)}
    seen = set()
    for unit in units:
        for name in sorted(set(unit.functions) - homes - seen):
            seen.add(name)
            yield {"name": name, "place": located(unit, name)}


def clause_rows(units):
    for unit in units:
        for prop in unit.properties:
            if is_goal(unit, prop):
                yield {"module": unit.module, "function": prop.function, "kind": prop.kind, "names": prop.names, "text": prop.text,
                       "place": f"{prop.file}:{prop.line}", "status": prop.status}


def theory_rows(theories):
    return [{"theory": t.title, "file": t.path, "goals": [{"goal": n} | g for n, g in t.goals.items()]} for t in theories]


def build(config, units, theories, digests):
    return {"sources": digests, "prover_digests": receipt.programs(sorted(config.versions)),
            "functions": list(function_rows(units)), "stubs": list(stub_rows(units)),
            "clauses": list(clause_rows(units)), "theory_goals": theory_rows(theories)}


def write(config, result, detail):
    path = config.path(config.build, NAME)
    with open(path + ".part", "w", encoding="utf-8") as handle:
        json.dump(result | detail, handle, ensure_ascii=False, separators=(",", ":"))
        handle.write("\n")
    os.replace(path + ".part", path)


def read(config):
    """The record, or None."""
    try:
        with open(config.path(config.build, NAME), encoding="utf-8") as handle:
            return json.load(handle)
    except (OSError, ValueError):
        return None


def verdict(config):
    """(receipt or None, sentence): what may be said of the text as it is now."""
    found = read(config)
    if found is None:
        return None, "no run of make verify is on record"
    changed = receipt.changed(found["sources"], receipt.digests(config))
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        return None, f"{changed[0]}{more} changed since the last make verify"
    if found["verdict"] != "PROVED":
        return None, f"the last make verify said {found['verdict']}"
    return found["receipt"], "every goal is proved"


def sentence(config):
    """The words of the banner and of `make version`."""
    proved, why = verdict(config)
    return f"PROVED receipt {proved[:16]}" if proved else f"NOT VERIFIED: {why}"
