#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests of the platform's own tools: the test driver, the rules of lint, the QEMU runner, the way to the mirror."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "platform/lint"))
import lint  # noqa: E402

HEADER = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Copyright (c) 2026 The Septum authors */\n"
WORD = "TO" + "DO"


# The variables of the make that runs these tests are not for the makes that they run.
OURS = {"SYSTEM", "HARTS", "MEMORY", "H", "ICOUNT", "GDB", "SECONDS", "MFLAGS"}
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name not in OURS}


def run(*command, env=None):
    return subprocess.run(command, capture_output=True, text=True, cwd=TOP, check=False, env=env or CLEAN)


class Driver(unittest.TestCase):
    """tests/run over a makefile of our own."""

    def drive(self, recipes, *extra):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as makefile:
                for name, recipe in recipes.items():
                    makefile.write(f"{name}:\n\t@{recipe}\n")
            done = run(
                "/usr/bin/python3", "tests/run", "--make", f"make -s -C {folder}", "--logs", folder, *extra, *recipes
            )
        return done.returncode, done.stdout.strip().split("\n")[-1]

    def test_sums_suites(self):
        self.assertEqual(
            self.drive({"a": "echo '3 passed, 0 failed'; echo 'x y: 4 passed, 0 failed'", "b": "echo '1 passed, 0 failed'"}),
            (0, "8 passed, 0 failed"),
        )

    def test_counts_failures(self):
        self.assertEqual(self.drive({"a": "echo '3 passed, 2 failed'; exit 1"}), (1, "3 passed, 2 failed"))

    def test_failure_without_status_fails(self):
        self.assertEqual(self.drive({"a": "echo '3 passed, 2 failed'"}), (1, "3 passed, 2 failed"))

    def test_silent_target_fails(self):
        self.assertEqual(self.drive({"a": "true", "b": "echo '1 passed, 0 failed'"}), (1, "1 passed, 1 failed"))

    def test_crash_after_result_fails(self):
        self.assertEqual(self.drive({"a": "echo '5 passed, 0 failed'; exit 3"}), (1, "5 passed, 1 failed"))

    def test_nothing_run_fails(self):
        self.assertEqual(self.drive({"a": "echo '0 passed, 0 failed'"}), (1, "0 passed, 0 failed"))

    def test_slow_target_is_ended(self):
        start = time.monotonic()
        self.assertEqual(
            self.drive({"a": "echo '1 passed, 0 failed'; sleep 60"}, "--limit", "1"), (1, "1 passed, 1 failed")
        )
        self.assertLess(time.monotonic() - start, 20)


class Lint(unittest.TestCase):
    """One broken file for each rule, and a clean tree that passes them all."""

    BROKEN = {
        "LINT-1": ("src/a.c", "int a;\n"),
        "LINT-2": ("src/a.c", HEADER + "void f(void)\n{\n" + "    g();\n" * 60 + "}\n"),
        "LINT-3": ("src/a.c", HEADER + "int a; \n"),
        "LINT-4": ("src/a.c", HEADER + f"/* {WORD}: more */\n"),
        "LINT-5": ("src/a.sh", f"#!/bin/sh\n{HEADER.replace('/*', '#').replace(' */', '')}cd /home" + "/somebody\n"),
        "LINT-6": ("src/servers/a.c", HEADER + "#include <kernel/frame.h>\n"),
        "LINT-7": ("src/kernel/a.c", HEADER + "#ifdef A\nint a;\n#endif\n"),
        "LINT-8": ("src/kernel/a.c", HEADER + 'void f(void)\n{\n    __asm__ volatile("nop");\n}\n'),
        "LINT-9": ("src/kernel/a.c", HEADER + "void (*hook)(int a);\n"),
        "LINT-10": ("src/kernel/a.c", HEADER + "int f(long a)\n{\n    return *(int *)a;\n}\n"),
        "LINT-11": ("src/kernel/a.c", HEADER + "#include <stdio.h>\n"),
        "LINT-12": ("src/a.py", HEADER.replace("/*", "#").replace(" */", "") + "def f(:\n"),
        "LINT-13": ("src/kernel/a.c", HEADER + "int a;\n" * 401),
    }

    def check(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full))
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
            return {violation[0] for violation in lint.check(folder)[0]}

    def test_each_rule_has_an_example(self):
        rules = lint.rules.FILE_RULES + lint.rules.TREE_RULES
        self.assertEqual({lint.identifier(rule) for rule in rules}, set(self.BROKEN))

    def test_clean_file_passes(self):
        text = HEADER + "#include <stdint.h>\n\nint f(int a)\n{\n    return a * (a + 1); /* why */\n}\n"
        self.assertEqual(self.check("src/kernel/a.c", text), set())

    def test_trusted_primitives_may_use_assembly(self):
        self.assertEqual(self.check("src/kernel/hart/a.c", self.BROKEN["LINT-8"][1]), set())


