#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests of the system description tool. `run.py WORKDIR` runs all and ends with "N passed, N failed";
`run.py WORKDIR --accept` writes what the tool says now as the expected texts, for a person to read and commit."""
import difflib
import glob
import os
import re
import shutil
import subprocess
import sys
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "src", "tools")]

import fixtures  # noqa: E402
import cases  # noqa: E402
import cases_devices  # noqa: E402
import cases_kernels  # noqa: E402
import cases_rooms  # noqa: E402

BAD = os.path.join(HERE, "bad")


def expected_path(source):
    return source.removesuffix(".dts") + ".expected"


def run_bad(source, tool, directory):
    """What the tool says about one broken example, run where the example's files are."""
    with open(source, encoding="utf-8") as stream:
        words = re.search(r"/\* run: (.*) \*/", stream.read()).group(1).split()
    shutil.copy(source, directory)
    return tool(words[0], os.path.basename(source), *words[1:], cwd=directory)


def test_bad(source, tool, directory):
    result = run_bad(source, tool, directory)
    with open(expected_path(source), encoding="utf-8") as stream:
        expected = stream.read()
    if result.stderr != expected:
        diff = difflib.unified_diff(expected.splitlines(), result.stderr.splitlines(), "expected", "said", lineterm="")
        raise AssertionError("\n" + "\n".join(diff))
    failed = "error[" in expected
    assert result.returncode == int(failed), f"exit status {result.returncode}"
    number = re.match(r"SYS-\d+", os.path.basename(source))
    if number:
        said = set(re.findall(r"(?:error|warning)\[(SYS-\d+)\]", expected))
        assert said == {number.group()}, f"an example of {number.group()} alone, but it breaks {sorted(said)}"
    assert not os.path.exists(os.path.join(directory, "out.bundle")), "a refused bundle was written"


def accept(tool, directory):
    for source in sorted(glob.glob(f"{BAD}/*.dts")):
        with open(expected_path(source), "w", encoding="utf-8") as stream:
            stream.write(run_bad(source, tool, directory).stderr)


def all_tests(tool, directory):
    for source in sorted(glob.glob(f"{BAD}/*.dts")):
        yield os.path.basename(source), lambda source=source: test_bad(source, tool, directory)
    for name, test in sorted({**vars(cases), **vars(cases_devices), **vars(cases_kernels), **vars(cases_rooms)}.items()):
        if name.startswith("test_"):
            yield name, lambda test=test: test(tool, directory)


def main():
    directory = os.path.abspath(sys.argv[1])
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    fixtures.make(os.path.join(directory, "files"))

    def tool(*arguments, cwd=directory, **more):
        command = [sys.executable, os.path.join(TOP, "src", "tools", "septum-config"), *arguments]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60, **more)

    if "--accept" in sys.argv[2:]:
        accept(tool, directory)
        return 0
    passed = failed = 0
    for name, test in all_tests(tool, directory):
        try:
            test()
            passed += 1
        except Exception:  # a test that breaks is a failed test, whatever it raises
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}")
    print(f"system: {passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
