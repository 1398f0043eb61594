# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Reads device-tree source. dtc does the parsing; this module reads dtc's own annotated output (`dtc -T -T`), one
node or property a line with the place it came from, so that each message can name file, line and column."""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

from .messages import Place

LABELS = r"(?:[A-Za-z_]\w*:\s*)*"
OPEN = re.compile(rf"^\s*{LABELS}(\S+) \{{(.*)$")
CLOSE = re.compile(r"^\s*\};")
PROPERTY = re.compile(rf"^\s*{LABELS}([^\s=;]+)( = |;)(.*)$")
SPAN = re.compile(r"(?:^|, )(.+?):(\d+):(\d+)-\d+:\d+(?=, |$)")
COMMENT = re.compile(r"/\* (.*) \*/\s*$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
# dtc 1.6 writes a byte above 0x7f as a negative number: \xffffffc3.
ESCAPE = re.compile(rb"\\(x(?:f{6})?[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
SYNTAX = re.compile(r"^(?:Error|Lexical error): (.+?):(\d+)\.(\d+)(?:-[\d.]+)? (.*)$")
TREE = re.compile(r"^(?:(.+?):(\d+)\.(\d+)(?:-[\d.]+)?|.*): ERROR \((\w+)\): (.*)$")
SINGLE = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
# Found again here, with both places, or said better by a rule of our own.
OWN_CHECKS = {"duplicate_node_names", "duplicate_property_names", "node_name_chars", "node_name_format",
              "property_name_chars"}


class NoCompiler(Exception):
    """dtc is not installed."""


@dataclass
class Property:
    name: str
    place: Place
    values: list  # str for a string, int for a cell, bytes for a byte string, None for anything else


@dataclass
class Node:
    name: str
    places: list
    properties: list = field(default_factory=list)
    children: list = field(default_factory=list)

    @property
    def place(self):
        return self.places[0]

    def property(self, name):
        return next((p for p in self.properties if p.name == name), None)


class Files:
    """The text of the source files, to find the name before a node's opening brace."""

    def __init__(self):
        self.lines = {}

    def line(self, file, number):
        if file not in self.lines:
            try:
                with open(file, encoding="latin-1") as stream:
                    self.lines[file] = stream.read().split("\n")
            except OSError:
                self.lines[file] = []
        lines = self.lines[file]
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def name_place(self, file, line, column):
        """dtc gives a node's opening brace; a person looks for its name."""
        before = re.search(r"([^\s;{}]+)\s*$", self.line(file, line)[:column - 1])
        return Place(file, line, before.start(1) + 1 if before else column)


def places_of(tail, files, is_node):
    comment = COMMENT.search(tail)
    spans = SPAN.findall(comment.group(1)) if comment else []
    if is_node:
        return [files.name_place(file, int(line), int(column)) for file, line, column in spans]
    return [Place(file, int(line), int(column)) for file, line, column in spans]


