# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The Why3 theories: each goal of each module proved by `why3 prove`, axioms accounted for."""
import os
import re
import time

from config import ToolProblem
from rules_unit import FAILED, INCOMPLETE, Finding

RESULT = re.compile(r'^File [^\n]*?(?:, line (?P<line>\d+)[^\n]*)?:\n(?:Sub-goal [^\n]* of goal|Goal) (?P<name>[^\n]*)\.\n'
                    r"Prover result is: (?P<result>\w[^(\n]*)(?:\((?P<seconds>[0-9.]+)s)?", re.MULTILINE)
# A goal as it is; its parts; its parts with all definitions spelt out; the parts of these.
WHOLE, SPLIT, SPELT, DEEP = [], ["split_vc"], ["split_vc", "inline_all"], ["split_vc", "inline_all", "split_vc"]
SHORT = 3


class Theory:
    """One module of one file: its goals by name, each proved or not."""

    def __init__(self, path, name):
        self.path, self.name = path, name
        self.goals = {}         # name -> {"line", "proved", "parts", "by", "last", "slowest" (seconds of its slowest part)}
        self.started = False    # the names of its goals are known
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


def prove(config, theory, goals, transforms, prover, seconds, steps=0):
    """What one prover says of these goals, None for all: {name: (line, [(valid, result, seconds) of each part])}."""
    command = ["why3", "prove", "-P", prover, "-t", str(seconds), "-L", config.path(config.model), theory.path, "-T", theory.name]
    if steps:
        command += ["--stepslimit", str(steps)]
    for goal in goals or ():
        command += ["-G", goal]
    for transform in transforms:
        command += ["-a", transform]
    status, text = config.run(command)
    if goals and "not found in theory" in text:
        return prove(config, theory, None, transforms, prover, seconds, steps)  # a clone's goals have no name on the command line
    found = {}
    for match in RESULT.finditer(text):
        result = match["result"].strip().rstrip(".")
        _, parts = found.setdefault(match["name"], (int(match["line"] or 0), []))
        parts.append((result == "Valid", result, float(match["seconds"] or 0)))
    if sum(len(parts) for _, parts in found.values()) != text.count("Prover result is"):
        raise ToolProblem(f"{theory.path}: the answers of why3 are not understood:\n{text.strip()[:1500]}")
    if status not in (0, 2) or (not found and text.strip()):
        raise ToolProblem(f"why3 could not read {blamed(config, text) or theory.path}:\n{text.strip()[:1500]}")
    return found


def blamed(config, text):
    """The file that the message is about: one that the theory uses, it may be."""
    match = re.match(r'\s*File "([^"]+)"', text)
    return match and os.path.relpath(config.path(match[1]), config.path())


def attempts(config, theory):
    """How, and in how many seconds, from cheap to dear; a goal goes on only while it is unproved. All of it in little time
    first. What is left then is close to a proof in small parts, and would keep a prover busy to its limit in large ones."""
    short = min(SHORT, config.why3_seconds)
    if spelt_out(config, theory):
        yield from ((how, short) for how in (SPELT, DEEP))
    else:
        yield from ((WHOLE, 1), (SPLIT, short), (DEEP, short), (WHOLE, short))
    if config.why3_seconds > short:
        yield from ((how, config.why3_seconds) for how in (DEEP, SPLIT, WHOLE))


def spelt_out(config, theory):
    return theory.path in config.files(config.why3_spelt)


def prove_theory(config, theory):
    begin = time.time()
    if spelt_out(config, theory):
        prove_goals(config, theory, WHOLE, 1, config.provers[-1:], steps=1)  # tells the names of its goals, no more
    for transforms, seconds in attempts(config, theory):
        prove_goals(config, theory, transforms, seconds, config.provers)
    theory.seconds = time.time() - begin
    return theory


def pending(theory):
    return [n for n, g in theory.goals.items() if not g["proved"]]


def prove_goals(config, theory, transforms, seconds, provers, steps=0):
    """What is unproved goes to each prover in turn. A goal is proved when each of its parts is valid by one of them: the
    transformations are deterministic, so that the parts of two runs are the same by position."""
    done = {}
    for prover in reversed(provers):
        wanted = pending(theory)
        if theory.started and not wanted:
            return
        for name, (line, parts) in prove(config, theory, wanted, transforms, prover, seconds, steps).items():
            goal = theory.goals.setdefault(name, {"line": line, "proved": False, "parts": 1, "by": "", "last": "", "slowest": 0.0})
            if not goal["proved"]:
                merge(goal, done.setdefault(name, [None] * len(parts)), parts, transforms, prover)
        theory.started = True


def merge(goal, done, parts, transforms, prover):
    """Adds one prover's answers on a goal's parts to those of the ones before it."""
    if len(parts) != len(done):
        return
    done[:] = [was if was is not None or not valid else took for was, (valid, _, took) in zip(done, parts)]
    how = "+".join(transforms) or prover
    failed = [result for valid, result, _ in parts if not valid]
    goal["last"] = f"{how}: {sum(was is not None for was in done)} of {len(done)} parts" if transforms else f"{prover}: {(failed or ['Valid'])[0]}"
    if done and None not in done:
        goal.update(proved=True, parts=len(done), by=how, slowest=max(done))


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
