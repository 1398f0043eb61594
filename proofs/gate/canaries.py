# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Canaries: clauses that must stay unproved. One that is proved says that a stub or an axiom is contradictory."""
import re

from rules_unit import FAILED, INCOMPLETE, Finding, defined, located, place
from unit import run_unit, wp_options

PREFIX = "canary"


def run_canary(config, path):
    folder = config.path(config.build, "canary")
    options = wp_options(config, folder, steps=config.canary_steps, timeout=config.canary_timeout)
    return run_unit(config, path, options, "canary-" + re.sub(r"\W", "_", path.rsplit("/", 1)[-1][:-2]))


def clauses(unit):
    return [p for p in unit.properties if p.kind in ("check", "ensures") and p.names and p.names[0].startswith(PREFIX)]


def check_canaries(units, world, linked):
    """`linked`: the symbols that a driver gives a meaning; an axiomatic block that holds one wants a canary too."""
    called, text = {}, ""
    for unit in units:
        for prop in clauses(unit):
            if prop.status in ("unknown", "never_tried") and tried(unit, prop):
                continue
            yield Finding(FAILED, "canary", place(prop), f"'{' '.join(prop.names)}' in {prop.function} must stay unproved and is {prop.status}: "
                          "what it uses is contradictory", unit)
        for name in defined(unit):
            body = unit.source.functions[name]
            named = [p for p in clauses(unit) if p.function == name]
            if not named:
                yield Finding(FAILED, "canary", located(unit, name), f"'{name}' has no clause whose name begins with '{PREFIX}'", unit)
            for callee in body.calls:
                called[callee] = called.get(callee, 0) + 1
            text += body.contract + (body.body or "")
    for name, unit in sorted(world.stubs.items()):
        stub = unit.source.functions.get(name)
        if stub is None or not re.search(r"\b(ensures|exits)\b", stub.contract):
            continue  # it promises nothing, so it cannot contradict itself
        wanted = 1 if re.search(r"\(\s*void\s*\)", stub.signature) else 2
        if called.get(name, 0) < wanted:
            yield Finding(INCOMPLETE, "canary", located(unit, name),
                          f"the stub '{name}' is called {called.get(name, 0)} times by canaries, {wanted} wanted", unit)
    yield from check_blocks(world, text, linked)


def tried(unit, prop):
    words = "_".join([prop.names[0]])
    return any(words in goal.name and not goal.proved for goal in unit.goals)


def check_blocks(world, text, linked):
    seen = set()
    for unit in world.units:
        for name, block in unit.source.logic.items():
            if not block.startswith("/*@ axiomatic") or name in seen:
                continue
            seen.add(name)
            symbols = re.findall(r"(?:predicate|logic [^;(]*?)\s?(\w+)(?:\{[^}]*\})?\s?[(;]", block)
            if " axiom " not in block and not set(symbols) & linked:
                continue
            if not any(re.search(rf"\b{re.escape(s)}\b", text) for s in symbols):
                yield Finding(INCOMPLETE, "canary", unit.path, f"no canary uses a symbol of the axiomatic block '{name}'", unit)
