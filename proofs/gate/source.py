# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The normalised text that Frama-C prints, cut into contracts, bodies and logic definitions.

Frama-C's own JSON answers do not show inline assembly, loops without annotations, or the text of a
whole contract; the printed code does, and it is what was proved."""
import re

LOGIC = ("predicate", "logic", "lemma", "axiomatic", "inductive", "type", "axiom", "check", "admit",
         "global", "module", "volatile", "model", "import")
KEYWORDS = {"if", "while", "for", "switch", "return", "sizeof", "do", "else", "goto", "case", "_Alignof"}
IDENT = re.compile(r"[A-Za-z_]\w*")
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


class Function:
    def __init__(self, name, contract, signature, body, static):
        self.name, self.contract, self.signature, self.body, self.static = name, contract, signature, body, static
        self.calls = []
        if body is not None:
            self.calls = [c for c in CALL.findall(strip_annotations(body)) if c not in KEYWORDS]


class Source:
    """Everything of one printed unit, by name."""

    def __init__(self, text):
        self.functions = {}
        self.logic = {}
        self.types = {}
        self.variables = {}
        self.initializers = ""
        self.text = text
        for comments, code in items(text):
            self._take(comments, code)

    def _take(self, comments, code):
        contract = ""
        for comment in comments:
            word = IDENT.search(comment[3:])
            if word and word.group() == "ghost":
                self._ghost(comment)
            elif word and word.group() in LOGIC and not re.match(r"/\*@\s*(check|admit)\s+(requires|ensures)", comment):
                name = logic_name(comment)
                before = self.logic.get(name)
                self.logic[name] = (before + " " if before else "") + squeeze(comment)
            else:
                contract = comment
        if code:
            self._declaration(contract, code)

    def _ghost(self, comment):
        inner = re.sub(r"^/\*@\s*ghost\s*", "", comment)
        inner = re.sub(r"\*/$", "", inner).strip()
        for comments, code in items(inner.replace("/@", "/*@").replace("@/", "*/")):
            self._take(comments, code)

    def _declaration(self, contract, code):
        head = code.split("{", 1)[0]
        kind = re.match(r"\s*(?:typedef\b.*|(?:struct|union|enum)\s+\w+\s*$)", head, re.DOTALL)
        if kind:
            self.types[squeeze(head) if "typedef" not in head else squeeze(code)] = squeeze(code)
            return
        # An attribute is printed as `type ( __attribute__((x)) name)(…)`.
        head = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head)
        head = re.sub(r"\(\s*(\w+)\s*\)\s*\(", r"\1(", head, count=1)
        found = re.search(r"([A-Za-z_]\w*)\s*\(", head) if "=" not in head else None
        if found and not re.match(r"\s*\(\s*\*", head[found.end() - 1:]):
            body = code[len(code.split("{", 1)[0]):] if "{" in code else None
            name = found.group(1)
            old = self.functions.get(name)
            if old is None or body is not None:
                text = contract or (old.contract if old else "")
                self.functions[name] = Function(name, squeeze(text), squeeze(head).rstrip(" ;"), body, "static" in head.split())
            return
        self.initializers += code.split("=", 1)[1] if "=" in code else ""
        text = squeeze(code.split("=", 1)[0].rstrip(" ;"))
        names = [n for n in IDENT.findall(re.sub(r"\[.*?\]", "", text))]
        if names:
            self.variables[names[-1]] = re.sub(r"^extern ", "", text)


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def logic_name(comment):
    """Name of a global annotation: the identifier that its parameters, labels or definition follow."""
    text = re.sub(r"^/\*@\s*", "", comment)
    found = re.match(r"(?:check\s+|admit\s+)?(axiomatic|lemma|predicate|inductive|axiom|type|module)\s+([A-Za-z_]\w*)", text)
    if found:
        return found.group(2)
    found = re.match(r"logic\s+.*?([A-Za-z_]\w*)\s*(?:\{[^}]*\}\s*)?(?:\(|=|;)", text, re.DOTALL)
    return found.group(1) if found else squeeze(text)[:60]


def items(text):
    """Yield (annotations before it, declaration) for each top-level piece of printed C."""
    comments, at, start, depth = [], 0, None, 0
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    while at < len(text):
        if text.startswith("/*", at):
            end = text.index("*/", at) + 2
            if depth == 0 and start is None:
                if text.startswith("/*@", at):
                    word = IDENT.search(text[at + 3:end])
                    if word and word.group() in LOGIC + ("ghost",):
                        yield [text[at:end]], ""
                    else:
                        comments.append(text[at:end])
            at = end
            continue
        char = text[at]
        if char in "\"'":
            at = end_of_literal(text, at)
            continue
        if start is None and not char.isspace():
            start = at
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        ended = char == ";" and depth == 0 or (char == "}" and depth == 0 and is_function(text[start:at]))
        at += 1
        if ended:
            yield comments, text[start:at]
            comments, start = [], None


def is_function(text):
    head = text.split("{", 1)[0]
    return "(" in head and "=" not in head and not head.lstrip().startswith("typedef")


def end_of_literal(text, at):
    quote, at = text[at], at + 1
    while text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return at + 1


def strip_annotations(body):
    """The C of a body without ACSL and without the contents of literals."""
    body = re.sub(r"/\*.*?\*/", " ", body, flags=re.DOTALL)
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', body)


def loops(body):
    """For each loop of a body: the annotation that stands right before it ('' where none does)."""
    found = []
    for match in re.finditer(r"\b(while|for|do)\b", strip_keep_length(body)):
        before = body[:match.start()].rstrip()
        note = ""
        if before.endswith("*/"):
            begin = before.rindex("/*")
            if re.match(r"/\*@\s*loop\b", before[begin:]):
                note = squeeze(before[begin:])
        found.append(note)
    return found


def strip_keep_length(body):
    blank = lambda match: re.sub(r"\S", " ", match.group())
    body = re.sub(r"/\*.*?\*/", blank, body, flags=re.DOTALL)
    return re.sub(r'"(?:\\.|[^"\\])*"', blank, body)


def backward_goto(body):
    """A goto to a label that stands before it is a loop that carries no annotation."""
    code = strip_annotations(body)
    for jump in re.finditer(r"\bgoto\s+(\w+)\s*;", code):
        label = re.search(rf"\b{jump.group(1)}\s*:(?!:)", code)
        if label and label.start() < jump.start():
            return jump.group(1)
    return None
