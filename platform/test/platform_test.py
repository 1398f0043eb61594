#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests of the platform's own tools: the test driver, the rules of lint, the QEMU runner, the way to the mirror."""

import gzip
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "platform/lint"))
sys.path.insert(0, os.path.join(TOP, "platform/qemu"))
import lint  # noqa: E402
import variables  # noqa: E402

HEADER = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Copyright (c) 2026 The Septum authors */\n"
WORD = "TO" + "DO"


# The variables of the make that runs these tests are not for the makes that they run.
OURS = {*variables.RULES, "MFLAGS"}
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name not in OURS}


def run(*command, env=None, text=None):
    return subprocess.run(command, capture_output=True, text=True, cwd=TOP, check=False, env=env or CLEAN, input=text)


class Driver(unittest.TestCase):
    """tests/run over a makefile of our own."""

    def said(self, recipes, *extra):
        """The status and all lines."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as makefile:
                makefile.write("".join(f"{name}:\n\t@{recipe}\n" for name, recipe in recipes.items()))
            done = run("/usr/bin/python3", "tests/run", "--make", f"make -s -C {folder}", "--logs", folder, *extra, *recipes)
        return done.returncode, done.stdout.strip().split("\n")

    def drive(self, recipes, *extra):
        status, said = self.said(recipes, *extra)
        return status, said[-1]

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
            self.drive({"a": "echo '1 passed, 0 failed'; sleep 90"}, "--limit", "10"), (1, "1 passed, 1 failed")
        )
        self.assertLess(time.monotonic() - start, 60)

    def test_failures_are_told_last(self):
        recipes = {"a": "echo FAIL one: because; echo '1 passed, 1 failed'; exit 1", "b": "echo '1 passed, 0 failed'"}
        said = self.said(recipes)[1]
        self.assertEqual(said[-1], "2 passed, 1 failed")
        self.assertRegex(said[-3], "^  a ")
        self.assertEqual(said[-2].strip(), "FAIL one: because")

    def test_time_for_all_is_told_by_target(self):
        recipes = {"a": "echo '1 passed, 0 failed'", "b": "echo half way; sleep 90", "c": "echo '1 passed, 0 failed'"}
        status, said = self.said(recipes, "--total", "12")
        self.assertEqual(status, 1)
        self.assertEqual(said[-1], "1 passed, 2 failed")
        self.assertRegex(said[-3], r"^  b .* cut after \d+ s; its last line: half way$")
        self.assertRegex(said[-2], r"^  c .* not run: the 12 s for all targets were over$")

    def test_boots_run_beside_the_rest(self):
        wait = "for i in $$(seq 100); do test -e {0}/{1} && break; sleep 0.1; done; test -e {0}/{1}"
        with tempfile.TemporaryDirectory() as place:
            meet = {"test-a": f"touch {place}/boot; {wait.format(place, 'unit')}; echo '1 passed, 0 failed'",
                    "unit-a": f"touch {place}/unit; {wait.format(place, 'boot')}; echo '1 passed, 0 failed'"}
            status, said = self.said(meet)
        self.assertEqual((status, said[-1]), (0, "2 passed, 0 failed"))
        self.assertEqual([line for line in said if line.startswith("==")][-1], "== summary")


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
        line = self.command("--harts", "3", "--memory", "768M", "--h", "off", "--gdb", "on").stdout
        for part in ("-smp 3", "-m 768M", "rv64,h=false", "-S", "signal=off"):
            self.assertIn(part, line)
        self.assertIn("-icount shift=0,sleep=off", self.command("--harts", "1", "--icount", "on").stdout)

    def test_a_shared_directory_is_a_9p_device(self):
        for iommu, machine, device in (("on", "virt,iommu-sys=on", "virtio-9p-pci"), ("off", "virt", "virtio-9p-device")):
            line = self.command("--share", "tests", "--iommu", iommu).stdout
            for part in (f"-machine {machine} ", f"-device {device},", "path=tests,security_model=none", "mount_tag=septum"):
                self.assertIn(part, line)
            self.assertEqual("iommu_platform=on" in line, iommu == "on")
        self.assertNotIn("9p", self.command().stdout)
        self.assertEqual(self.command("--share", "no/such/directory").returncode, 2)

    def test_devices_of_its_own(self):
        for iommu, kind in (("on", "pci"), ("off", "device")):
            line = self.command("--devices", "entropy uplink", "--uplink", "user,net=10.1.0.0/24", "--iommu", iommu).stdout
            for part in (f"-device virtio-rng-{kind}", f"-device virtio-net-{kind},netdev=uplink", "-netdev user,net=10.1.0.0/24,id=uplink"):
                self.assertIn(part, line)
            self.assertEqual(line.count("iommu_platform=on"), 2 if iommu == "on" else 0)
        self.assertNotIn("-netdev", self.command("--devices", "entropy").stdout)
        self.assertNotIn("-device", self.command("--devices", "").stdout)

    def test_a_disk(self):
        for iommu, kind in (("on", "pci"), ("off", "device")):
            line = self.command("--devices", "disk", "--disk", "Makefile", "--iommu", iommu).stdout
            for part in (f"-device virtio-blk-{kind},drive=disk", "-drive if=none,id=disk,format=raw,discard=unmap,file=Makefile"):
                self.assertIn(part, line)
            self.assertEqual("iommu_platform=on" in line, iommu == "on")
        self.assertNotIn("-drive", self.command("--disk", "Makefile").stdout)
        done = self.command("--devices", "disk")
        self.assertEqual(done.returncode, 2)
        self.assertIn("fix: DISK=FILE", done.stderr)

    def test_only_one_hart_is_counted(self):
        done = self.command("--harts", "2", "--icount", "on")
        self.assertEqual(done.returncode, 2)
        self.assertIn("fix: HARTS=1", done.stderr)

    def test_defaults(self):
        line = self.command().stdout
        for part in ("-smp 2", "-m 1G", "rv64,h=true", "iommu-sys=on"):
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
        line = self.dry_run("qemu", "SYSTEM=some/where.dts", "HARTS=3", "MEMORY=2G", "H=off", "ICOUNT=on", "GDB=on",
                            "IOMMU=off")
        for part in ("some_where.bundle", "--harts 3", "--memory 2G", "--h off", "--icount on", "--gdb on", "--iommu off"):
            self.assertIn(part, line)
        self.assertNotIn("--log", line)

    def test_run_log_takes_seconds(self):
        self.assertIn("--log 17", self.dry_run("run-log", "SECONDS=17"))
        self.assertIn("--log 60", self.dry_run("run-log"))

    def test_defaults_of_the_machine(self):
        line = self.dry_run("qemu")
        for part in ("platform_qemu_default.bundle", "--harts 2", "--memory 1G", "--h on", "--icount off", "--gdb off",
                     "--iommu on"):
            self.assertIn(part, line)

    def test_bad_values_are_told_all_at_once_before_anything_is_built(self):
        bad = {"SYSTEM": "a b.dts", "HARTS": "99", "MEMORY": "foo", "H": "maybe", "ICOUNT": "1", "GDB": "yes", "IOMMU": "none",
               "CPU": "fast", "SECONDS": "soon", "SHARE": "no/such/directory", "UPLINK": "a=b", "DISK": "no/such/file"}
        self.assertEqual(set(bad), set(variables.RULES))
        done = run("make", "run-log", *(f"{name}={value}" for name, value in bad.items()))
        self.assertNotEqual(done.returncode, 0)
        said = done.stderr.split("\n")
        for name, value in bad.items():
            at = [i for i, line in enumerate(said) if line.startswith(f"make: error: {name}={value} is no ")]
            self.assertEqual(len(at), 1, name)
            self.assertRegex(said[at[0] + 1], r"^   why: .+   fix: .+")
        self.assertEqual(len([line for line in said if "error: " in line]), len(bad))
        self.assertEqual(done.stdout, "")

    def test_edges_of_values(self):
        for name, good, bad in (("HARTS", "1 8", "0 9 01 -1"), ("MEMORY", "1M 2G", "0G 1g 5 1.5G M"), ("H", "on off", "On"),
                                ("SECONDS", "1 0.5 86400", "0 -1 86401 inf nan"), ("CPU", "sv48=off svade=on,svadu=off", "a a= =b a=b,"),
                                ("UPLINK", "user user,hostfwd=tcp::2222-10.0.2.15:22 tap,ifname=t0,script=no", "User user, user,id ,a=b")):
            for value in good.split():
                self.assertIsNone(variables.fault(name, value), value)
            for value in bad.split():
                self.assertIsNotNone(variables.fault(name, value), value)
        self.assertIsNone(variables.fault("CPU", ""))
        self.assertIsNone(variables.fault("SHARE", ""))
        self.assertIsNone(variables.fault("SHARE", "tests"))
        self.assertIsNotNone(variables.fault("SHARE", "Makefile"))
        self.assertIsNone(variables.fault("DISK", ""))
        self.assertIsNone(variables.fault("DISK", "Makefile"))
        self.assertIsNotNone(variables.fault("DISK", "tests"))
        self.assertIsNotNone(variables.fault("SYSTEM", ""))

    def test_counting_takes_one_hart(self):
        self.assertIn("--harts 1", self.dry_run("qemu", "ICOUNT=on"))

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


class Resolved(unittest.TestCase):
    """What apt says that it would install becomes names, versions and architectures."""

    def resolved(self, text):
        return run("bash", "-c", ". platform/setup/common.sh; resolved_list", text=text).stdout.splitlines()

    def test_each_form(self):
        text = ("Reading package lists...\n"
                "Inst libc6 (2.41-12 Debian:13.2/stable [riscv64]) []\n"
                "Inst util-linux (2.41-5 Debian:13.2/stable, Debian-Security:13/stable-security [riscv64]) [dpkg:riscv64 bash ]\n"
                "Inst base-files (13.8+deb13u2 Debian:13.2/stable [riscv64])\n"
                "Inst tzdata (1:2025b-4 Debian:13.2/stable [all])\n"
                "Conf libc6 (2.41-12 Debian:13.2/stable [riscv64])\n")
        self.assertEqual(self.resolved(text), ["base-files 13.8+deb13u2 riscv64", "libc6 2.41-12 riscv64",
                                               "tzdata 1:2025b-4 all", "util-linux 2.41-5 riscv64"])

    def test_nothing(self):
        self.assertEqual(self.resolved("E: Unable to locate package nothing\n"), [])


class Initrd(unittest.TestCase):
    MODULES = "build/setup/guest/usr/lib/modules"

    def made(self, *more):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "image")
            done = run("platform/images/make-initrd.sh", "build/setup/guest/usr/bin/busybox", path, *more)
            if done.returncode:
                return done.stderr
            with open(path, "rb") as file:
                return gzip.decompress(file.read())

    def test_same_input_same_bytes(self):
        self.assertEqual(self.made(), self.made())

    def test_modules_in_their_order(self):
        image = self.made(self.MODULES, "platform/packages/modules.txt")
        self.assertEqual(image, self.made(self.MODULES, "platform/packages/modules.txt"))
        names = re.findall(rb"lib/modules/(\d+)-([a-z0-9_-]+)\.ko\0", image)
        self.assertEqual(names[0], (b"101", b"virtio_mmio"))
        self.assertEqual([int(number) for number, _ in names], list(range(101, 101 + len(names))))
        self.assertLess(names.index((b"102", b"failover")), names.index((b"104", b"virtio_net")))

    def test_a_missing_module_is_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
            listed.write("drivers/none/nothing  # is not there\n")
            listed.flush()
            self.assertIn("there is no module drivers/none/nothing", self.made(self.MODULES, listed.name))


if __name__ == "__main__":
    outcome = unittest.main(exit=False, verbosity=1).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"platform: {outcome.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
