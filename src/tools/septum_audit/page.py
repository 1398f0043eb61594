# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""index.html: one file, no network, readable without its script."""
import os
import re
from html import escape

from . import page_functions
HERE = os.path.dirname(os.path.abspath(__file__))
TONE = {"PROVED": "good", "IN PART": "warn", "EARLIER": "warn", "NOT PROVED": "bad", "NOT CLAIMED": "none"}
WORDS = {"PROVED": "proved", "IN PART": "proved in part", "EARLIER": "an earlier text proved", "NOT PROVED": "not proved", "NOT CLAIMED": "tested only"}
RUNS = {"proved C": "privileged", "trusted C of the kernel": "privileged", "assembly of the kernel": "privileged",
        "loader": "privileged, gone before the first guest; trusted (ASM-8)", "servers and monitors": "unprivileged",
        "ABI and architecture headers": "constants for all of them"}
KINDS = {"environment": "machine and tools", "stub": "hart primitive", "entry": "entry from assembly", "axiom": "axiom",
         "hypothesis": "hypothesis", "admit": "admitted clause", "wait": "waits for others"}


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as handle:
        return handle.read()


def prose(text):
    """Escaped text, with what stands in backquotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def number(value):
    return f"{value:,}"


def badge(state):
    return f'<span class="badge {TONE[state]}">{WORDS[state]}</span>'


def banner(data):
    verdict, run = data["verdict"], data["run"]
    if verdict["state"] == "PROVED":
        text = (f"Every one of the {number(run['clauses'])} clauses of the kernel's {number(run['functions'])} functions is proved, "
                f"under the <a href='#trusted'>{len(data['assumptions'])} assumptions</a> below. "
                f"Receipt <code>{verdict['receipt'][:16]}</code>: the image's first lines and <code>make version</code> show the same.")
        return f'<div class="verdict good"><b>PROVED</b><p>{text}</p></div>'
    hint = "Run <code>make verify</code>, then <code>make audit</code>."
    if run:
        hint = f"What follows is what the last run of <code>make verify</code> said ({run['verdict']}), of the text as it was then. " + hint
    return f'<div class="verdict bad"><b>NOT VERIFIED</b><p>{escape(verdict["why"])}. {hint}</p></div>'


def tile(value, text):
    return f"<li><b>{value}</b>{text}</li>"


def tiles(data):
    run, lines, rows = data["run"], data["lines"], []
    if run:
        earlier = ", of an earlier text" if data["stale"] else ""
        rows.append(tile(f"{number(run['proved'])} / {number(run['goals'])}", "goals proved" + earlier))
        rows.append(tile(number(run["functions"]), "functions, each with a contract"))
    states = [t["state"] for t in data["theorems"]]
    whole, part = states.count("PROVED"), states.count("IN PART")
    rows.append(tile(f"{whole} + {part}", f"theorems proved, and in part; {len(states) - whole - part} more are not"))
    proved = "proved" if data["verdict"]["receipt"] else "to be proved"
    rows.append(tile(number(data["privileged"]), f"privileged lines of code: {number(lines['proved C'])} {proved}, "
                     f"{number(lines['trusted C of the kernel'] + lines['assembly of the kernel'])} trusted"))
    rows.append(tile(number(lines["servers and monitors"]), f"lines in unprivileged servers; the loader's {number(lines['loader'])} "
                     "are gone before a guest runs"))
    rows.append(tile(f"{data['specification'] / max(1, lines['proved C']):.1f}", "lines of specification for each line of proved C"))
    mutation = data["mutation"]
    if mutation and mutation["judged"]:
        rows.append(tile(f"{100 * mutation['killed'] / max(1, mutation['judged'] - mutation['equivalent']):.0f} %",
                         f"of {number(mutation['judged'])} seeded faults are noticed by the proof"))
    else:
        rows.append(tile("–", "seeded faults: <code>make mutate</code> was not run"))
    if run:
        rows.append(tile(f"{run['seconds'] / 60:.0f} min", "for the whole proof, from nothing"))
    return f'<ul class="tiles">{"".join(rows)}</ul>'


def link(name, known):
    return f'<a href="#f-{name}"><code>{name}</code></a>' if name in known else f"<code>{escape(name)}</code>"


def chips(items):
    return f"<span class=chips>{''.join(items)}</span>"


def tick(good):
    return "✓" if good else "✗"


def asm(names):
    return " ".join(f'<a href="#{n}">{n}</a>' for n in names) or "nothing"


def theorem(row, known):
    pieces = []
    if row["why3"]:
        pieces.append(("Why3", chips(f"<code>{escape(n)}</code> " for n in row["why3"])))
    for title, key in (("in ACSL", "predicates"), ("lemmas", "lemmas")):
        if row[key]:
            pieces.append((title, chips(f'<code title="{p["place"] or ""}">{p["name"]}</code> ' for p in row[key])))
    if row["every"]:
        pieces.append(("in C", f"every function of the kernel ({row['goals']} clauses)"))
    if row["clauses"]:
        marks = [f"<span>{link(c['function'], known)}<small>.{escape(c['clause'])} {tick(c['status'] == 'valid')}</small></span> " for c in row["clauses"]]
        pieces.append((f"in C, {len(marks)} clauses", chips(marks)))
    pieces.append(("also tested by", " ".join(f"<code>make {t}</code>" for t in row["tests"]) or "nothing"))
    pieces.append(("rests on", asm(row["rests_on"]) if row["goals"] else "–"))
    body = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in pieces)
    still = f'<p class="open">Not covered: {escape(row["open"])}</p>' if row["open"] and row["state"] != "NOT CLAIMED" else ""
    still = f"<p>{escape(row['open'])}</p>" if row["open"] and row["state"] == "NOT CLAIMED" else still
    count = f" <small>{row['proved']}/{row['goals']}</small>" if row["goals"] else ""
    return (f'<details class="row seek" id="{row["id"]}"><summary class="head"><i>{row["id"]}</i><b>{escape(row["name"])}</b>'
            f'<span>{badge(row["state"])}{count}</span><p>{escape(row["sentence"])}</p>{still}</summary><div><dl>{body}</dl></div></details>')


def assumption(row, known):
    pieces = [("tested by", prose(row["tested"]) or "nothing"), ("kind", KINDS.get(row["kind"], row["kind"])),
              ("theorems on it", " ".join(f'<a href="#{t}">{t}</a>' for t in row["theorems"]) or "none")]
    if row["covers"]:
        pieces.append(("covers", chips(f"{link(c, known)} " for c in row["covers"])))
        pieces.append((f"assumed by, of {row['functions']} that rest on it", chips([f"{link(c, known)} " for c in row["callers"]] or ["assembly"])))
    if row["text"]:
        pieces.append(("why", prose(row["text"])))
    pieces.append(("stands in", f"<code>{row['place']}</code>"))
    body = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in pieces)
    return (f'<details class="row seek" id="{row["id"]}"><summary class="head"><i>{row["id"][4:]}</i><span>{prose(row["title"])}</span>'
            f'<span class="badge none">{KINDS.get(row["kind"], row["kind"])}</span><p>tested by {prose(row["tested"]) or "nothing"}</p></summary>'
            f"<div><dl>{body}</dl></div></details>")


def correspondence(data, known):
    """T10's machine beside the kernel: an assessor compares the two by reading."""
    if not data["correspondence"]:
        return ""
    cells = "".join(f"<tr class=seek><td><code>{escape(r['call'] or 'no call')}</code></td><td>{''.join(step(s, known) for s in r['steps'])}</td>"
                    f"<td>{escape(r['missing'])}</td></tr>" for r in data["correspondence"])
    without = sum(not r["steps"] for r in data["correspondence"])
    return (f"<h2 id=machine>Calls, steps of T10's machine, contracts</h2><p>{without} calls have no step. The table is complete (checked); "
            "that a step says what its contracts say is not proved.</p>"
            f"<details class=row><summary class=more>all {len(data['correspondence'])} rows</summary><div><table><tr><th>call</th>"
            f"<th>step: clauses</th><th>not in the machine, or why no call</th></tr>{cells}</table></div></details>")


