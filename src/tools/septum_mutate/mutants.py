# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The list of mutants: deterministic, with names that stay while the line they bend stays."""
import hashlib
import os

from .operators import OPERATORS
from .text import blank, functions

PER_FUNCTION = 2


class Mutant:
    def __init__(self, path, function, operator, text, span, replacement):
        self.path, self.function, self.operator = path, function, operator
        self.module = os.path.splitext(os.path.basename(path))[0]
        self.begin, self.end = span
        self.replacement = replacement
        self.line = text.count("\n", 0, self.begin) + 1
        self.before = squeeze(text, self.begin, self.end)
        self.after = squeeze(text[:self.begin] + replacement + text[self.end:], self.begin, self.begin + len(replacement))
        self.name = ""

    @property
    def place(self):
        return f"{self.path}:{self.line}"

    @property
    def what(self):
        return f"{self.before}  →  {self.after}"

    def apply(self, text):
        return text[:self.begin] + self.replacement + text[self.end:]


def squeeze(text, begin, end):
    """The lines around a span, as one line."""
    first, last = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
    return " ".join(text[first:last].split())


def candidates(path, text):
    """Every mutant of a unit."""
    code, seen = blank(text), {}
    for function, first, last in functions(code):
        for operator in OPERATORS:
            for name, begin, end, replacement in operator(code, first, last):
                mutant = Mutant(path, function, name, text, (begin, end), replacement)
                if mutant.before == mutant.after:
                    continue
                key = f"{function} {name} {mutant.before} {mutant.after}"
                seen[key] = seen.get(key, 0) + 1
                digest = hashlib.sha256(f"{key} {seen[key]}".encode()).hexdigest()[:6]
                mutant.name = f"{mutant.module}.{function}.{name}.{digest}"
                yield mutant


def chosen(mutants):
    """Of each function a few, of as many kinds as it has, and within a kind by the digest: no favourites."""
    by_function = {}
    for mutant in mutants:
        by_function.setdefault((mutant.path, mutant.function), {}).setdefault(mutant.operator, []).append(mutant)
    for kinds in by_function.values():
        for rows in kinds.values():
            rows.sort(key=lambda m: hashlib.sha256(m.name.encode()).hexdigest())
        order = sorted(kinds.values(), key=lambda rows: hashlib.sha256(rows[0].name.encode()).hexdigest())
        turns = [rows[turn] for turn in range(max(map(len, order))) for rows in order if turn < len(rows)]
        yield from turns[:PER_FUNCTION]


def of_unit(config, path):
    with open(config.path(path), encoding="utf-8") as handle:
        return list(candidates(path, handle.read()))


def listed(config):
    """The mutants that count, in the order of the tree."""
    return [m for path in config.files(config.units) for m in chosen(of_unit(config, path))]


def sample(mutants, count, day):
    """`count` of them, another choice each day."""
    return sorted(mutants, key=lambda m: hashlib.sha256(f"{day} {m.name}".encode()).hexdigest())[:count]