def add_rule_test(rule, path, text):
    def test(self):
        self.assertIn(rule, self.check(path, text))

    setattr(Lint, f"test_{rule.lower().replace('-', '_')}", test)


Lint.BROKEN["LINT-13"] = ("src/kernel/a.S", HEADER + "    nop\n" * (lint.rules.KERNEL_ASM_SLOC + 1))
for name, (broken_path, broken_text) in Lint.BROKEN.items():
    add_rule_test(name, broken_path, broken_text)


class Runner(unittest.TestCase):
    def command(self, *arguments):
        return run("platform/qemu/run.py", "--kernel", "Makefile", "--print", *arguments)

    def test_variables_reach_qemu(self):
        line = self.command("--harts", "3", "--memory", "768M", "--h", "off", "--icount", "on", "--gdb", "on").stdout
        for part in ("-smp 3", "-m 768M", "rv64,h=false", "-icount shift=0,sleep=off", "-S", "signal=off"):
            self.assertIn(part, line)

    def test_defaults(self):
        line = self.command().stdout
        for part in ("-smp 2", "-m 1G", "rv64,h=true"):
            self.assertIn(part, line)
        self.assertNotIn("-icount", line)

    def test_bad_values_are_usage_errors(self):
        for bad in (["--harts", "0"], ["--harts", "two"], ["--memory", "1"], ["--h", "yes"], ["--log", "0"]):
            done = self.command(*bad)
            self.assertEqual(done.returncode, 2, bad)
            self.assertIn(bad[1], done.stderr)

    def test_missing_image_is_told(self):
        done = run("platform/qemu/run.py", "--kernel", "no/such/image", "--print")
        self.assertEqual(done.returncode, 1)
        self.assertIn("'no/such/image' does not exist", done.stderr)


class Verbs(unittest.TestCase):
    """The names of the make variables are an interface."""

    def dry_run(self, *arguments):
        lines = run("make", "-n", *arguments).stdout.split("\n")
        return next((line for line in lines if "platform/qemu/run.py" in line), "")

    def test_variables_choose_the_machine(self):
        line = self.dry_run("qemu", "SYSTEM=some/where.dts", "HARTS=3", "MEMORY=2G", "H=off", "ICOUNT=on", "GDB=on")
        for part in ("some_where.bundle", "--harts 3", "--memory 2G", "--h off", "--icount on", "--gdb on"):
            self.assertIn(part, line)
        self.assertNotIn("--log", line)

    def test_run_log_takes_seconds(self):
        self.assertIn("--log 17", self.dry_run("run-log", "SECONDS=17"))
        self.assertIn("--log 60", self.dry_run("run-log"))

    def test_defaults_of_the_machine(self):
        line = self.dry_run("qemu")
        for part in ("platform_qemu_default.bundle", "--harts 2", "--memory 1G", "--h on", "--icount off", "--gdb off"):
            self.assertIn(part, line)

    def test_help_names_the_verbs(self):
        text = run("make", "help").stdout
        for verb in ("help", "doctor", "setup", "all", "qemu", "run-log", "check", "verify", "bench", "show", "lint", "clean"):
            self.assertRegex(text, rf"(?m)^  {verb} ")

    def test_doctor_finds_what_setup_brought(self):
        done = run("make", "doctor")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("everything is there", done.stdout)


