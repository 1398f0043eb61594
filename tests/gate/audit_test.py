# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The report never says more than the record of the last run: the miniature kernel, with records made by hand."""
import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, "src/tools"), os.path.join(TOP, "proofs/gate")]
import receipt  # noqa: E402
import record  # noqa: E402
import suite  # noqa: E402 (beside this file)
from config import Config  # noqa: E402
from septum_audit import cli, goals  # noqa: E402
from unit import Goal  # noqa: E402

GOALS = [{"module": "frame", "goal": "typed_own_frame_give_ensures_inv", "proved": True, "by": "Z3 4.8.12", "seconds": 0.25, "details": ""}]
CLAUSES = [{"module": "frame", "function": "frame_give", "kind": "ensures", "names": ["inv"], "text": "ensures inv: OwnersKnown",
            "place": "include/kernel/frame.h:31", "status": "valid"}]


def made(config, verdict="PROVED"):
    digests = receipt.digests(config)
    return {"verdict": verdict, "scope": "the whole kernel", "seconds": 3.0, "tools": {"z3": "4"}, "settings": {"steps": 1, "timeout": 60}, "findings": [],
            "receipt": receipt.receipt(digests), "sources": digests, "goals": GOALS, "clauses": CLAUSES, "theory_goals": [], "canaries": [],
            "theories": [], "theorems": [{"theorem": "T1", "goals": 2, "proved": 2, "verdict": "PROVED"}],
            "modules": [{"module": "frame", "file": "src/kernel/frame.c", "functions": 1, "goals": 1, "proved": 1, "seconds": 3.0, "verdict": verdict}],
            "functions": [{"name": "frame_give", "module": "frame", "place": "include/kernel/frame.h:41", "static": False, "calls": ["shared_read"]}]}


