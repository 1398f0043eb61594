# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What must hold of each unit by itself."""
import json
import re

from source import backward_goto, loops, strip_annotations

FAILED, INCOMPLETE = "failed", "incomplete"

# Kinds that are goals, and what has to be their status; everything that is not named here is refused.
GOALS = {"ensures", "exits", "assigns", "terminates", "decreases", "assert", "check", "instance", "loop_invariant",
         "loop_assigns", "loop_variant", "lemma", "check_lemma", "complete", "disjoint", "breaks", "continues",
         "returns", "allocates", "loop_allocates"}
# Kinds that say nothing by themselves: hypotheses of behaviors, headings, and what WP notes for smoke tests.
SILENT = {"assumes", "behavior", "axiomatic", "reachable"}
BROKEN = {"invalid", "inconsistent", "invalid_under_hyp", "invalid_but_dead", "valid_but_dead", "unknown_but_dead"}


class Finding:
    def __init__(self, severity, rule, place, text, unit=None):
        self.severity, self.rule, self.place, self.text, self.unit = severity, rule, place, text, unit

    def __str__(self):
        return f"{self.place}: {self.severity}[{self.rule}]: {self.text}"


def place(prop):
    return f"{prop.file}:{prop.line}"


def defined(unit):
    return [n for n, row in sorted(unit.functions.items()) if row.get("defined")]


def located(unit, name):
    return unit.functions[name]["place"]


def is_goal(unit, prop):
    """Something this unit must prove (and not merely believe of a function that it only calls)."""
    if prop.smoke or prop.kind not in GOALS or (unit.only and prop.function not in unit.only):
        return False
    if prop.function is None or prop.kind == "instance":
        return True
    return bool(unit.functions.get(prop.function, {}).get("defined"))


def check_properties(unit, assumptions):
    for prop in unit.properties:
        if prop.smoke or prop.kind in SILENT:
            continue
        if prop.kind in ("axiom", "admit"):
            yield from check_admitted(unit, prop, assumptions)
        elif prop.kind == "requires" or (prop.kind in GOALS and not is_goal(unit, prop)):
            # Of a function that is only called here: its own unit, or an assumption, answers for it.
            if prop.status in BROKEN:
                yield Finding(FAILED, "contradiction", place(prop), f"{prop.function}: {prop.text} is {prop.status}", unit)
        elif prop.kind not in GOALS:
            yield Finding(FAILED, "unknown-kind", place(prop),
                          f"the gate has no rule for '{prop.kind}' ({prop.text[:80]}), so it may not be used", unit)
        elif unit.proved:
            yield from check_goal(unit, prop)


def check_admitted(unit, prop, assumptions):
    symbol = prop.names[-1] if prop.names else prop.text.split()[-1]
    if prop.kind == "admit":
        symbol = f"{prop.function}.{prop.names[0]}" if prop.names else f"{prop.function}"
    if assumptions.use(prop.kind, symbol) is None:
        yield Finding(FAILED, prop.kind, place(prop),
                      f"{prop.kind} '{symbol}' is in no ASM entry of kind {prop.kind}: {prop.text[:100]}", unit)


def check_goal(unit, prop):
    if prop.status == "valid":
        return
    what = f"{prop.function + ': ' if prop.function else ''}{prop.text}"
    if prop.status in BROKEN:
        yield Finding(FAILED, "contradiction", place(prop), f"{what} is {prop.status}", unit)
    elif prop.status == "considered_valid":
        yield Finding(FAILED, "believed", place(prop), f"{what} is believed, not proved", unit)
    elif prop.status == "valid_under_hyp":
        yield Finding(INCOMPLETE, "under-hypothesis", place(prop), f"{what} rests on something unproved", unit)
    else:
        yield Finding(INCOMPLETE, "unproved", place(prop), f"{what} ({prop.status})", unit)


def check_contracts(unit, assumptions):
    by_function = {}
    for prop in unit.properties:
        if prop.statement is None and not prop.smoke:
            by_function.setdefault(prop.function, []).append(prop)
    for name in sorted(unit.functions):
        text = unit.source.functions.get(name)
        if text is None:
            yield Finding(FAILED, "not-printed", located(unit, name), f"'{name}' is not in the printed code", unit)
            continue
        if not text.contract:
            yield Finding(FAILED, "missing-contract", located(unit, name), f"'{name}' has no contract", unit)
            continue
        kinds = {p.kind for p in by_function.get(name, [])}
        for wanted in ("assigns", "terminates"):
            if wanted not in kinds:
                yield Finding(FAILED, f"missing-{wanted}", located(unit, name), f"the contract of '{name}' has no {wanted}", unit)
        if "froms" in kinds and unit.functions[name].get("defined"):
            yield Finding(FAILED, "froms", located(unit, name), f"'{name}': \\from is not proved by WP", unit)
        for prop in by_function.get(name, []):
            if prop.kind == "terminates" and prop.text != "terminates \\true" and assumptions.use("wait", name) is None:
                yield Finding(FAILED, "terminates", place(prop), f"'{name}' says '{prop.text}' and no ASM entry of kind wait covers it", unit)
        if re.search(r"\badmit\b", text.contract) and assumptions.use("admit", name) is None:
            yield Finding(FAILED, "admit", located(unit, name), f"the contract of '{name}' admits a clause", unit)