def heed_interrupts():
    """A shell's background job ignores SIGINT, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Log(unittest.TestCase):
    """run-log's ending, on the bare machine with Debian's kernel as the system."""

    IMAGES = ["--kernel", "build/images/Image", "--initrd", "build/images/guest.cpio.gz", "--memory", "512M"]

    def log(self, limit, append):
        return run("platform/qemu/run.py", *self.IMAGES, "--append", append, "--log", str(limit))

    def test_time_up(self):
        start = time.monotonic()
        done = self.log(5, "console=ttyS0")
        self.assertEqual(done.returncode, 0)
        self.assertIn("the time is up", done.stderr)
        self.assertIn("OpenSBI", done.stdout)
        self.assertLess(time.monotonic() - start, 30)

    def test_machine_off(self):
        # Without an init program Linux panics, restarts, and a restart ends a log.
        done = self.log(60, "console=ttyS0 rdinit=/none init=/none panic=-1")
        self.assertEqual(done.returncode, 0)
        self.assertIn("the machine is off", done.stderr)

    def test_interrupt_ends_qemu(self):
        child = subprocess.Popen(
            ["platform/qemu/run.py", *self.IMAGES, "--append", "console=ttyS0", "--log", "60"],
            cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=heed_interrupts,
        )
        self.assertTrue(child.stdout.read(16))
        child.send_signal(2)
        child.stdout.read()
        self.assertEqual(child.wait(timeout=20), 130)
        child.stdout.close()

    def test_guest_reaches_its_shell_and_is_named(self):
        child = subprocess.Popen(
            ["platform/qemu/run.py", *self.IMAGES, "--append", "console=ttyS0 quiet septum.name=web", "--log", "120"],
            cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=heed_interrupts,
        )
        text = b""
        while not text.endswith(b"web:~# "):
            byte = child.stdout.read(1)
            if not byte:
                break
            text += byte
        child.send_signal(2)
        child.stdout.read()
        child.wait(timeout=20)
        child.stdout.close()
        self.assertIn(b"web: Linux ", text)
        self.assertTrue(text.endswith(b"web:~# "), text[-200:])


class Mirror(unittest.TestCase):
    """The mirror of the machine is found in both of apt's notations."""

    def mirror(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            parts = os.path.join(folder, "sources.list.d")
            os.makedirs(parts)
            with open(os.path.join(parts, name), "w", encoding="utf-8") as file:
                file.write(text)
            config = os.path.join(folder, "apt.conf")
            with open(config, "w", encoding="utf-8") as file:
                file.write(f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{parts}";\n')
            script = ". platform/setup/common.sh; mirror_uri"
            return run("bash", "-c", script, env=dict(CLEAN, APT_CONFIG=config))

    def test_one_line(self):
        text = "deb http://mirror.example/sec bookworm-security main\ndeb [arch=amd64] http://mirror.example/debian bookworm main\n"
        self.assertEqual(self.mirror("a.list", text).stdout.strip(), "http://mirror.example/debian/")

    def test_deb822(self):
        text = "Types: deb\nURIs: http://mirror.example/d\nSuites: bookworm bookworm-updates\nComponents: main\n"
        self.assertEqual(self.mirror("a.sources", text).stdout.strip(), "http://mirror.example/d/")

    def test_none(self):
        done = self.mirror("a.list", "")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("name no Debian 12", done.stderr)


class Initrd(unittest.TestCase):
    def test_same_input_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            images = []
            for name in ("a", "b"):
                path = os.path.join(folder, name)
                done = run("platform/images/make-initrd.sh", "build/setup/guest/usr/bin/busybox", path)
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(path, "rb") as file:
                    images.append(file.read())
            self.assertEqual(images[0], images[1])


if __name__ == "__main__":
    outcome = unittest.main(exit=False, verbosity=1).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"platform: {outcome.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
