# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The privileged lines that no proof covers, and what is said to exercise them."""
import re

FOLDER = "src/kernel/hart/"
ASSEMBLY = "ASM-7"


def regions(tree, assumptions):
    """Rows {file, name, first, last, lines, assumption, tested}; `tested` is empty where nothing is named."""
    covered = {symbol: entry for entry in assumptions.entries for symbol in entry.covers}
    tested = {entry.name: entry.tested for entry in assumptions.entries}
    bodies = {name: row for path in tree.find(FOLDER, ".c") for name, row in functions(tree, path)}
    bodies |= {name: row for path in tree.find(FOLDER, ".h") for name, row in functions(tree, path)}
    rows = []
    for name, row in sorted(bodies.items(), key=lambda item: (item[1]["file"], item[1]["first"])):
        entries = sorted({covered[n].name for n in users(name, bodies) if n in covered}, key=lambda a: int(a.split("-")[1]))
        row = {k: row[k] for k in ("file", "first", "last", "lines")} | {"name": name, "assumptions": entries}
        row["tested"] = "; ".join(dict.fromkeys(tested[e] for e in entries if tested[e]))
        rows.append(row)
    for path in tree.find(FOLDER, ".S"):
        file = tree.file(path)
        rows.append({"file": path, "first": 1, "last": len(file.lines), "lines": file.sloc(), "name": "all of it",
                     "assumptions": [ASSEMBLY], "tested": tested.get(ASSEMBLY, "")})
    return rows


def functions(tree, path):
    code = tree.file(path).code()
    for found in re.finditer(r"^(?!\s)[^\n;{}#]*\b(\w+)\s*\([^;{}]*\)\s*\{", code, re.M):
        first, last = tree.definition(path, found[1])
        text = "\n".join(code.split("\n")[first - 1:last])
        yield found[1], {"file": path, "first": first, "last": last, "text": text,
                         "lines": sum(1 for line in text.split("\n") if line.strip())}


def users(name, bodies):
    """The function and those that call it, however far away."""
    found, todo = set(), [name]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += [other for other, row in bodies.items() if re.search(rf"\b{at}\s*\(", row["text"]) and other != at]
    return found
