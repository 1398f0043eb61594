# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Which goals of the provers stand for which clause: WP names a goal after function, kind and the clause's names."""
import re

KIND_WORDS = {"instance": "requires", "assert": "assert", "check": "check", "complete": "complete", "disjoint": "disjoint"}
NUMBER = re.compile(r"_(\d+)$")


def local_name(goal):
    """A goal's name without the model and the driver: it begins with the function, or with `lemma`."""
    return re.sub(r"^typed_", "", goal)


def function_of(goal, names):
    """The function that a goal is about, and the rest of its name; names of functions can be prefixes of each other."""
    words = local_name(goal).split("_")
    for begin in (0, 1):  # a linked library's name may stand before it
        for end in range(len(words), begin, -1):
            name = "_".join(words[begin:end])
            if name in names:
                return name, "_".join(words[end:])
    found = re.search(r"lemma_(\w+)$", goal)
    return None, f"lemma_{found[1]}" if found else local_name(goal)


def callee(clause):
    found = re.search(r" of (\w+) at stmt", clause["text"])
    return found[1] if found else None


def fits(rest, clause):
    """How well a clause fits: the length of what it explains of the name, or -1."""
    word = KIND_WORDS.get(clause["kind"], clause["kind"])
    padded = f"_{rest}_"
    if f"_{word}_" not in padded or (word in ("assigns", "variant", "invariant") and "_loop_" in padded):
        return -1
    if clause["kind"] == "instance" and f"_call_{callee(clause)}_" not in padded:
        return -1
    names = [n for n in clause["names"] if f"_{n}_" in padded]
    return len(word) + len("_".join(names)) if len(names) == len(clause["names"]) else -1


def number(goal):
    found = NUMBER.search(goal)
    return int(found[1]) if found else 1


def match(goals, clauses):
    """Hang each goal under its clause (`goals` of it); return those that fit none. All are of one function."""
    for clause in clauses:
        clause["goals"] = []
    groups, strays = {}, []
    for goal in goals:
        scores = [fits(goal["rest"], c) for c in clauses]
        best = max(scores, default=-1)
        if best < 0:
            strays.append(goal)
            continue
        ties = tuple(i for i, s in enumerate(scores) if s == best)
        groups.setdefault(ties, []).append(goal)
    for ties, mine in groups.items():
        ordered = sorted(ties, key=lambda i: int(clauses[i]["place"].rpartition(":")[2]))
        mine.sort(key=lambda g: number(g["rest"]))
        for index, goal in enumerate(mine):
            # Clauses of the same name are numbered as they stand; where the counts differ, the first takes the rest.
            target = ordered[index] if len(mine) == len(ordered) else ordered[0]
            clauses[target]["goals"].append(goal)
    return strays
