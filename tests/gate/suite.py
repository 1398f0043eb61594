# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Runs a module's unit tests, and reports as every suite does."""

import io
import sys
import unittest


def run(name):
    """Exit status of the tests in the module that was started; what failed is printed, then one line with the counts."""
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=io.StringIO()).run(tests)
    for test, trace in result.failures + result.errors:
        print(f"{test}\n{trace}")
    bad = len(result.failures) + len(result.errors)
    print(f"{name}: {result.testsRun - bad} passed, {bad} failed")
    return 1 if bad or not result.testsRun else 0
