#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Checks the source against the rules of rules.py; lists each violation, then "N passed, N failed" (rules)."""

import os
import sys

import rules
import source

DEVIATIONS = "platform/lint/deviations.txt"


def identifier(rule):
    return rule.__name__.replace("_", "-").upper()


def read_deviations(top):
    """{(rule, path): number}"""
    found = {}
    path = os.path.join(top, DEVIATIONS)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as listing:
            for line in listing:
                if line.strip() and not line.startswith("#"):
                    number, rule, name, _reason = line.split(None, 3)
                    found[(rule, name)] = number
    return found


def check(top):
    """(violations, rules): a violation is (rule, path, line, text)."""
    files = [source.File(top, path) for path in source.walk(top) if source.is_code(path)]
    found = []
    for rule in rules.FILE_RULES:
        for file in files:
            found += [(identifier(rule), file.path, line, what) for line, what in rule(file)]
    for rule in rules.TREE_RULES:
        found += [(identifier(rule), path, line, what) for path, line, what in rule(files)]

    allowed = read_deviations(top)
    used = {(rule, path) for rule, path, _, _ in found} & allowed.keys()
    found = [item for item in found if item[:2] not in allowed]
    for rule, path in sorted(allowed.keys() - used):
        found.append((rule, DEVIATIONS, 1, f"deviation {allowed[(rule, path)]} for {path} is not needed"))
    return found, rules.FILE_RULES + rules.TREE_RULES


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    os.chdir(top)
    found, all_rules = check(".")
    explain = {identifier(rule): rule.__doc__ for rule in all_rules}
    for rule, path, line, what in found:
        print(f"{path}:{line}: error[{rule}]: {what}\n   why: {explain[rule]}")
    failed = len({item[0] for item in found})
    print(f"lint: {len(all_rules) - failed} passed, {failed} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
