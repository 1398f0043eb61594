# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What must be true of a document. Each check yields (line, what is wrong); its docstring is its name in a message."""

import glob
import json
import os
import re
import shlex
import subprocess

COLUMNS = 120
TOPS = ("docs", "include", "platform", "proofs", "spec", "src", "tests", ".ci")
SOURCES = ("*.c", "*.h", "*.S", "*.py", "*.mk", "*.sh", "*.acsl", "*.pml", "*.ld", "*.json", "Makefile")
MAKE_WORD = re.compile(r"[a-z][a-z-]*")
ANSWER_SECONDS = 120


class Tree:
    """What the documents are compared with."""

    def __init__(self, top):
        self.top = top
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=top, text=True,
                                stdout=subprocess.PIPE, check=True).stdout.split("\n")
        self.files = sorted({name for name in listed if name and os.path.isfile(os.path.join(top, name))})
        self.makefiles = "\n".join(self.read(n) for n in self.files if n.endswith(".mk") or n == "Makefile")
        # Documents do not vouch for each other, nor does this checker.
        source = [n for n in self.files if not n.endswith(".md") and not n.startswith(("tests/docs/", "tests/gate/mini/build"))]
        self.text = {n: self.read(n) for n in source}
        self.words = set(re.findall(r"\w+", "\n".join(self.text.values())))
        self.spoken = "\n".join(plain_messages(name, text) for name, text in self.text.items())
        self.targets = set()
        for rule in re.findall(r"^([a-z][a-z -]*):(?!=)", self.makefiles, re.M):
            self.targets |= set(rule.split())
        self.identifiers = set(re.findall(r"\b(?:ASM|INV)-\d+\b", self.read("spec/assumptions.md") + self.read("spec/invariants.md")))
        self.identifiers |= set(re.findall(r"\bSYS-\d+\b", self.read("src/tools/septum_config/rules.py")))
        errors = re.search(r"enum loader_error \{(.*?)\}", self.read("src/loader/error.h"), re.S)[1]
        self.identifiers |= {f"LDR-{i}" for i, _ in enumerate(re.findall(r"\bLDR_\w+", errors))}

    def read(self, name):
        try:
            with open(os.path.join(self.top, name), encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError):
            return ""

    def exists(self, name):
        return bool(glob.glob(os.path.join(self.top, name)))


def plain_messages(name, source):
    """Source text as a reader sees its messages: joined literals, every formatted value as an ellipsis."""
    value = r"\{[^{}]*\}" if name.endswith(".py") else r"%-?\.?[\d*]*l?[a-z]|[#@%](?=[ \]:,;)]|$)"
    return re.sub(value, "…", re.sub(r'"\s*"', "", source))


class Document:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.lines = []   # (number, line, language of the code block or None)
        self.blocks = []  # (number, language, text)
        language, begin, block = None, 0, []
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith("```"):
                if language is None:
                    language, begin, block = line[3:].strip() or "text", number, []
                else:
                    self.blocks.append((begin, language, "\n".join(block)))
                    language = None
                continue
            if language is not None:
                block.append(line)
            self.lines.append((number, line, language))

    def spans(self):
        """(line, text) of every code span outside of blocks."""
        for number, line, language in self.lines:
            if language is None:
                for span in re.findall(r"`([^`]+)`", line):
                    yield number, span

    def commands(self):
        for number, span in self.spans():
            yield number, span
        for number, line, language in self.lines:
            if language and language.split()[0] == "sh":
                yield number, line.split("#")[0].strip()


def slug(heading):
    text = re.sub(r"[^\w\- ]", "", re.sub(r"`|\[|\]\([^)]*\)", "", heading).lower())
    return text.strip().replace(" ", "-")


def links(document, tree):
    """relative links resolve"""
    folder = os.path.dirname(document.path)
    for number, line, language in document.lines:
        for target in re.findall(r"\]\(([^)\s]+)\)", line) if language is None else []:
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = os.path.normpath(os.path.join(folder, name)) if name else document.path
            if name and not tree.exists(path):
                yield number, f"'{target}' does not exist"
            elif anchor:
                text = document.text if path == document.path else tree.read(path)
                if anchor not in {slug(h) for h in re.findall(r"^#+ (.*)$", text, re.M)}:
                    yield number, f"'{target}' has no such heading"


def verbs(document, tree):
    """every make target and variable exists"""
    for number, command in document.commands():
        if not re.match(r"make( |$)", command):
            continue
        for word in shlex.split(command, comments=True)[1:]:
            name, equals, _ = word.partition("=")
            if equals:
                if not re.search(rf"\$\({name}\)|\b{name}\b *[?:]?=|\({name}\)", tree.makefiles):
                    yield number, f"make knows no variable {name}"
            elif not MAKE_WORD.fullmatch(word) or word not in tree.targets:
                yield number, f"make has no target '{word}'"


def paths(document, tree):
    """every path of the tree exists"""
    for number, span in document.spans():
        for word in span.split():
            if re.match(rf"(?:{'|'.join(map(re.escape, TOPS))})/[\w./*-]*$", word) and not re.search(r"NAME|nnn|what\b", word) and not tree.exists(word):
                yield number, f"'{word}' does not exist"


def identifiers(document, tree):
    """every ASM, INV, SYS and LDR number is one"""
    for number, line, _ in document.lines:
        for name in re.findall(r"\b(?:ASM|INV|SYS|LDR)-\d+\b", line):
            if name not in tree.identifiers:
                yield number, f"{name} is defined nowhere"


def names(document, tree):
    """every name of the source exists"""
    for number, span in document.spans():
        for name in re.findall(r"(?<![\w./-])[A-Za-z]\w*_\w+(?![\w/.-])", span):
            if not name.startswith(("0x", "part_of")) and name not in tree.words and name.rstrip("_") not in tree.words:
                yield number, f"'{name}' is not in the source"


