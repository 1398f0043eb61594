# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What is known of each mutant: build/mutate/results.json, and the reviewed list of those that change nothing."""
import json
import os
import threading

from .judge import Verdict

EQUIVALENT = "proofs/equivalent.json"
STORE = "build/mutate/results.json"
STATES = ("killed", "survived", "equivalent", "invalid", "unsound")


def load(path, default):
    try:
        with open(path, encoding="utf-8") as handle:
            return json.load(handle)
    except FileNotFoundError:
        return default


class Results:
    def __init__(self, config):
        self.path = config.path(STORE)
        self.rows = load(self.path, {})
        self.reasons = {row["mutant"]: row["reason"] for row in load(config.path(EQUIVALENT), [])}
        self.lock = threading.Lock()

    def known(self, mutant, digest):
        """Its verdict on this very text; one that says `unsound` is asked again, and so is one that the review has changed."""
        row = self.rows.get(mutant.name)
        if row is None or row["text"] != digest or row["state"] == "unsound":
            return None
        return row if (row.get("reviewed", False)) == (mutant.name in self.reasons) else None

    def reviewed(self, mutant):
        return Verdict("equivalent", "reviewed: " + self.reasons[mutant.name]) if mutant.name in self.reasons else None

    def note(self, mutant, verdict, digest):
        with self.lock:
            self.rows[mutant.name] = {"state": verdict.state, "detail": verdict.detail, "seconds": round(verdict.seconds, 1), "text": digest,
                                      "reviewed": mutant.name in self.reasons, "module": mutant.module, "function": mutant.function,
                                      "operator": mutant.operator, "place": mutant.place, "what": mutant.what}
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with open(self.path + ".part", "w", encoding="utf-8") as handle:
                json.dump(self.rows, handle, ensure_ascii=False, indent=1)
            os.replace(self.path + ".part", self.path)

    def summary(self, rows, digests):
        """Counts over the mutants whose verdict is one on the present text."""
        total = {"listed": len(rows), "judged": 0, "modules": {}, "survivors": []} | {state: 0 for state in STATES}
        for mutant in rows:
            module = total["modules"].setdefault(mutant.module, {"listed": 0, "judged": 0} | {state: 0 for state in STATES})
            module["listed"] += 1
            found = self.known(mutant, digests[mutant.path])
            if found is None:
                continue
            for count in (total, module):
                count[found["state"]] += 1
                count["judged"] += found["state"] != "invalid"
            if found["state"] == "survived":
                total["survivors"].append({"id": mutant.name, "what": mutant.what, "place": mutant.place})
        return total

    def report(self, rows, digests, every):
        """The table by module, the survivors, and the exit status; `every`: all names that a review may speak of."""
        total = self.summary(rows, digests)
        print(f"\n  {'module':<16}{'killed':>8}{'survived':>10}{'equivalent':>12}{'invalid':>9}")
        for name, row in sorted(total["modules"].items()):
            print(f"  {name:<16}{row['killed']:>8}{row['survived']:>10}{row['equivalent']:>12}{row['invalid']:>9}")
        for row in total["survivors"]:
            print(f"{row['place']}: survived[{row['id']}]: {row['what']}\n   why: no clause of its contract tells it from the original"
                  f"   fix: say more in the contract, or give the reason in {EQUIVALENT}")
        unsound = [m.name for m in rows if self.rows.get(m.name, {}).get("state") == "unsound"]
        for name in unsound:
            print(f"{name}: its function does not prove untouched with these limits: not judged")
        gone = sorted(set(self.reasons) - every)
        for name in gone:
            print(f"{EQUIVALENT}: '{name}' is no mutant any more")
        bad = len(total["survivors"]) + len(unsound) + len(gone)
        print(f"mutants: {total['killed'] + total['equivalent']} passed, {bad} failed"
              f" ({total['killed']} killed, {total['equivalent']} equivalent, {total['invalid']} not C)")
        return 1 if bad else 0
