# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The mutation tool: what its operators make of a text, and its verdicts on the miniature kernel, whose contracts are weak on purpose."""
import contextlib
import io
import json
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PLACE = os.path.join(TOP, "build/tests/gate/mutants")
sys.path[:0] = [os.path.join(TOP, "src/tools"), os.path.join(TOP, "proofs/gate")]
import suite  # noqa: E402 (beside this file)
from septum_mutate import cli, mutants  # noqa: E402

TEXT = """/* if (a) return 1; */
static int f(uint32_t from, uint32_t to, uint64_t p)
{
	if (p >= LIMIT || info[p].owner != from) /* p < 0 */
		return SEPTUM_DENIED;
	zero_frame(p);
	fence_space(to % 8);
	info[p].owner = to;
	return g(from, to) & MASK;
}
"""
# operator: what it must make of TEXT, as the changed lines.
MADE = {
    "drop-check": [";"],
    "drop-part": ["if ( info[p].owner != from) /* p < 0 */", "if (p >= LIMIT ) /* p < 0 */"],
    "and-or": ["if (p >= LIMIT && info[p].owner != from) /* p < 0 */"],
    "negate": ["if (!(p >= LIMIT || info[p].owner != from)) /* p < 0 */"],
    "compare": ["if (p > LIMIT || info[p].owner != from) /* p < 0 */", "if (p >= LIMIT || info[p].owner == from) /* p < 0 */"],
    "drop-zeroing": [";"], "drop-fence": [";"], "delete": [";"],
    "swap": ["fence_space(to % 8); zero_frame(p);", "info[p].owner = to; fence_space(to % 8);"],
    "status": ["return SEPTUM_OK;"],
    "mask": ["return g(from, to);"],
    "constant": ["fence_space(to % 9);"],
    "arguments": ["return g(to, from) & MASK;"],
    "result": ["return 0;", "return 0;"],
    "index": ["if (p >= LIMIT || info[0].owner != from) /* p < 0 */", "info[0].owner = to;"],
    "exchange": ["if (p >= LIMIT || info[p].borrower != from) /* p < 0 */", "if (p >= LIMIT || info[p].owner != to) /* p < 0 */",
                 "fence_space(from % 8);", "info[p].borrower = to;", "info[p].owner = from;", "return g(to, to) & MASK;", "return g(from, from) & MASK;"],
}
# Of the miniature kernel: what no contract there can notice.
SURVIVE = {"call.call_entry.compare.c21442", "call.call_entry.constant.f3e996", "frame.frame_count_of.compare.320b58"}


class Operators(unittest.TestCase):
    def test_what_they_make(self):
        found = {}
        for mutant in mutants.candidates("f.c", TEXT):
            found.setdefault(mutant.operator, []).append(mutant.after)
        for operator in sorted(MADE.keys() | found.keys()):
            with self.subTest(operator):
                self.assertEqual(sorted(found.get(operator, [])), sorted(MADE.get(operator, [])))

    def test_names_stay(self):
        before = {m.name for m in mutants.candidates("f.c", TEXT)}
        moved = TEXT.replace("static int f", "int other(void)\n{\n\treturn 2;\n}\n\nstatic int f").replace("\tzero", "\tother();\n\tzero")
        self.assertLessEqual(before - {m.name for m in mutants.candidates("f.c", TEXT) if m.operator == "swap"},
                             {m.name for m in mutants.candidates("f.c", moved)})
        self.assertEqual(len(before), len(list(mutants.candidates("f.c", TEXT))))

    def test_sample(self):
        rows = list(mutants.candidates("f.c", TEXT))
        self.assertEqual([m.name for m in mutants.sample(rows, 5, 1)], [m.name for m in mutants.sample(rows, 5, 1)])
        self.assertNotEqual([m.name for m in mutants.sample(rows, 5, 1)], [m.name for m in mutants.sample(rows, 5, 2)])


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(PLACE, ignore_errors=True)
        shutil.copytree(os.path.join(HERE, "mini"), PLACE, ignore=shutil.ignore_patterns("build"))
        cls.status, cls.said = cls.run_tool()
        with open(os.path.join(PLACE, "build/mutate/results.json"), encoding="utf-8") as handle:
            cls.rows = json.load(handle)

    @staticmethod
    def run_tool(*words):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            status = cli.main(["--root", PLACE, "run", "--timeout", "3", *words])
        return status, said.getvalue()

    def test_weak_contracts_show(self):
        self.assertEqual({n for n, r in self.rows.items() if r["state"] == "survived"}, SURVIVE)
        self.assertEqual(self.status, 1)

    def test_faults_cost_the_proof(self):
        self.assertEqual({r["state"] for n, r in self.rows.items() if n not in SURVIVE}, {"killed"})
        self.assertEqual(len(self.rows), 8)

    def test_review_and_resume(self):
        path = os.path.join(PLACE, "proofs/equivalent.json")
        with open(path, "w", encoding="utf-8") as handle:
            json.dump([{"mutant": name, "reason": "nobody asks"} for name in SURVIVE], handle)
        status, said = self.run_tool()
        os.remove(path)
        self.assertEqual(status, 0)
        self.assertIn("8 mutants, 5 judged before", said)
        self.assertIn("mutants: 8 passed, 0 failed (5 killed, 3 equivalent, 0 not C)", said)

    def test_a_stale_review_is_told(self):
        path = os.path.join(PLACE, "proofs/equivalent.json")
        with open(path, "w", encoding="utf-8") as handle:
            json.dump([{"mutant": "frame.gone.delete.000000", "reason": "it is gone"}], handle)
        status, said = self.run_tool("frame.frame_give")
        os.remove(path)
        self.assertEqual(status, 1)
        self.assertIn("frame.gone.delete.000000", said)


if __name__ == "__main__":
    sys.exit(suite.run("mutate"))