def quotes(document, tree):
    """a quoted piece of code stands in the file that is named above it"""
    for number, language, block in document.blocks:
        above = document.text.split("\n")[max(0, number - 4):number - 1]
        named = re.search(r"in `([\w/.]+\.[ch])`:", " ".join(above))
        if language == "c" and named and block.strip() not in tree.read(named[1]):
            yield number, f"{named[1]} reads differently"


def messages(document, tree):
    """every quoted message is one"""
    part = document.text.partition("\n## When it does not work\n")[2].partition("\n## ")[0]
    first = document.text[:document.text.find(part)].count("\n") + 1 if part else 0
    for offset, line in enumerate(part.split("\n")):
        quoted = re.match(r"\| (`[^|]*`) \|", line) or re.match(r"\*\*(`.*`)\*\*", line)
        for span in re.findall(r"`([^`]+)`", quoted[1]) if quoted else []:
            text = re.sub(r"^error\[[^]]*\]: ", "", span)
            for piece in re.split(r"…", text):
                piece = piece.strip(" :;,()'")
                if len(piece) > 5 and piece not in tree.spoken:
                    yield first + offset, f"nothing says '{piece}'"


def columns(document, _tree):
    """prose has at most 120 columns"""
    for number, line, language in document.lines:
        if len(line) > COLUMNS and not line.startswith("|") and language is None:
            yield number, f"{len(line)} columns"


def calls(document, tree):
    """the ABI's calls, statuses and exits are those of abi.h"""
    if document.path != "docs/abi.md":
        return
    header = tree.read("include/septum/abi.h")
    for kind in ("septum_call", "septum_status", "septum_exit", "septum_cap_type"):
        body = re.search(rf"enum {kind} \{{(.*?)\n\}};", header, re.S)[1]
        for name, value in re.findall(r"^\s*(\w+) = (-?\d+)", body, re.M):
            if f"`{name}`" not in document.text and value != "0":
                yield 1, f"'{name}' of abi.h is missing"
            said = re.search(rf"^\| `{name}` \| ([−\d]+) \|", document.text, re.M)
            if said and said[1].replace("−", "-") != value:
                yield 1, f"'{name}' is {value}, not {said[1]}"
    for number, span in document.spans():
        for name in re.findall(r"\b(?:SEPTUM|EXIT|CAP|VCPU|MAP|FRAME|THREAD)_[A-Z0-9_]+\b", span):
            if not re.search(rf"\b{name}\b", header):
                yield number, f"'{name}' is not in abi.h"


def limits(document, tree):
    """limits are those of the headers"""
    header = "\n".join(tree.read(f"include/septum/{name}.h") for name in ("abi", "bundle", "proto"))
    for what, name in (("harts", "HARTS"), ("domains", "DOMAINS"), ("threads", "THREADS"), ("guests", "BUNDLE_GUESTS"),
                       (r"CPUs a guest", "GUEST_CPUS"), (r"\*\*capabilities", "CAPS")):
        value = re.search(rf"#define {name} (\d+)", header)[1]
        for number, line, language in document.lines:
            if language is None and (document.path == "docs/abi.md" or "GiB of memory," in line):
                for said in re.findall(rf"\b(\d+) {what}\b", line):
                    if said != value:
                        yield number, f"{name} is {value}, not {said}"


def figures(document, tree):
    """the peers' figures are those of tests/bench/peers.json"""
    table = re.search(r"<!-- bench -->(.*?)<!-- end bench -->", document.text, re.S)
    if not table:
        return
    peers = json.loads(tree.read("tests/bench/peers.json"))["rows"].values()
    known = {tuple(short(row[k]) for k in ("kvm", "xvisor", "bao")) for row in peers}
    first = document.text[:table.start()].count("\n") + 1
    for offset, line in enumerate(table[1].split("\n")):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and offset > 2 and tuple(cells[3:]) not in known:
            yield first + offset, f"no row of peers.json has {', '.join(cells[3:])}"


def shadow_figures(document, tree):
    """shadow mode's operations, redirections and aims are those of tests/bench/shadow.json"""
    table = re.search(r"<!-- bench shadow -->(.*?)<!-- end bench -->", document.text, re.S)
    if not table:
        return
    rows = json.loads(tree.read("tests/bench/shadow.json"))["rows"].values()
    known = [(row["what"], str(row["redirected"]), short(row["aim"])) for row in rows]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].strip().split("\n")[2:]]
    said = [(row[0].replace("`", ""), row[2], row[4]) for row in cells if len(row) == 5]
    if said != known or len(said) != len(cells):
        yield document.text[:table.start()].count("\n") + 1, f"shadow.json has {known}, not {said}"


def short(value):
    if value is None:
        return "–"
    if value < 1e5:
        return f"{value:,.0f}"
    return f"{value / 1e6:,.1f} M" if value < 1e7 else f"{value / 1e6:,.0f} M"


def runs(document, tree):
    """blocks marked run-check run"""
    for number, language, block in document.blocks:
        if language != "sh run-check":
            continue
        for line in block.split("\n"):
            try:
                done = subprocess.run(["bash", "-c", line], cwd=tree.top, stdin=subprocess.DEVNULL, text=True, timeout=ANSWER_SECONDS,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            except subprocess.TimeoutExpired:
                yield number, f"'{line}' takes more than {ANSWER_SECONDS} s"
                continue
            if done.returncode != 0:
                yield number, f"'{line}' ends with status {done.returncode}: {done.stdout.strip()[-200:]}"


CHECKS = [links, verbs, paths, identifiers, names, quotes, messages, columns, calls, limits, figures, shadow_figures, runs]
