# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The Why3 theories: each goal of each module proved by `why3 prove`, axioms accounted for."""
import os
import re
import time

from config import ToolProblem
from rules_unit import FAILED, INCOMPLETE, Finding

RESULT = re.compile(r'^File [^\n]*?(?:, line (?P<line>\d+)[^\n]*)?:\n(?:Sub-goal [^\n]* of goal|Goal) (?P<name>[^\n]*)\.\n'
                    r"Prover result is: (?P<result>\w[^(\n]*)", re.MULTILINE)
# Into how small parts a goal is split, from cheap to dear; a goal goes on only while it is unproved. All of it in little
# time first.
STRATEGIES = [["split_vc"], ["split_vc", "inline_all", "split_vc"]]
SHORT = 3


class Theory:
    """One module of one file: its goals by name, each proved or not."""

    def __init__(self, path, name):
        self.path, self.name = path, name
        self.goals = {}         # name -> {"line", "proved", "parts", "by", "last"}
        self.seconds = 0.0

    @property
    def title(self):
        return f"{os.path.basename(self.path)}:{self.name}"


def plain(text):
    """The text without comments; Why3's nest."""
    out, depth, at = [], 0, 0
    while at < len(text):
        if text.startswith("(*", at) and not text.startswith("(*)", at):
            depth, at = depth + 1, at + 2
        elif depth and text.startswith("*)", at):
            depth, at = depth - 1, at + 2
        else:
            out.append(text[at] if not depth or text[at] == "\n" else " ")
            at += 1
    return "".join(out)


def modules(text):
    """(name, text) of each module or theory."""
    found = list(re.finditer(r"^[ \t]*(?:module|theory)\s+(\w+)", text, re.MULTILINE))
    for index, match in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        yield match.group(1), text[match.start():end]


def prove(config, theory, goal, transforms, prover, seconds):
    """Results in the order of the sub-goals: [(goal name, line, valid, result)]."""
    command = ["why3", "prove", "-P", prover, "-t", str(seconds), "-L", config.path(config.model), theory.path, "-T", theory.name]
    if goal:
        command += ["-G", goal]
    for transform in transforms:
        command += ["-a", transform]
    status, text = config.run(command)
    if goal and "not found in theory" in text:
        return []  # a clone's goals have no name on the command line
    rows = []
    for match in RESULT.finditer(text):
        result = match["result"].strip().rstrip(".")
        rows.append((match["name"], int(match["line"] or 0), result == "Valid", result))
    if len(rows) != text.count("Prover result is"):
        raise ToolProblem(f"{theory.path}: the answers of why3 are not understood:\n{text.strip()[:1500]}")
    if status not in (0, 2) or (not rows and text.strip()):
        raise ToolProblem(f"why3 could not read {blamed(config, text) or theory.path}:\n{text.strip()[:1500]}")
    return rows


def blamed(config, text):
    """The file that the message is about: one that the theory uses, it may be."""
    match = re.match(r'\s*File "([^"]+)"', text)
    return match and os.path.relpath(match[1], config.path())


def prove_theory(config, theory):
    begin = time.time()
    prove_whole(config, theory, min(SHORT, config.why3_seconds))
    prove_parts(config, theory, min(SHORT, config.why3_seconds), STRATEGIES)
    if config.why3_seconds > SHORT:
        # What is left is close to a proof in small parts, and would keep a prover busy to its limit in large ones.
        prove_parts(config, theory, config.why3_seconds, STRATEGIES[::-1])
        if pending(theory):
            prove_whole(config, theory, config.why3_seconds)
    theory.seconds = time.time() - begin
    return theory


def pending(theory):
    return [n for n, g in theory.goals.items() if not g["proved"]]


def prove_whole(config, theory, seconds):
    """Each goal as it stands."""
    for prover in reversed(config.provers):
        if theory.goals and not pending(theory):
            break
        for name, line, valid, result in whole(prove(config, theory, None, [], prover, seconds)):
            goal = theory.goals.setdefault(name, {"line": line, "proved": False, "parts": 1, "by": "", "last": ""})
            if not goal["proved"]:
                goal.update(proved=valid, by=prover if valid else "", last=f"{prover}: {result}")


def prove_parts(config, theory, seconds, strategies):
    for name in pending(theory):
        for transforms in strategies:
            if not theory.goals[name]["proved"]:
                by_parts(config, theory, name, theory.goals[name], transforms, seconds)


def whole(rows):
    """One row per goal name: valid only if every row of that name is."""
    merged = {}
    for name, line, valid, result in rows:
        known = merged.get(name)
        merged[name] = (name, line, valid and (known is None or known[2]), result if known is None or known[2] else known[3])
    return merged.values()


def by_parts(config, theory, name, goal, transforms, seconds):
    """Every sub-goal valid by some prover; the transformations are deterministic, so positions match."""
    done = None
    for prover in reversed(config.provers):
        rows = prove(config, theory, name, transforms, prover, seconds)
        if done is None:
            done = [False] * len(rows)
        if len(rows) != len(done) or not rows:
            return
        done = [was or row[2] for was, row in zip(done, rows)]
        goal["last"] = f"{'+'.join(transforms)}: {sum(done)} of {len(done)} parts"
        if all(done):
            goal.update(proved=True, parts=len(done), by="+".join(transforms))
            return


def theories_of(config):
    for path in config.files(config.why3):
        with open(config.path(path), encoding="utf-8") as handle:
            for name, _ in modules(plain(handle.read())):
                yield Theory(path, name)


def check_theories(theories):
    for theory in theories:
        for name, goal in theory.goals.items():
            if not goal["proved"]:
                yield Finding(INCOMPLETE, "unproved", f"{theory.path}:{goal['line']}", f"{theory.name}.{name} ({goal['last']})")


def check_trusted(config, assumptions):
    """Axioms, `val` without a body, `assume` and `any` are trust: each under an ASM entry, or refused."""
    texts = {}
    for path in config.files(config.why3):
        with open(config.path(path), encoding="utf-8") as handle:
            for name, text in modules(plain(handle.read())):
                texts[(path, name)] = text
    for (path, module), text in texts.items():
        base = os.path.basename(path)
        for match in re.finditer(r"(?<!with )(?<!, )\b(axiom|val)\s+(?:ghost\s+|function\s+|predicate\s+|constant\s+|rec\s+)*(\w+)", text):
            symbol = f"{base}:{module}.{match[2]}"
            if assumptions.use("axiom", symbol):
                continue
            if assumptions.use("hypothesis", symbol):
                if not discharged(texts, module):
                    yield Finding(FAILED, "hypothesis", path, f"{symbol}: '{module}' is cloned nowhere, so nothing proves it")
                continue
            yield Finding(FAILED, "axiom", path, f"{match[1]} '{symbol}' is in no ASM entry of kind axiom or hypothesis")
        for match in re.finditer(r"\b(assume|any)\b|(?:with|,)\s+axiom\b", text):
            yield Finding(FAILED, "axiom", path, f"{module}: '{match[0].strip()}' takes something on trust")


def discharged(texts, module):
    """A clone turns a module's axioms into goals, unless it says `axiom`, which is refused everywhere."""
    return any(re.search(rf"\bclone\s+(?:export\s+|import\s+)?(?:\w+\.)*{module}\b", text) for text in texts.values())
