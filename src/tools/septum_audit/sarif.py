# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""audit.sarif: the findings of the gate and of the mutants for tools that show SARIF 2.1.0 beside the source."""
LEVELS = {"failed": "error", "incomplete": "warning"}


def location(place):
    path, _, line = place.rpartition(":")
    if not line.isdigit():
        return [{"physicalLocation": {"artifactLocation": {"uri": place, "uriBaseId": "SRCROOT"}}}]
    return [{"physicalLocation": {"artifactLocation": {"uri": path, "uriBaseId": "SRCROOT"}, "region": {"startLine": max(1, int(line))}}}]


def result(rule, level, text, place, kind="fail"):
    """Only what fails has a level [SARIF 2.1.0, 3.27.10]."""
    return {"ruleId": rule, "level": level if kind == "fail" else "none", "kind": kind, "message": {"text": text}, "locations": location(place)}


def build(data):
    results = [result(f["rule"], LEVELS[f["severity"]], f["text"], f["place"]) for f in data["findings"]]
    if data["verdict"]["state"] != "PROVED":
        results.append(result("not-verified", "error", data["verdict"]["sentence"], "spec/assumptions.md"))
    for theorem in data["theorems"]:
        if theorem["state"] in ("NOT PROVED", "NOT CLAIMED", "IN PART"):
            results.append(result("theorem", "note", f"{theorem['id']} {theorem['name']}: {theorem['state'].lower()}. {theorem['open']}".strip(),
                                  "proofs/theorems.json", "open"))
    for row in data["not_proved"]:
        if not row["tested"]:
            results.append(result("neither-proved-nor-tested", "warning", f"'{row['name']}': {row['lines']} lines that no assumption and no test names",
                                  f"{row['file']}:{row['first']}"))
    for mutant in (data["mutation"] or {}).get("survivors", []):
        results.append(result("mutant", "warning", f"{mutant['id']} is not killed: {mutant['what']}", mutant["place"]))
    for row in data["assumptions"]:
        results.append(result("assumption", "none", f"{row['id']}: {row['title']}", row["place"], "informational"))
    rules = sorted({r["ruleId"] for r in results})
    driver = {"name": "septum-gate", "rules": [{"id": r} for r in rules]}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the top of the source tree"}}},
                      "results": results}]}
