# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""proofs/correspondence.json: which step of T10's abstract machine is which kernel call, and which contract says so.
No proof ties the three together; this sees to it that none of them is without its partner."""
import json
import re

from config import ToolProblem
from rules_unit import FAILED, Finding
from why3run import plain

ABI = "include/septum/abi.h"
MACHINE = "spec/model/steps.mlw"
PARTS = ("calls", "steps", "modules", "helpers")


def read(config):
    try:
        with open(config.path(config.correspondence), encoding="utf-8") as handle:
            table = json.load(handle)
    except (OSError, ValueError) as problem:
        raise ToolProblem(f"{config.correspondence}: {problem}") from problem
    if set(table) != set(PARTS):
        raise ToolProblem(f"{config.correspondence}: wants exactly {', '.join(PARTS)}")
    return table


def text_of(config, path):
    try:
        with open(config.path(path), encoding="utf-8") as handle:
            return handle.read()
    except OSError as problem:
        raise ToolProblem(f"{path}: {problem}") from problem


def calls_of(config):
    body = re.search(r"enum septum_call \{(.*?)\};", text_of(config, ABI), re.DOTALL)
    return set(re.findall(r"\b(SEPTUM_\w+)\s*=", re.sub(r"/\*.*?\*/", " ", body[1], flags=re.DOTALL))) if body else set()


def steps_of(config):
    """The names that the machine's step is put together from: what the arms of the predicates `…changes` say first."""
    bodies = re.findall(r"predicate (?:\w+_)?changes?\b(.*?)\n\s+end\n", plain(text_of(config, MACHINE)), re.DOTALL)
    return {step for body in bodies for step in re.findall(r"-> (?:a = d /\\ )?(\w+) ", body)}


def check_correspondence(config, world):
    table = read(config)
    for problem in (*call_problems(table, calls_of(config)), *step_problems(table, steps_of(config)), *contract_problems(table, world)):
        yield Finding(FAILED, "correspondence", config.correspondence, problem)


def call_problems(table, calls):
    for name in sorted(calls ^ set(table["calls"])):
        yield f"the call {name} has no row: name its steps, or why it has none" if name in calls else f"there is no call {name}"
    for name, row in table["calls"].items():
        if not row.get("steps") and not row.get("missing"):
            yield f"{name} names no step, and no reason why it has none"
        for step in set(row.get("steps", [])) - set(table["steps"]):
            yield f"{name} names a step '{step}' that has no row"


def step_problems(table, steps):
    for name in sorted(steps ^ set(table["steps"])):
        yield f"the machine's step '{name}' has no row" if name in steps else f"the machine has no step '{name}'"
    called = {step for row in table["calls"].values() for step in row.get("steps", [])}
    for name, row in table["steps"].items():
        if name not in called and not row.get("no_call"):
            yield f"step '{name}' belongs to no call, and its row does not say why"
        if not row.get("contracts") and not row.get("no_contract"):
            yield f"step '{name}' names no contract, and no reason why there is none"


def contract_problems(table, world):
    named = set()
    for step, row in table["steps"].items():
        for contract in row.get("contracts", []):
            function, _, clause = contract.partition(".")
            named.add(function)
            if not has_clause(world, function, clause):
                yield f"step '{step}' names {contract}, and there is no such ensures"
    public = {name for name, unit in world.home.items() if unit.module in table["modules"] and not unit.source.functions[name].static}
    for name in sorted(public - named - set(table["helpers"])):
        yield f"no step names a contract of '{name}', and it is not among the helpers"
    for name in sorted(set(table["helpers"]) & named):
        yield f"'{name}' is a helper, and a step names its contract"
    for name in sorted(set(table["helpers"]) - public):
        yield f"the helper '{name}' is no function of {', '.join(table['modules'])}"


def has_clause(world, function, clause):
    unit = world.home.get(function)
    return unit is not None and re.search(rf"\bensures\s+{re.escape(clause)}:", unit.source.functions[function].contract) is not None
