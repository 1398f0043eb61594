#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""coverage.py SUMMARY LEAST: prints gcovr's figures; fails if fewer than LEAST percent of the lines ran."""

import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        summary = json.load(file)
    least = float(sys.argv[2])
    for row in summary["files"]:
        print(f"  {row['filename']:<32} {row['line_covered']:>4} of {row['line_total']:>4} lines {row['line_percent']:>6} %")
    print(f"coverage of src/kernel/*.c: {summary['line_percent']} % of {summary['line_total']} lines, "
          f"{summary['branch_percent']} % of {summary['branch_total']} branches")
    enough = summary["line_total"] > 0 and summary["line_percent"] >= least
    print(f"coverage: {int(enough)} passed, {int(not enough)} failed")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