def step(row, known):
    stated = " ".join(f"{link(name.split('.')[0], known)}<small>.{escape(name.split('.')[1])}</small>" for name in row["contracts"])
    return f"<p><b>{escape(row['step'])}</b>: {stated or escape(row['reason'])}</p>"


def not_proved(data):
    rows, total = data["not_proved"], sum(r["lines"] for r in data["not_proved"])
    neither = [r for r in rows if not r["tested"]]
    nothing = '<span class="badge warn">nothing named</span>'
    cells = "".join(f'<tr class=seek><td><code>{escape(r["name"])}</code></td><td class=n>{r["lines"]}</td>'
                    f'<td class=wide><code>{r["file"]}:{r["first"]}</code></td>'
                    f'<td>{asm(r["assumptions"])}</td><td>{prose(r["tested"]) or nothing}</td></tr>' for r in rows)
    said = (f"{len(neither)} of these {len(rows)} pieces ({sum(r['lines'] for r in neither)} lines) are neither proved nor named by a test: "
            + ", ".join(f"<code>{escape(r['name'])}</code>" for r in neither) + ".") if neither else "Each of them is named by an assumption with a test."
    return (f"<h2 id=lines>Privileged lines that are not proved</h2><p>{total} lines: inline assembly, fences, entry and exit. {said}</p>"
            f"<details class=row><summary class=more>all {len(rows)} of them</summary><div><table><tr><th>piece</th><th class=n>lines</th>"
            f"<th class=wide>where</th><th>believed as</th><th>tested by</th></tr>{cells}</table></div></details>")


