# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The project's own source files, and what the rules want to know of them."""

import os
import re

SKIP_DIRS = {".git", "build", "__pycache__", ".frama-c"}
C_SUFFIXES = (".c", ".h")
ASM_SUFFIXES = (".S",)
CODE_SUFFIXES = C_SUFFIXES + ASM_SUFFIXES + (".py", ".sh", ".mk", ".ld", ".mlw", ".acsl", ".driver", ".pml")
CODE_NAMES = {"Makefile", "Containerfile", ".ci/run", "tests/run"}


def walk(top):
    """Paths of all files of the tree, relative to it, sorted; what is built is left out."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in SKIP_DIRS)
        found += [os.path.relpath(os.path.join(folder, name), top) for name in sorted(names)]
    return found


def is_code(path):
    return path.endswith(CODE_SUFFIXES) or path in CODE_NAMES or os.path.basename(path) == "Makefile"


def blank_comments(text):
    """C text with comments and the insides of literals blanked, line by line as it was."""

    def blank(match):
        token = match[0]
        if token.startswith(("/*", "//")):
            return re.sub(r"[^\n]", " ", token)
        return token[0] + " " * (len(token) - 2) + token[-1]

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def blank_asm_comments(text):
    return re.sub(r"#(?!\s*(?:include|define|if|ifdef|ifndef|else|elif|endif|undef|error)\b)[^\n]*", "", blank_comments(text))


class File:
    def __init__(self, top, path):
        self.path = path
        with open(os.path.join(top, path), encoding="utf-8") as source:
            self.text = source.read()
        self.lines = self.text.split("\n")

    @property
    def is_c(self):
        return self.path.endswith(C_SUFFIXES)

    @property
    def is_proved_c(self):
        """The kernel's C that WP sees: neither the hart's trusted primitives nor the fake hart of the tests."""
        return self.is_c and self.path.startswith("src/kernel/") and self.path.count("/") == 2

    def code(self):
        """The file's text without comments and literals."""
        if self.is_c:
            return blank_comments(self.text)
        return blank_asm_comments(self.text) if self.path.endswith(ASM_SUFFIXES) else self.text

    def sloc(self):
        return sum(1 for line in self.code().split("\n") if line.strip())

    def functions(self):
        """(line, lines) of each C function's body with its braces, both at the left margin."""
        start, found = None, []
        for number, line in enumerate(self.code().split("\n"), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start:
                found.append((start, number - start + 1))
                start = None
            elif re.match(r"[A-Za-z_].*\)\s*\{\s*$", line):
                start = number
        return found