def unescape(text):
    def one(match):
        code = match.group(1).decode("latin-1")
        if code[0] == "x":
            return bytes([int(code[1:], 16) & 255])
        if code[0] in "01234567":
            return bytes([int(code, 8) & 255])
        return bytes([SINGLE.get(code, ord(code))])
    return ESCAPE.sub(one, text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def read_cells(text, values):
    end = text.index(">")
    for cell in re.sub(r"[A-Za-z_]\w*:", "", text[1:end]).split():
        values.append(int(cell, 0) if re.fullmatch(r"0[xX][0-9a-fA-F]+|\d+", cell) else None)
    return end + 1


def read_value(text):
    """The values up to the closing semicolon, and what stands behind it."""
    values, at = [], 0
    while at < len(text) and text[at] != ";":
        rest = text[at:]
        if rest[0] == '"':
            match = STRING.match(rest)
            values.append(unescape(match.group(1)))
            at += match.end()
        elif rest[0] == "<":
            at += read_cells(rest, values)
        elif rest[0] == "[":
            end = rest.index("]")
            values.append(bytes.fromhex(re.sub(r"\w+:", "", rest[1:end])))
            at += end + 1
        elif re.match(r"[ ,\t]|[A-Za-z_]\w*:", rest):  # a label may stand before a value
            at += re.match(r"[ ,\t]|[A-Za-z_]\w*:", rest).end()
        else:  # `/bits/ n` and the like: no property of ours has such a value
            values.append(None)
            at += re.match(r"/bits/ \d+|[^\s,;]+", rest).end()
    return values, text[at + 1:]


def parse_annotated(text, path):
    """The tree in dtc's annotated output. A root is always there when dtc accepts the source; what dtc itself made up
    (of a /plugin/) has no place but the file."""
    files, root, stack, unplaced = Files(), None, [], [Place(path)]
    for line in text.split("\n"):
        opened = OPEN.match(line)
        if opened:
            node = Node(opened.group(1), places_of(opened.group(2), files, True) or unplaced)
            if stack:
                stack[-1].children.append(node)
            else:
                root = node
            stack.append(node)
        elif CLOSE.match(line):
            stack.pop()
        elif stack and line.strip():
            found = PROPERTY.match(line)
            values, tail = read_value(found.group(3)) if found.group(2) == " = " else ([], found.group(3))
            places = places_of(tail, files, False) or stack[-1].places
            stack[-1].properties.append(Property(found.group(1), places[0], values))
    return root


def add_syntax(report, file, line, column, text):
    here = Files()
    source = here.line(file, line)
    before = source[:column - 1].rstrip()
    number = line
    while not before and number > 1:
        number -= 1
        before = re.sub(r"//.*", "", here.line(file, number)).rstrip()
    word = re.match(r"\s*([\w#,.\-/&]+|\S)?", source[column - 1:]).group(1)
    said = f"{text} at '{word}'" if word and text == "syntax error" else text
    fix = None
    behind = [source[column - 1 + len(word or ""):], *here.lines[file][line:]]
    if text != "syntax error":
        fix = None
    elif said != text and not "".join(behind).strip():
        said, fix = "the file ends in the middle of a node", "is a '};' missing at the end?"
    elif "/dts-v1/" not in "\n".join(here.lines[file]):
        fix = "begin the file with '/dts-v1/;'"
    elif word == "#include" or source.lstrip().startswith("#include"):
        fix = 'no C preprocessor runs here: write /include/ "file"'
    elif before and before[-1] not in ";{}=<[(,":
        fix = f"is a ';' missing after '{before.split()[-1]}'?"
    report.add("SYS-001", Place(file, line, column), said, fix=fix)


def add_compiler_errors(report, path, text):
    for line in text.split("\n"):
        syntax, tree = SYNTAX.match(line), TREE.match(line)
        if syntax:
            add_syntax(report, syntax.group(1), int(syntax.group(2)), int(syntax.group(3)), syntax.group(4))
        elif tree and tree.group(4) not in OWN_CHECKS:
            place = Place(tree.group(1), int(tree.group(2)), int(tree.group(3))) if tree.group(1) else Place(path)
            report.add("SYS-003", place, tree.group(5))


def read_tree(path, report):
    """The tree of a description, or None with the reasons in the report."""
    if not os.path.isfile(path):
        what = "is not a regular file" if os.path.exists(path) else "does not exist"
        report.add("SYS-002", Place(path), f"the description {what}")
        return None
    compiler = shutil.which("dtc")
    if compiler is None:
        raise NoCompiler
    run = subprocess.run([compiler, "-q", "-f", "-T", "-T", "-I", "dts", "-O", "dts", "--", path],
                         capture_output=True, check=False)
    errors = run.stderr.decode("utf-8", "surrogateescape")
    add_compiler_errors(report, path, errors)
    if run.returncode != 0 or report.failed:  # what dtc puts in place of a broken reference is not to be judged
        if not report.failed:
            reason = re.sub(r"(?m)^FATAL ERROR: ", "", errors).strip().split("\n")[0]
            report.add("SYS-002", Place(path), f"the description cannot be read: {reason}")
        return None
    return parse_annotated(run.stdout.decode("utf-8", "surrogateescape"), path)
