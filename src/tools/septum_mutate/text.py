# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""C as the operators see it: functions, statements and expressions of a text whose comments are blanked.

House style is what makes this enough: a statement ends on its line's semicolon or goes on in indented lines, a function
begins and ends at the left margin, macros are upper case."""
import re

COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
FUNCTION = re.compile(r"^(?!\s)[^\n;{}#]*\b(\w+)\s*\([^;{}]*\)\s*\{", re.M)
CLOSING = {"(": ")", "[": "]", "{": "}"}


def blank(text):
    """The same length, with comments and the insides of literals as blanks."""
    return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0][0] == "/" else m[0][0] + " " * (len(m[0]) - 2) + m[0][-1], text)


def close(code, at):
    """Where the bracket that opens at `at` closes."""
    depth, mate = 0, CLOSING[code[at]]
    for index in range(at, len(code)):
        depth += (code[index] == code[at]) - (code[index] == mate)
        if depth == 0:
            return index
    raise ValueError("a bracket is not closed")


def functions(code):
    """(name, first of the body, end of the body) of each function."""
    for found in FUNCTION.finditer(code):
        yield found[1], found.end(), close(code, found.end() - 1)


def statement_end(code, at):
    """The semicolon that ends the simple statement that begins at `at`; None if a bracket ends what is there."""
    while code[at] != ";":
        if code[at] in ")]}":
            return None
        at = close(code, at) + 1 if code[at] in CLOSING else at + 1
    return at


def split(code, begin, end, mark):
    """The parts of an expression between top-level operators `mark`."""
    parts, start, at = [], begin, begin
    while at < end:
        if code[at] in CLOSING:
            at = close(code, at) + 1
        elif code.startswith(mark, at):
            parts.append((start, at))
            at += len(mark)
            start = at
        else:
            at += 1
    return parts + [(start, end)]


def operand_end(code, at):
    """Behind the operand (a name with its calls, indices and fields, a number, or a bracket) that begins at `at`."""
    while code[at] in " ~!":
        at += 1
    if code[at] == "(":
        at = close(code, at) + 1
        cast = re.match(r"\w|~", code[at:])
        return operand_end(code, at) if cast else at
    at += len(re.match(r"\w*", code[at:])[0])
    while code[at] in "([." or code.startswith("->", at):
        if code[at] in CLOSING:
            at = close(code, at) + 1
        else:
            at += 1 + (code[at] == "-")
            at += len(re.match(r"\w*", code[at:])[0])
    return at