def parts(data):
    rows = "".join(f"<tr><td>{name}</td><td>{RUNS[name]}</td>"
                   f"<td class=n>{number(count)}</td></tr>" for name, count in data["lines"].items())
    return ("<h2 id=size>Size</h2><p>Lines of code without comments and contracts.</p><table><tr><th>part</th><th>runs</th><th class=n>lines</th></tr>"
            f"{rows}</table><p>{number(data['specification'])} lines of specification stand beside the proved C.</p>")


def mutation(data):
    found = data["mutation"]
    head = "<h2 id=mutants>How strong is the specification?</h2>"
    if not found:
        return head + ("<p>Not measured: <code>make mutate</code> seeds faults into the proved C one at a time; each must cost the proof. "
                       "It has not been run on this text.</p>")
    rows = "".join(f"<tr class=seek><td><code>{escape(s['id'])}</code></td><td>{escape(s['what'])}</td>"
                   f"<td class=wide><code>{s['place']}</code></td></tr>" for s in found["survivors"])
    table = f"<table><tr><th>not noticed</th><th>fault</th><th class=wide>where</th></tr>{rows}</table>" if rows else ""
    return head + (f"<p>{number(found['listed'])} faults are on the list, {number(found['judged'])} were tried on this text: "
                   f"{number(found['killed'])} cost the proof, {number(found['equivalent'])} change nothing (same machine code, or reviewed), "
                   f"{len(found['survivors'])} went unnoticed: there the specification is too weak.</p>{table}")


def findings(data):
    if not data["findings"]:
        return ""
    rows = "".join(f"<tr><td><span class='badge {'bad' if f['severity'] == 'failed' else 'warn'}'>{f['rule']}</span></td><td>{escape(f['text'])}<br>"
                   f"<code>{escape(f['place'])}</code></td></tr>" for f in data["findings"])
    return f"<h2 id=findings>What stands against the verdict</h2><p>{len(data['findings'])} findings of the last run.</p><table>{rows}</table>"


def footer(data):
    run, receipt = data["run"], data["receipt"]
    tools = ", ".join(sorted({v if k.lower() in v.lower() else f"{k} {v}" for k, v in run["tools"].items()})) if run else "none"
    images = "".join(f"<br>{escape(p)} <code>{(d or 'not built')[:16]}</code>" for p, d in receipt["image"].items())
    return ("<footer>Check it yourself: <code>make setup verify audit</code> from a clean clone makes this page again. "
            f"Text <code>{receipt['of_present_text'][:16]}</code>, gate <code>{receipt['gate_sha256'][:16]}</code>. Provers: {escape(tools)}.{images}<br>"
            "Beside this file: audit.json, audit.sarif, assumptions.md, "
            "receipt.json, sbom.spdx. Time and the microarchitecture are outside of every theorem.</footer>")


def slowest(run):
    return f" The slowest goal took {run['slowest']:.1f} s of the {run['settings']['timeout']} s that a prover has for one." if run else ""


def build(data, tree):
    known = {f["name"] for f in data["functions"]}
    proofs = page_functions.modules(data, tree) if data["modules"] else "<p>No run is on record.</p>"
    return "".join([
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Septum: {data['verdict']['state']}</title><style>{read('page.css')}</style></head><body>",
        "<header><h1>Septum, a separation kernel for RISC-V · audit report</h1>", banner(data), tiles(data),
        "<p>Septum keeps several operating systems on one machine apart. Only its kernel is privileged. The kernel's C carries its specification, "
        "and two automatic provers checked the one against the other. This page says what that covers, what it rests on, and what it leaves out.</p></header>",
        '<nav><input id="find" type="search" placeholder="Search theorems, functions, clauses, assumptions" aria-label="search"><span id="found"></span>'
        '<a href="#theorems">Theorems</a><a href="#trusted">Trusted</a><a href="#lines">Not proved</a><a href="#mutants">Strength</a>'
        '<a href="#functions">Functions</a></nav><main>',
        findings(data),
        "<h2 id=theorems>Theorems</h2><p>What is claimed, in a sentence each. Open one for the way from requirement to specification, C and test.</p>",
        "".join(theorem(t, known) for t in data["theorems"]),
        "<h2 id=trusted>What is trusted</h2><p>The proofs believe these, and nothing else. Open one for who relies on it.</p>",
        "".join(assumption(a, known) for a in data["assumptions"]),
        correspondence(data, known), not_proved(data), mutation(data), parts(data),
        "<h2 id=functions>Every function, clause and goal</h2>"
        f"<p>By module; each clause with its goals, the prover that proved it, and its seconds, beside the source.{slowest(data['run'])}</p>",
        proofs, "</main>", footer(data), f"<script>{read('page.js')}</script></body></html>\n"])