class Report(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = os.path.join(self.folder.name, "mini")
        shutil.copytree(os.path.join(HERE, "mini"), self.root)
        os.makedirs(os.path.join(self.root, "src/kernel/hart"))
        self.edit("src/kernel/hart/entry.S", "nop\n")
        self.config = Config(self.root)
        os.makedirs(self.config.path(self.config.build), exist_ok=True)

    def edit(self, name, text):
        with open(os.path.join(self.root, name), "a", encoding="utf-8") as handle:
            handle.write(text)

    def run_tool(self, *words):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self.assertEqual(cli.main(["--root", self.root, *words]), 0)
        return said.getvalue()

    def read(self, name):
        with open(os.path.join(self.root, "build/audit", name), encoding="utf-8") as handle:
            return handle.read()

    def test_each_call_is_shown_with_its_steps_and_their_clauses(self):
        record.write(self.config, {"verdict": "PROVED"}, made(self.config))
        self.run_tool("report")
        rows = {row["call"]: row for row in json.loads(self.read("audit.json"))["correspondence"]}
        self.assertEqual(set(rows), {"SEPTUM_GIVE", "SEPTUM_UNMARK"})
        self.assertEqual(rows["SEPTUM_GIVE"]["steps"], [{"step": "give", "contracts": ["frame_give.owner"], "reason": ""}])
        self.assertTrue(rows["SEPTUM_UNMARK"]["missing"])
        self.assertIn("marks are no part of the machine", self.read("index.html"))

    def test_without_a_run(self):
        self.assertEqual(record.sentence(self.config), "NOT VERIFIED: no run of make verify is on record")
        self.run_tool("report")
        self.assertIn("<b>NOT VERIFIED</b>", self.read("index.html"))
        self.assertNotIn("<b>PROVED</b>", self.read("index.html"))
        self.assertIsNone(json.loads(self.read("receipt.json"))["receipt"])

    def test_of_the_same_text(self):
        record.write(self.config, made(self.config), {})
        self.assertEqual(record.sentence(self.config), "PROVED receipt " + receipt.receipt(receipt.digests(self.config))[:16])
        self.run_tool("report", "src/kernel/frame.c")
        page, data = self.read("index.html"), json.loads(self.read("audit.json"))
        self.assertIn("<b>PROVED</b>", page)
        self.assertEqual(data["functions"][0]["clauses"][0]["goals"][0]["seconds"], 0.25)
        self.assertEqual(data["functions"][0]["rests_on"], ["ASM-1"])
        self.assertIn("Z3 0.25 s", page)
        self.assertEqual(json.loads(self.read("audit.sarif"))["version"], "2.1.0")
        self.assertIn("PackageChecksum: SHA256: " + receipt.digests(self.config)["src/kernel/frame.c"], self.read("sbom.spdx"))
        self.assertNotRegex(page, r"https?://")

    def test_of_another_text(self):
        for name in ("src/kernel/frame.c", "include/kernel/frame.h", "spec/assumptions.md", "src/kernel/hart/entry.S", "include/new.h"):
            with self.subTest(name):
                record.write(self.config, made(self.config), {})
                self.edit(name, "\n")
                self.assertEqual(record.sentence(self.config), f"NOT VERIFIED: {name} changed since the last make verify")

    def test_the_report_of_another_text(self):
        record.write(self.config, made(self.config), {})
        self.edit("src/kernel/frame.c", "\n")
        self.run_tool("report")
        page, data = self.read("index.html"), json.loads(self.read("audit.json"))
        self.assertIn("<b>NOT VERIFIED</b>", page)
        self.assertNotIn('<span class="badge good">', page)
        self.assertEqual([t["state"] for t in data["theorems"] if t["id"] == "T1"], ["EARLIER"])

    def test_of_a_run_that_failed(self):
        record.write(self.config, made(self.config, "INCOMPLETE"), {})
        self.assertEqual(record.sentence(self.config), "NOT VERIFIED: the last make verify said INCOMPLETE")
        self.run_tool("report")
        self.assertIn("<b>NOT VERIFIED</b>", self.read("index.html"))

    def test_the_banner_rests(self):
        banner = os.path.join(self.root, "verdict.c")
        self.run_tool("banner", os.path.join(self.root, "src/kernel/frame.c"), banner)
        os.utime(banner, (1, 1))
        self.run_tool("banner", os.path.join(self.root, "src/kernel/frame.c"), banner)
        self.assertEqual(os.path.getmtime(banner), 1)
        self.assertRegex(self.run_tool("version", banner, banner), r"^septum kernel [0-9a-f]{16}: NOT VERIFIED: no run")
        record.write(self.config, made(self.config), {})
        self.run_tool("banner", os.path.join(self.root, "src/kernel/frame.c"), banner)
        self.assertRegex(self.run_tool("version", banner, banner), r"^septum kernel [0-9a-f]{16}: PROVED receipt [0-9a-f]{16}\n")
        self.run_tool("banner", "--compiler", "clang", os.path.join(self.root, "src/kernel/frame.c"), banner)
        self.assertRegex(self.run_tool("version", banner, banner), r": NOT VERIFIED: clang built it")


class Trace(unittest.TestCase):
    """proofs/trace.json says of each theorem, claimed or not, what it means and what tests it."""

    def setUp(self):
        self.trace, self.claimed = (self.load(name) for name in ("proofs/trace.json", "proofs/theorems.json"))

    @staticmethod
    def load(name):
        with open(os.path.join(TOP, name), encoding="utf-8") as handle:
            return json.load(handle)

    def test_each_theorem_has_its_row(self):
        self.assertEqual(set(self.claimed) - set(self.trace), set())
        for name, row in self.trace.items():
            self.assertTrue(row["sentence"].endswith("."), name)
            self.assertTrue(name in self.claimed or row["unclaimed"], name)

    def test_a_part_is_said_to_be_one(self):
        for name, row in self.claimed.items():
            if "(in part)" in row["title"]:
                self.assertTrue(self.trace[name]["open"], name)

    def test_the_tests_are_targets(self):
        found = set()
        for folder, _, names in os.walk(os.path.join(TOP, "tests")):
            for name in names:
                if name.endswith(".mk"):
                    with open(os.path.join(folder, name), encoding="utf-8") as handle:
                        found |= {t for line in re.findall(r"^([a-z][a-z -]*):(?!=)", handle.read(), re.M) for t in line.split()}
        self.assertEqual({t for row in self.trace.values() for t in row["tests"]} - found, set())


def clause(kind, names, line, text=""):
    return {"kind": kind, "names": names, "text": text, "place": f"f.c:{line}"}


class Goals(unittest.TestCase):
    def test_seconds(self):
        self.assertAlmostEqual(Goal("g", "Valid (Qed:12ms) (1.5s) (3553549)", "Z3", "").seconds, 1.512)
        self.assertAlmostEqual(Goal("g", "Valid (1mn20s)", "Z3", "").seconds, 80)
        self.assertFalse(Goal("g", "Timeout (Qed:36ms) (10s)", "Z3", "").proved)

    def test_function(self):
        names = {"frame_give", "frame_give_all", "call"}
        self.assertEqual(goals.function_of("typed_own_frame_give_all_ensures_inv", names), ("frame_give_all", "ensures_inv"))
        self.assertEqual(goals.function_of("frame_give_terminates", names), ("frame_give", "terminates"))
        self.assertEqual(goals.function_of("typed_own_lemma_walk", names), (None, "lemma_walk"))

    def test_clauses(self):
        clauses = [clause("ensures", ["inv"], 3), clause("ensures", ["inv", "more"], 4), clause("assigns", [], 2), clause("loop_assigns", [], 9),
                   clause("instance", ["p"], 7, "status of 'requires p: x' of put at stmt 3"), clause("assert", ["rte", "index_bound"], 8),
                   clause("assert", ["rte", "index_bound"], 6)]
        names = ["ensures_inv", "ensures_inv_more", "assigns_exit_part1", "assigns_normal", "loop_assigns_part1", "call_put_requires_p",
                 "assert_rte_index_bound", "assert_rte_index_bound_2", "no_such_thing"]
        strays = goals.match([{"rest": n} for n in names], clauses)
        self.assertEqual([[g["rest"] for g in c["goals"]] for c in clauses],
                         [names[0:1], names[1:2], names[2:4], names[4:5], names[5:6], [names[7]], [names[6]]])
        self.assertEqual([g["rest"] for g in strays], ["no_such_thing"])


if __name__ == "__main__":
    sys.exit(suite.run("audit"))
