# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What must hold of the files before the preprocessor: the prover and the compiler read the same text."""
import re

from config import ToolProblem
from rules_unit import FAILED, Finding

DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(ifndef|ifdef|if|elif)\b[ \t]*(.*)$", re.MULTILINE)
# Assembly includes some headers, too: what is between is C for compiler and prover alike.
NEUTRAL = {"__ASSEMBLER__"}


def files_of(config, path):
    """The unit and every file of ours that it includes."""
    status, text = config.run(["gcc", "-MM", "-MT", "x"] + ["-I" + d for d in config.include] + [path])
    if status != 0:
        raise ToolProblem(f"gcc cannot list what {path} includes:\n{text.strip()}")
    return text.replace("\\\n", " ").split()[1:]


def check_text(config, units):
    seen = set()
    for unit in units:
        for name in files_of(config, unit.path):
            if name in seen:
                continue
            seen.add(name)
            with open(config.path(name), encoding="utf-8") as handle:
                yield from check_file(name, handle.read(), unit)


def check_file(name, text, unit):
    if "__FRAMAC__" in text:
        yield Finding(FAILED, "conditional", name, "the prover's own macro: prover and compiler would read different text", unit)
    for match in DIRECTIVE.finditer(text):
        words = match[2].split()
        if match[1] == "ifndef" and words and (words[0] in NEUTRAL or guards(text, match)):
            continue
        line = text.count("\n", 0, match.start()) + 1
        yield Finding(FAILED, "conditional", f"{name}:{line}", f"#{match[1]} {match[2].strip()}: proved text has no conditions", unit)


def guards(text, match):
    """An include guard: the first directive, and the next line defines the same name."""
    if DIRECTIVE.search(text).start() != match.start():
        return False
    return bool(re.match(rf"\s*#\s*define\s+{re.escape(match[2].split()[0])}\s*$", text[match.end():].lstrip("\n").split("\n", 1)[0]))
