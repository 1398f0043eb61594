# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The lower half of the page: module, function, clause, goal, and the source beside them."""
import re
from html import escape

GROUPS = (("instance", "requirements of the functions it calls"), ("assert", "run-time checks and assertions"))


def seconds(value):
    return f"{value:.2f} s" if value >= 0.01 else "under 10 ms"


def prover(name):
    return re.sub(r" \d.*", "", name)


def goal_text(goal):
    return f"{escape(prover(goal['prover']))} {seconds(goal['seconds'])}"


def goals(rows):
    if not rows:
        return "<small>by Frama-C itself</small>"
    if len(rows) == 1:
        return f'<small title="{escape(rows[0]["goal"])}">{goal_text(rows[0])}</small>'
    listed = "".join(f"<br><small>{escape(g['goal'])}: {goal_text(g)}{'' if g['proved'] else ' ✗'}</small>" for g in rows)
    return f"<details><summary><small>{len(rows)} goals, {seconds(sum(g['seconds'] for g in rows))}</small></summary>{listed}</details>"


def clause_words(clause):
    text = re.sub(r"^status of '(.*)' of (\w+) at stmt \d+$", r"\1 (of \2)", clause["text"])
    words = clause["kind"].replace("_", " ") if clause["kind"] != "instance" else ""
    for name in [words] + words.split() + ["check", "assert", "rte:", "requires", "loop"]:
        text = text[len(name):].lstrip() if name and text.startswith(name) else text
    label = " ".join(n for n in clause["names"] if n != "rte")
    text = re.sub(rf"^{re.escape(label)}:\s*", "", text) if label else text
    return f"<b>{escape((words + ' ' + label).strip())}</b> <code>{escape(text)}</code>"


def mark(good):
    return "" if good else " class=no"


def clause(row):
    line = row["place"].rpartition(":")[2]
    return f"<li{mark(row['status'] == 'valid')}>{clause_words(row)} <small>line {line} ·</small> {goals(row['goals'])}</li>"


def clauses(function):
    order = lambda c: (c["kind"].startswith("loop"), int(c["place"].rpartition(":")[2]))
    main = sorted((c for c in function["clauses"] if c["kind"] not in dict(GROUPS)), key=order)
    out = f"<ul class=cl>{''.join(map(clause, main))}</ul>"
    for kind, title in GROUPS:
        rows = [c for c in function["clauses"] if c["kind"] == kind]
        if rows:
            took = sum(g["seconds"] for c in rows for g in c["goals"])
            out += f"<details class=group><summary>{len(rows)} {title}, {seconds(took)}</summary><ul class=cl>{''.join(map(clause, rows))}</ul></details>"
    if function["other_goals"]:
        rows = "".join(f"<li{mark(g['proved'])}><code>{escape(g['goal'])}</code> <small>{goal_text(g)}</small></li>" for g in function["other_goals"])
        out += f"<details class=group><summary>{len(function['other_goals'])} goals of no clause by name</summary><ul class=cl>{rows}</ul></details>"
    return out


def listing(tree, path, first, last):
    """Numbered lines; specification set apart."""
    out, inside = [], False
    for line, text in enumerate(tree.file(path).lines[first - 1:last], first):
        begins = "/*@" in text or "//@" in text
        shown = f"{line:>4} {escape(text)}"
        out.append(f"<i>{shown}</i>" if inside or begins else shown)
        inside = (inside or "/*@" in text) and "*/" not in text
    return f"<p class=src>{path}:{first}</p><pre>" + "\n".join(out).replace("</i>\n<i>", "\n") + "</pre>"


def source(function, tree):
    out = ""
    if function["contract"]:
        out += listing(tree, function["contract"]["file"], function["contract"]["first"], function["contract"]["last"])
    if function["line"]:
        out += listing(tree, function["file"], function["first"], function["last"])
    return out or "<p class=src>lemmas stand in spec/model and in the headers</p>"


def function(row, tree):
    rests = " and on " * bool(row["rests_on"]) + " ".join(f'<a href="#{a}">{a}</a>' for a in row["rests_on"])
    state = "✓" if row["proved"] else "✗"
    title = f"{row['name']}()" if row["line"] else row["name"]
    return (f'<details class="fn seek" id="f-{escape(row["name"])}"><summary class=more><code>{escape(title)}</code>'
            f"<span>{state} {len(row['clauses'])} clauses, {row['goals']} goals, {seconds(row['seconds'])}</span></summary>"
            f"<div class=pair><div>{clauses(row)}<p class=src>rests on the <a href='#trusted'>machine and tools</a>{rests}</p></div>"
            f"<div>{source(row, tree)}</div></div></details>")


def module(row, functions, tree, stale):
    killed = row["mutants"]
    faults = f"{killed['killed']}/{killed['judged']} faults" if killed and killed["judged"] else ""
    good = row["proved"] == row["goals"] and row["verdict"] == "PROVED"
    fine = '<span class="badge warn">earlier</span>' if stale else '<span class="badge good">proved</span>'
    badge = fine if good else f'<span class="badge bad">{row["verdict"].lower()}</span>'
    return (f'<details class="row module"><summary class=mod><b>{row["module"]}</b><span>{row["functions"]} functions</span>'
            f"<span class=wide>{row['sloc']} lines</span><span class=wide>{row['proved']}/{row['goals']} goals</span>"
            f"<span class=wide>{faults or seconds_of(row)}</span>{badge}</summary>"
            f"<div class=in>{''.join(function(f, tree) for f in functions)}</div></details>")


def seconds_of(row):
    return f"{row['seconds']:.0f} s"


def modules(data, tree):
    by_module = {}
    for row in data["functions"]:
        by_module.setdefault(row["module"], []).append(row)
    out = [module(m, sorted(by_module.get(m["module"], []), key=lambda f: (f["line"] == 0, f["line"])), tree, data["stale"]) for m in data["modules"]]
    for theory in data["theories"]:
        rows = "".join(f"<li{mark(g['proved'])}><b>{escape(g['goal'])}</b> <small>line {g['line']} · {escape(g['by'] or g['last'])}, "
                       f"{g['parts']} parts, the slowest {g['slowest']:.1f} s</small></li>" for g in theory["goals"])
        good = all(g["proved"] for g in theory["goals"])
        badge = '<span class="badge good">proved</span>' if good else '<span class="badge bad">not proved</span>'
        out.append(f'<details class="row module"><summary class=mod><b>{escape(theory["theory"])}</b><span>Why3</span><span class=wide></span>'
                   f"<span class=wide>{len(theory['goals'])} goals</span><span class=wide></span>{badge}</summary>"
                   f"<div class='in seek'><ul class=cl>{rows}</ul></div></details>")
    return "".join(out)
