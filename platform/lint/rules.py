# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The rules of `make lint`. Each yields (line, what is wrong) for a file; its first docstring line is its explanation."""

import os
import re
import subprocess

FILE_LINES, FUNCTION_LINES, COLUMNS = 600, 60, 160
KERNEL_C_SLOC, KERNEL_ASM_SLOC = 4000, 400
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "limits.h"}


def matches(file, pattern, what, code=True):
    for number, line in enumerate((file.code() if code else file.text).split("\n"), 1):
        found = re.search(pattern, line)
        if found:
            yield number, what.format(found[0].strip())


def lint_1(file):
    """a file begins with the two-line licence header"""
    head = "\n".join(file.lines[:5])
    if "SPDX-License-Identifier: BSD-2-Clause" not in head or "Copyright (c) 2026 The Septum authors" not in head:
        yield 1, "the licence header is missing"


def lint_2(file):
    """a file has at most 600 lines, a function 60"""
    if len(file.lines) > FILE_LINES + 1:
        yield FILE_LINES, f"the file has {len(file.lines) - 1} lines"
    if file.path.endswith(".c"):
        for start, length in file.functions():
            if length > FUNCTION_LINES:
                yield start, f"the function has {length} lines"


def lint_3(file):
    """a line has at most 160 columns, no blanks at its end; the file ends with one newline"""
    for number, line in enumerate(file.lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            yield number, f"{len(line)} columns"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
    if not file.text.endswith("\n") or file.text.endswith("\n\n"):
        yield len(file.lines), "the file does not end with one newline"


def lint_4(file):
    """work to be done stands in an issue, not in the source"""
    yield from matches(file, r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b", "'{}'", code=False)


def lint_5(file):
    """no path of one person's machine in the tree"""
    yield from matches(file, r"(?<![\w.$}*])/(?:home|root|work|Users)/\w+", "'{}'", code=False)


def lint_6(file):
    """the kernel and the servers do not include each other's headers"""
    user = file.path.startswith(("src/servers/", "include/lib/"))
    if user:
        yield from matches(file, r'#\s*include\s*[<"](?:\.\./)*(?:include/)?kernel/', "a server includes a kernel header", code=False)
    elif file.path.startswith(("src/kernel/", "include/kernel/")):
        yield from matches(file, r'#\s*include\s*[<"](?:\.\./)*(?:include/)?lib/', "the kernel includes a server header", code=False)


def lint_7(file):
    """proved C has no conditional compilation"""
    if file.is_proved_c:
        yield from matches(file, r"^\s*#\s*(?:if|ifdef|ifndef|elif|else)\b.*", "'{}'") if not file.path.endswith(".h") else ()


def lint_8(file):
    """proved C has no inline assembly"""
    if file.is_proved_c:
        yield from matches(file, r"\b(?:__asm__|asm|__asm)\b", "'{}'")


def lint_9(file):
    """proved C has no function pointers"""
    if file.is_proved_c:
        yield from matches(file, r"\(\s*\*\s*\w*(?:\[[^\]]*\])?\s*\)\s*\(", "'{}'")


def lint_10(file):
    """proved C casts nothing to a pointer"""
    if file.is_proved_c:
        yield from matches(file, r"\(\s*(?:const |volatile |struct |union |enum |unsigned )*\w+\s*(?:const\s*)?\*+\s*\)\s*[\w(&]", "'{}'")


def lint_11(file):
    """the kernel includes no library header but the freestanding ones"""
    if file.path.startswith(("src/kernel/", "include/kernel/")) and "/host/" not in file.path:
        for number, line in enumerate(file.lines, 1):
            found = re.match(r"\s*#\s*include\s*<([\w./]+)>", line)
            if found and "/" not in found[1] and found[1] not in FREESTANDING:
                yield number, f"<{found[1]}>"


def lint_12(file):
    """shell scripts pass shellcheck, Python compiles"""
    first = file.lines[0]
    if file.path.endswith(".sh") or (first.startswith("#!") and first.rstrip().endswith(("bash", "/sh"))):
        shell = subprocess.run(
            ["shellcheck", "-x", "--severity=warning", "--format=gcc", "-"], input=file.text, text=True, capture_output=True,
            cwd=os.path.dirname(file.path) or ".", check=False,
        )
        for line in shell.stdout.splitlines():
            found = re.match(r"-:(\d+):\d+: (.*)", line)
            if found and "SC1091" not in line:
                yield int(found[1]), found[2]
    elif file.path.endswith(".py") or (first.startswith("#!") and "python" in first):
        try:
            compile(file.text, file.path, "exec")
        except SyntaxError as error:
            yield error.lineno or 1, error.msg


FILE_RULES = [lint_1, lint_2, lint_3, lint_4, lint_5, lint_6, lint_7, lint_8, lint_9, lint_10, lint_11, lint_12]


def lint_13(files):
    """the privileged part has at most 4,000 lines of C and 400 of assembly"""
    kernel = [file for file in files if file.path.startswith(("src/kernel/", "include/kernel/")) and "/host/" not in file.path]
    for suffixes, limit, what in (((".c", ".h"), KERNEL_C_SLOC, "C"), ((".S",), KERNEL_ASM_SLOC, "assembly")):
        count = sum(file.sloc() for file in kernel if file.path.endswith(suffixes))
        if count > limit:
            yield "src/kernel", 1, f"{count} source lines of {what}"


TREE_RULES = [lint_13]