def check_bodies(unit):
    for name in defined(unit):
        body = unit.source.functions[name].body if name in unit.source.functions else None
        spot = located(unit, name)
        if body is None:
            yield Finding(FAILED, "not-printed", spot, f"the body of '{name}' is not in the printed code", unit)
            continue
        code = strip_annotations(body)
        if re.search(r"\b__?asm(__)?\b|\basm\b", code):
            yield Finding(FAILED, "asm", spot, f"'{name}' contains inline assembly", unit)
        for note in loops(body):
            for wanted in ("loop assigns", "loop variant"):
                if wanted not in note:
                    yield Finding(FAILED, "loop", spot, f"a loop of '{name}' has no {wanted}", unit)
        label = backward_goto(body)
        if label:
            yield Finding(FAILED, "loop", spot, f"'{name}' jumps back to '{label}'", unit)
        if re.search(r"\(\s*\*\s*\w+[^()]*\)\s*\(", code):
            yield Finding(FAILED, "function-pointer", spot, f"'{name}' calls through a pointer", unit)
        if re.search(r"\(\s*(?!void\b)(?:const |unsigned |struct |union |enum )*\w+(?: const)?\s*\*+\s*\)", code):
            yield Finding(FAILED, "pointer-cast", spot, f"'{name}' casts to a pointer", unit)
        yield from check_asserts(unit, name, body, spot)


def check_asserts(unit, name, body, spot):
    if "admit" in re.findall(r"/\*@\s*(\w+)", body):
        known = {p.function for p in unit.properties if p.kind == "admit"}
        if name not in known:
            yield Finding(FAILED, "admit", spot, f"'{name}' admits something that is no property", unit)


def check_rte(unit):
    done = unit.annotated()
    for name in defined(unit):
        if name not in done and not (unit.only and name not in unit.only):
            yield Finding(FAILED, "rte", located(unit, name), f"no run-time-error goals were generated for '{name}'", unit)


def check_instances(unit):
    """Each call of a function with requires has its instance of them: no call slips through."""
    requires, sites = set(), {}
    for prop in unit.properties:
        if prop.kind == "requires":
            requires.add(prop.function)
        if prop.kind == "instance":
            callee = re.search(r" of (\w+) at stmt (\d+)", prop.text)
            if callee:
                sites.setdefault((prop.function, callee[1]), set()).add(callee[2])
    for name in defined(unit):
        text = unit.source.functions.get(name)
        for callee in sorted(set(text.calls if text and not (unit.only and name not in unit.only) else [])):
            calls = text.calls.count(callee)
            seen = len(sites.get((name, callee), ()))
            if callee in requires and seen < calls:
                yield Finding(FAILED, "call", located(unit, name),
                              f"'{name}' calls '{callee}' {calls} times, but its requires were looked at {seen} times", unit)


def check_smoke(unit):
    for name in unit.smoke_failed:
        yield Finding(FAILED, "smoke", unit.path, f"smoke test {name} failed: its hypotheses contradict each other", unit)
    if unit.smoke and defined(unit) and unit.smoke_passed == 0 and not unit.smoke_failed:
        yield Finding(FAILED, "smoke", unit.path, "smoke tests were asked for and none ran", unit)


class Allow:
    """Warnings that are expected, each with its reason; everything else that warns is refused."""

    def __init__(self, path):
        try:
            with open(path, encoding="utf-8") as handle:
                self.rows = json.load(handle)
        except FileNotFoundError:
            self.rows = []
        self.hits = [0] * len(self.rows)

    def check(self, unit):
        for message in unit.messages:
            if message["kind"] not in ("WARNING", "ERROR", "FAILURE"):
                continue
            if unit.smoke and message["message"].startswith("Failed smoke-test"):
                continue
            if message["message"] == "No goal generated" and unit.goals and all(goal.proved for goal in unit.goals):
                continue  # the first round left nothing to the second
            if not self._allowed(message):
                spot = message.get("source") or {}
                where = f"{spot.get('base', unit.path)}:{spot['line']}" if spot else unit.path
                text = re.sub(r"\s+", " ", message["message"])
                kind = f"{message['plugin']}:{message.get('category', '')}".rstrip(":")
                yield Finding(FAILED, "warning", where, f"[{kind}] {text}", unit)

    def _allowed(self, message):
        for index, row in enumerate(self.rows):
            if row["plugin"] == message["plugin"] and row.get("category") == message.get("category") \
                    and re.search(row["text"], message["message"]):
                self.hits[index] += 1
                return True
        return False


def check_unit(unit, assumptions, allow):
    found = list(check_properties(unit, assumptions)) + list(check_contracts(unit, assumptions))
    found += list(check_bodies(unit))
    if unit.proved:
        found += list(check_rte(unit)) + list(check_instances(unit)) + list(check_smoke(unit)) + list(allow.check(unit))
    return found
