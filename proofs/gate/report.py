# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The verdict table, and the same as JSON."""
import json
import os

from rules_unit import FAILED, INCOMPLETE, defined, is_goal


def verdict_of(findings):
    severities = {f.severity for f in findings}
    return "FAILED" if FAILED in severities else "INCOMPLETE" if INCOMPLETE in severities else "PROVED"


def unit_row(unit, findings):
    mine = [f for f in findings if f.unit is unit]
    proved = sum(g.proved for g in unit.goals)
    return {"module": unit.module, "file": unit.path, "functions": len(defined(unit)), "goals": len(unit.goals), "proved": proved,
            "smoke_passed": unit.smoke_passed, "smoke_failed": len(unit.smoke_failed), "seconds": round(unit.seconds, 1),
            "verdict": verdict_of(mine)}


def build(config, units, theories, canaries, theorems, assumptions, findings, scope, whole, seconds):
    return {
        "verdict": verdict_of(findings), "scope": scope, "whole": whole, "seconds": round(seconds, 1), "tools": config.versions,
        "settings": {"provers": config.provers, "steps": config.steps, "timeout": config.timeout},
        "modules": [unit_row(u, findings) for u in units if u.proved],
        "theories": [{"theory": t.title, "goals": len(t.goals), "proved": sum(g["proved"] for g in t.goals.values()),
                      "seconds": round(t.seconds, 1)} for t in theories],
        "canaries": [{"file": u.path, "clauses": len(u.goals), "seconds": round(u.seconds, 1)} for u in canaries],
        "theorems": [{"theorem": t.name, "title": t.title, "goals": t.total, "proved": t.proved, "verdict": t.state} for t in theorems],
        "assumptions": [{"id": a.name, "kind": a.kind, "title": a.title, "covers": sorted(a.used), "tested": a.tested}
                        for a in assumptions.entries],
        "findings": [{"severity": f.severity, "rule": f.rule, "place": f.place, "text": f.text} for f in findings],
        "goals": [{"module": u.module, "goal": g.name, "proved": g.proved, "by": g.prover, "seconds": round(g.seconds, 3),
                   "details": g.details}
                  for u in units if u.proved for g in u.goals],
        "unproved": {u.module: [unproved_row(p) for p in u.properties if is_goal(u, p) and p.status != "valid"] for u in units if u.proved},
    }


def unproved_row(prop):
    return {"function": prop.function, "kind": prop.kind, "names": prop.names, "text": prop.text, "file": prop.file, "line": prop.line,
            "status": prop.status}


def write_json(config, result):
    path = config.path(config.build, "result.json")
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(result, handle, indent=1, ensure_ascii=False)
        handle.write("\n")
    return os.path.relpath(path, config.root)


def table(rows, titles):
    widths = [max(len(str(r[i])) for r in rows + [titles]) for i in range(len(titles))]
    for row in [titles] + rows:
        cells = [str(c).ljust(w) if isinstance(c, str) else str(c).rjust(w) for c, w in zip(row, widths)]
        print("  " + "  ".join(cells).rstrip())


def shorten(text, length=48):
    return text if len(text) <= length else text[:text.rfind(",", 0, length) + 1] + " …"


def show(result):
    print()
    for finding in sorted(result["findings"], key=lambda f: f["severity"] != FAILED):
        print(f"{finding['place']}: {finding['severity']}[{finding['rule']}]: {finding['text']}")
    rows = [[m["module"], m["functions"], f"{m['proved']}/{m['goals']}", f"{m['smoke_passed']}" if m["smoke_passed"] else "-", m["seconds"], m["verdict"]]
            for m in result["modules"]]
    rows += [[t["theory"], "-", f"{t['proved']}/{t['goals']}", "-", t["seconds"], "PROVED" if t["proved"] == t["goals"] else "INCOMPLETE"]
             for t in result["theories"]]
    rows += [[c["file"].rsplit("/", 1)[-1], "-", f"{c['clauses']} clauses", "-", c["seconds"], "canaries"] for c in result["canaries"]]
    goals = sum(m["goals"] for m in result["modules"] + result["theories"])
    proved = sum(m["proved"] for m in result["modules"] + result["theories"])
    rows.append(["total", sum(m["functions"] for m in result["modules"]), f"{proved}/{goals}", "-", result["seconds"], ""])
    print()
    table(rows, ["module", "functions", "goals", "smoke", "seconds", "verdict"])
    if result["theorems"]:
        print()
        table([[t["theorem"], f"{t['proved']}/{t['goals']}", t["verdict"], t["title"]] for t in result["theorems"]],
              ["theorem", "goals", "verdict", "title"])
    if result["whole"]:
        print()
        table([[a["id"], a["kind"] or "?", a["title"], shorten(", ".join(a["covers"]))] for a in result["assumptions"]],
              ["assumption", "kind", "title", "covers"])
    print(f"\n  tools: {', '.join(f'{k} {v}' for k, v in sorted(result['tools'].items()))}")
    print(f"  receipt: {result['receipt'][:16]} (digest of all that was read)")
    print(f"  scope: {result['scope']}")
    print(f"verdict: {result['verdict']}")
