# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The faults: each operator yields (name, begin, end, replacement) for the body code[first:last] of a function."""
import re

from .text import close, operand_end, split, statement_end

COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
PAIRS = [("owner", "borrower"), ("at_owner", "at_borrower"), ("from", "to"), ("SEPTUM_SERVER", "SEPTUM_GUEST")]
SWAPPED = {a: b for one, other in PAIRS for a, b in ((one, other), (other, one))}
WORDS = {"return", "if", "else", "for", "while", "switch", "case", "do", "break", "continue", "goto", "default", "struct", "const", "static"}
# A simple statement: an assignment or a call; not a declaration, a jump or a heading.
SIMPLE = re.compile(r"(?<=[;{}\n)])[ \t]*\n?[ \t]+(?=([A-Za-z_]\w*)(?:[\[.(]|->|[ ]?(?:\+\+|--)|[ ](?:[-+*/|&]?=)[ ]))")


def ifs(code, first, last):
    """(begin of `if`, begin and end of its condition) in the body."""
    for found in re.finditer(r"\bif \(", code[first:last]):
        at = first + found.end() - 1
        yield first + found.start(), at + 1, close(code, at)


def drop_check(code, first, last):
    """An `if` that guards one return, with its return."""
    for begin, _, end in ifs(code, first, last):
        found = re.match(r"\)\s*return\b", code[end:last])
        if not found:
            continue
        stop = statement_end(code, end + 1) + 1
        if not re.match(r"\s*else\b", code[stop:last]) and not code[:begin].rstrip().endswith("else"):
            yield "drop-check", begin, stop, ";"


def negate(code, first, last):
    for _, begin, end in ifs(code, first, last):
        yield "negate", begin, end, f"!({code[begin:end]})"


def drop_part(code, first, last):
    """One half of a condition."""
    for found in re.finditer(r"\(|\breturn ", code[first:last]):
        at = first + found.start()
        begin, end = (at + 1, close(code, at)) if code[at] == "(" else (at + 7, statement_end(code, at + 7))
        for mark in ("&&", "||"):
            parts = split(code, begin, end, mark)
            for index, (start, stop) in enumerate(parts if len(parts) > 1 else []):
                cut = (start, parts[1][0]) if index == 0 else (parts[index - 1][1], stop)
                yield "drop-part", cut[0], cut[1], " " * (index == 0 and code[begin - 1] != "(")


def logic(code, first, last):
    for found in re.finditer(r" (&&|\|\|) ", code[first:last]):
        yield "and-or", first + found.start(1), first + found.end(1), "||" if found[1] == "&&" else "&&"


def simple_statements(code, first, last):
    at = first
    while True:
        found = SIMPLE.search(code, at - 1, last)
        if not found:
            return
        begin = found.end()
        stop = statement_end(code, begin)
        at = begin + 1
        if found[1] not in WORDS and stop is not None and stop < last:
            yield begin, stop + 1
            at = stop + 1


def delete(code, first, last):
    for begin, stop in simple_statements(code, first, last):
        name = code[begin:stop]
        kind = "drop-fence" if re.match(r"\w*fence\w*\(", name) else "drop-zeroing" if re.match(r"\w*(zero|wipe|clear)\w*\(", name) else "delete"
        yield kind, begin, stop, ";"


def swap(code, first, last):
    """Two neighbours change places."""
    rows = list(simple_statements(code, first, last))
    for (one, one_end), (two, two_end) in zip(rows, rows[1:]):
        between = code[one_end:two]
        if not between.strip() and code[one:one_end] != code[two:two_end]:
            yield "swap", one, two_end, code[two:two_end] + between + code[one:one_end]


def compare(code, first, last):
    for found in re.finditer(r" (<=|>=|==|!=|<|>) ", code[first:last]):
        yield "compare", first + found.start(1), first + found.end(1), COMPARE[found[1]]


def constant(code, first, last):
    for found in re.finditer(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)(?=[uUlL]*\b)", code[first:last]):
        yield "constant", first + found.start(1), first + found.end(1), str(int(found[1], 0) + 1)


def status(code, first, last):
    """A refusal that reports success."""
    for found in re.finditer(r"\breturn (SEPTUM_(?!OK\b)[A-Z_]+);", code[first:last]):
        yield "status", first + found.start(1), first + found.end(1), "SEPTUM_OK"


def mask(code, first, last):
    """One operand of & or | less."""
    for found in re.finditer(r" [&|] (?=[\w(~])", code[first:last]):
        yield "mask", first + found.start(), operand_end(code, first + found.end()), ""


def index(code, first, last):
    for found in re.finditer(r"(?<=\w)\[", code[first:last]):
        at = first + found.start()
        end = close(code, at)
        if code[at + 1:end].strip() not in ("0", ""):
            yield "index", at + 1, end, "0"


def arithmetic(code, first, last):
    for found in re.finditer(r"(?<=[\w)\]]) ([-+]) (?=[\w(])", code[first:last]):
        yield "arithmetic", first + found.start(1), first + found.end(1), "-" if found[1] == "+" else "+"


def exchange(code, first, last):
    """The one side's word for the other's."""
    heading = code[code.rfind("\n", 0, first - 1) + 1:first]
    for found in re.finditer(r"\b(" + "|".join(SWAPPED) + r")\b(?! \*)", code[first:last]):
        other, field = SWAPPED[found[1]], code[first + found.start() - 1] == "." or found[1].isupper()
        if field or re.search(rf"\b{other}\b", heading + code[first:last]):
            yield "exchange", first + found.start(), first + found.end(), other


def arguments(code, first, last):
    """Two neighbouring arguments of a call change places."""
    for found in re.finditer(r"(?<=\w)\(", code[first:last]):
        at = first + found.start()
        parts = split(code, at + 1, close(code, at), ",")
        for (one, one_end), (two, two_end) in zip(parts, parts[1:]):
            left, right = code[one:one_end].strip(), code[two:two_end].strip()
            if left != right:
                yield "arguments", one, two_end, " " * (one > at + 1) + f"{right}, {left}"


def result(code, first, last):
    """Whatever it was, it returns 0."""
    for found in re.finditer(r"\breturn (?!0;|\()", code[first:last]):
        at = first + found.end()
        yield "result", at, statement_end(code, at), "0"


OPERATORS = [drop_check, delete, exchange, compare, drop_part, mask, constant, negate, index, swap, status, logic, arithmetic, arguments, result]
