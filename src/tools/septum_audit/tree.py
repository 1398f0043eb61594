# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The source as the report shows it: lines of code by part, functions with their text and their contract."""
import importlib.util
import os
import re

SCHEMA_PARTS = (("proved C", lambda f: f.path.startswith(("src/kernel/", "include/kernel/")) and f.is_c and f.path.count("/") == 2),
                ("trusted C of the kernel", lambda f: f.path.startswith("src/kernel/hart/") and f.is_c),
                ("assembly of the kernel", lambda f: f.path.startswith("src/kernel/") and f.path.endswith(".S")),
                ("loader", lambda f: f.path.startswith("src/loader/")),
                ("servers and monitors", lambda f: f.path.startswith(("src/servers/", "include/lib/"))),
                ("ABI and architecture headers", lambda f: f.path.startswith(("include/septum/", "include/riscv/"))))
PRIVILEGED = ("proved C", "trusted C of the kernel", "assembly of the kernel")


HERE = os.path.dirname(os.path.realpath(__file__))


def lint_source():
    """The reader of `make lint`: one definition of a source line of code."""
    spec = importlib.util.spec_from_file_location("lint_source", os.path.join(HERE, "../../../platform/lint/source.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tree:
    def __init__(self, top):
        self.top, self.lint = top, lint_source()
        self._files = {}

    def file(self, path):
        if path not in self._files:
            self._files[path] = self.lint.File(self.top, path)
        return self._files[path]

    def exists(self, path):
        return os.path.isfile(os.path.join(self.top, path))

    def find(self, folder, suffix):
        return [p for p in self.lint.walk(self.top) if p.startswith(folder) and p.endswith(suffix)]

    def parts(self):
        """Lines of code of each part of the system."""
        totals = {name: 0 for name, _ in SCHEMA_PARTS}
        for path in self.lint.walk(self.top):
            if not path.endswith((".c", ".h", ".S")) or "/host/" in path:
                continue
            for name, belongs in SCHEMA_PARTS:
                if belongs(self.file(path)):
                    totals[name] += self.file(path).sloc()
                    break
        return totals

    def specification_lines(self):
        """Lines of contracts, invariants and logic: ACSL in the proved C and its headers, the model's files."""
        total = 0
        for path in self.find("src/kernel/", ".c") + self.find("include/kernel/", ".h"):
            if path.count("/") == 2:
                for note in re.findall(r"/\*@.*?\*/|//@[^\n]*", self.file(path).text, re.S):
                    total += sum(1 for line in note.split("\n") if re.sub(r"[/*@ \t]", "", line))
        for suffix in (".acsl", ".mlw", ".driver"):
            for path in self.find("spec/model/", suffix):
                total += sum(1 for line in self.file(path).lines if line.strip())
        return total

    def definition(self, path, name):
        """(first line, last line) of the function in that file, signature to closing brace; None if it is not there."""
        code = self.file(path).code()
        found = re.search(rf"^(?!\s)[^\n;{{}}#]*\b{re.escape(name)}\s*\([^;{{}}]*\)\s*\{{", code, re.M)
        if not found:
            return None
        depth, at = 0, found.end() - 1
        while at < len(code):
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            if depth == 0:
                break
            at += 1
        return code.count("\n", 0, found.start()) + 1, code.count("\n", 0, at) + 1

    def comment_above(self, path, line):
        """First line of the comments and macros that stand right above a line."""
        lines, code = self.file(path).lines, self.file(path).code().split("\n")
        first = line
        while first > 1 and lines[first - 2].strip() and not code[first - 2].strip():
            first -= 1
        return first

    def prototype(self, name):
        """(file, first line of its contract, last line) in the kernel's headers; None for a static function."""
        for path in self.find("include/kernel/", ".h"):
            found = re.search(rf"^(?!\s)[^\n;{{}}#]*\b{re.escape(name)}\s*\([^;{{}}]*\)[^;{{}}]*;", self.file(path).code(), re.M)
            if found:
                code = self.file(path).code()
                line = code.count("\n", 0, found.start()) + 1
                return path, self.comment_above(path, line), code.count("\n", 0, found.end()) + 1
        return None

    def text(self, path, first, last):
        return "\n".join(self.file(path).lines[first - 1:last])

    def symbol(self, name):
        """Where an ACSL predicate or logic function is defined: `file:line`."""
        for path in self.find("spec/model/", ".acsl") + self.find("include/kernel/", ".h") + self.find("src/kernel/", ".c"):
            found = re.search(rf"\b(?:predicate|logic\s+[\w ]+?|lemma|inductive)\s+{re.escape(name)}\b", self.file(path).text)
            if found:
                return f"{path}:{self.file(path).text.count(chr(10), 0, found.start()) + 1}"
        return None
