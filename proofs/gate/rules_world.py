# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What must hold over all units together: the closed world."""
import re

from rules_unit import FAILED, Finding, defined, located
from source import strip_annotations


class World:
    """All units, proved or parsed, seen as one program."""

    def __init__(self, units):
        self.units = units
        self.home = {}          # function -> unit that defines it
        self.stubs = {}         # function without a body anywhere -> a unit that declares it
        self.callers = {}       # function -> functions that call it
        for unit in units:
            for name in defined(unit):
                self.home.setdefault(name, unit)
        for unit in units:
            for name in unit.functions:
                if name not in self.home:
                    self.stubs.setdefault(name, unit)
            for name in defined(unit):
                text = unit.source.functions.get(name)
                for callee in text.calls if text else []:
                    self.callers.setdefault(callee, set()).add(name)


def check_definitions(world):
    for unit in world.units:
        for name in defined(unit):
            other = world.home[name]
            if other is not unit and not same_static(unit, other, name):
                yield Finding(FAILED, "twice", located(unit, name), f"'{name}' is defined here and in {other.path}", unit)


def same_static(unit, other, name):
    one, two = unit.source.functions.get(name), other.source.functions.get(name)
    return bool(one and two and one.static and two.static and (one.contract, one.body) == (two.contract, two.body))


def check_same(world):
    """Contracts, logic definitions, types and variables read the same in every unit that shows them."""
    for title, table in (("contract", lambda s: {n: (f.contract, f.signature.replace("extern ", "")) for n, f in s.functions.items() if not f.static}),
                         ("definition", lambda s: s.logic), ("type", lambda s: s.types), ("declaration", lambda s: s.variables)):
        first = {}
        for unit in world.units:
            for name, text in table(unit.source).items():
                known = first.setdefault(name, (text, unit))
                if known[0] != text:
                    yield Finding(FAILED, "differs", unit.path,
                                  f"the {title} of '{name}' is not the one that {known[1].path} sees: {difference(known[0], text)}", unit)


def difference(one, other):
    one, other = str(one), str(other)
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return f"'…{one[max(0, at - 30):at + 40]}…' there, '…{other[max(0, at - 30):at + 40]}…' here"


def check_stubs(world, assumptions):
    for name, unit in sorted(world.stubs.items()):
        if assumptions.use("stub", name) is None:
            yield Finding(FAILED, "stub", located(unit, name),
                          f"'{name}' has a contract and no body, and no ASM entry of kind stub covers it", unit)


def check_entries(world, assumptions):
    for name, unit in sorted(world.home.items()):
        if world.callers.get(name, set()) - {name}:
            continue
        wants = [p for p in unit.properties if p.kind == "requires" and p.function == name]
        listed = assumptions.use("entry", name)
        if wants and listed is None:
            yield Finding(FAILED, "entry", located(unit, name),
                          f"no proved function calls '{name}', so nothing proves its requires, and no ASM entry of kind entry covers it", unit)


def check_recursion(world):
    """WP sees recursion within a unit only; here the whole call graph has to be without a cycle."""
    state = {}

    def visit(name, path):
        state[name] = "open"
        unit = world.home[name]
        text = unit.source.functions.get(name)
        for callee in sorted(set(text.calls if text else [])):
            if callee not in world.home:
                continue
            if state.get(callee) == "open":
                cycle = path[path.index(callee):] if callee in path else [callee]
                yield Finding(FAILED, "recursion", located(unit, name), " → ".join(cycle + [callee]), unit)
            elif callee not in state:
                yield from visit(callee, path + [callee])
        state[name] = "done"

    for name in sorted(world.home):
        if name not in state:
            yield from visit(name, [name])


def check_function_values(world):
    """The name of a function stands nowhere but in a call: no function pointers."""
    for unit in world.units:
        texts = [(unit.path, unit.source.initializers)]
        texts += [(located(unit, n), unit.source.functions[n].signature + ";" + strip_annotations(unit.source.functions[n].body))
                  for n in defined(unit) if n in unit.source.functions]
        for spot, text in texts:
            for name in sorted(values(text) & set(unit.functions)):
                yield Finding(FAILED, "function-pointer", spot, f"'{name}' is used as a value", unit)


def values(text):
    """Names that stand in C where a value can, and are neither called nor fields, tags, nor declared there."""
    text = re.sub(r"(\.|->|\b(?:struct|union|enum|goto)\b)\s*\w+", " ", text)
    declared = set(re.findall(r"(?<!return)[\w*]\s+\**(\w+)\s*(?=[;=\[,)])", re.sub(r"\breturn\b", " ; ", text)))
    return set(re.findall(r"\b([A-Za-z_]\w*)\b(?!\s*[(:])", text)) - declared


LINKED = re.compile(r"^\s*(?:logic\s+\w+|predicate)\s+(\w+)\s*\(", re.MULTILINE)
ALGEBRA = re.compile(r":=|\b(commutative|associative|injective|idempotent|neutral|absorbant|inversible)\b")


def drivers(config):
    for path in config.files(config.drivers):
        with open(config.path(path), encoding="utf-8") as handle:
            yield path, re.sub(r"/\*.*?\*/|//[^\n]*", " ", handle.read(), flags=re.DOTALL)


def linked_symbols(config):
    return {name for _, text in drivers(config) for name in LINKED.findall(text)}


def check_driver(config, world):
    """A symbol that the driver links has no second definition in ACSL."""
    for path, text in drivers(config):
        if ALGEBRA.search(text):
            yield Finding(FAILED, "driver", path, "the driver states algebraic properties, which nothing proves")
        for name in LINKED.findall(text):
            for unit in world.units:
                shown = unit.source.logic.get(name)
                if shown and "=" in shown:
                    yield Finding(FAILED, "driver", path, f"'{name}' is linked to Why3 and also defined in ACSL ({unit.path})", unit)


def check_world(config, world, assumptions):
    found = []
    for problem in assumptions.problems:
        found.append(Finding(FAILED, "assumptions", problem.split(":")[0], problem))
    found += list(check_definitions(world)) + list(check_same(world)) + list(check_stubs(world, assumptions))
    found += list(check_entries(world, assumptions)) + list(check_recursion(world))
    found += list(check_function_values(world)) + list(check_driver(config, world))
    return found


def check_stale(assumptions):
    """Only after everything that may use an assumption has run."""
    for entry, symbol in assumptions.stale():
        yield Finding(FAILED, "stale", f"{assumptions.shown}:{entry.line}",
                      f"{entry.name} covers '{symbol}' ({entry.kind}), and there is no such thing any more")
