# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""One Frama-C run for one unit, and what came out of it."""
import json
import os
import re
import time

from config import ToolProblem
from source import Source

REQUESTS = {
    "properties": "kernel.properties.fetchStatus",
    "functions": "kernel.ast.fetchFunctions",
    "messages": "kernel.services.fetchMessage",
}
# Every entry of an answer is wanted in one batch; the gate refuses an answer with entries left over.
BATCH = 1000000

GOAL = re.compile(r"^\[(?P<by>[^\]]*)\] (?P<what>Goal|Smoke-test) (?P<name>\S+)(?: : (?P<result>.*))?")


# How WP writes times: 612us, 70ms, 1.5s, 1mn20s.
TIME = re.compile(r"\((?:Qed:)?(?:(\d+)mn)?([\d.]+)(us|ms|s)\)")
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def seconds_of(result):
    """What Qed and the prover that answered took together."""
    return sum(60 * int(minutes or 0) + float(count) * UNITS[unit] for minutes, count, unit in TIME.findall(result))


class Goal:
    def __init__(self, name, result, prover, details):
        self.name, self.prover, self.details = name, prover, details
        self.proved = result.startswith("Valid")
        self.seconds = seconds_of(result)


class Property:
    def __init__(self, row):
        self.kind, self.status, self.function = row["kind"], row["status"], row.get("fct")
        self.names = [n for n in row.get("names") or [] if n != "default!"]
        self.text = re.sub(r"\s+", " ", row["descr"]).strip()
        self.statement = row.get("kinstr")
        self.alarm = row.get("alarm")
        where = row.get("source") or {}
        self.file, self.line = where.get("file", "?"), where.get("line", 0)
        # Frama-C calls a loop's assigns and variant by the names of the function's clauses.
        if self.statement and self.kind in ("assigns", "decreases"):
            self.kind = {"assigns": "loop_assigns", "decreases": "loop_variant"}[self.kind]

    @property
    def smoke(self):
        return "SmokeTest" in self.names or self.kind.startswith("prop_wp_smoke")


class Unit:
    """A proved (or, with `proved` false, only parsed) unit."""

    def __init__(self, path):
        self.path = path
        self.module = os.path.splitext(os.path.basename(path))[0]
        self.properties, self.functions, self.messages, self.goals = [], {}, [], []
        self.smoke_passed, self.smoke_failed = 0, []
        self.source = None
        self.seconds = 0.0
        self.proved = False
        self.smoke = False
        self.only = None        # the functions that were asked for, or None for all

    def read(self, folder, root):
        with open(os.path.join(folder, "requests.out.json"), encoding="utf-8") as handle:
            answers = {a["id"]: a for a in json.load(handle)}
        for name in REQUESTS:
            data = answers.get(name, {}).get("data")
            if not data or data.get("pending", 1) != 0:
                raise ToolProblem(f"{self.path}: Frama-C gave no complete answer to {REQUESTS[name]}")
        builtin = {row["name"] for row in answers["functions"]["data"]["updated"] if row.get("stdlib")}
        for row in answers["functions"]["data"]["updated"]:
            if row["name"] not in builtin:
                self.functions[row["name"]] = row
                row["place"] = f"{os.path.relpath(row['sloc']['file'], root)}:{row['sloc']['line']}"
        for row in answers["properties"]["data"]["updated"]:
            if row.get("fct") not in builtin:
                found = Property(row)
                found.file = os.path.relpath(found.file, root) if os.path.isabs(found.file) else found.file
                self.properties.append(found)
        self.messages = sorted(answers["messages"]["data"]["updated"], key=lambda m: int(m["key"]))
        with open(os.path.join(folder, "printed.c"), encoding="utf-8") as handle:
            self.source = Source(handle.read())
        self._read_goals()

    def _read_goals(self):
        """What a second round says of a goal counts; a smoke test that failed once has failed."""
        goals, smoke = {}, {}
        for message in self.messages:
            found = GOAL.match(message["message"]) if message["plugin"] == "wp" else None
            if not found:
                continue
            name = found["name"]
            if found["what"] == "Smoke-test":
                smoke[name] = found["by"] == "Passed" and smoke.get(name, True)
            elif name not in goals or not goals[name].proved:
                details = message["message"].split("\n", 1)[1] if "\n" in message["message"] else ""
                goals[name] = Goal(name, found["result"] or "", found["by"], re.sub(r"\s+", " ", details).strip())
        self.goals = list(goals.values())
        self.smoke_passed = sum(smoke.values())
        self.smoke_failed = [name for name, passed in smoke.items() if not passed]

    def annotated(self):
        """Functions for which the RTE plug-in said that it generated its assertions."""
        found = set()
        for message in self.messages:
            words = message["message"].split()
            if message["plugin"] == "rte" and words[:2] == ["annotating", "function"]:
                found.add(words[2])
        return found


def base_command(config):
    paths = " ".join(["-I" + d for d in config.include] + ["-D" + d for d in config.defines])
    return ["frama-c", "-machdep", "x86_64", f"-cpp-extra-args={paths}", "-kernel-warn-key", "asm:clobber=active"]


def wp_options(config, folder, smoke=False, steps=None, timeout=None, parallel=1):
    options = ["-wp", "-wp-model", "Typed", "-wp-cache", "none", "-wp-prover", ",".join(config.provers),
               "-wp-steps", str(steps or config.steps), "-wp-timeout", str(timeout or config.timeout),
               "-wp-par", str(parallel), "-wp-session", os.path.join(folder, "session")]
    if config.rte:
        options += ["-wp-rte", "-warn-signed-overflow", "-warn-left-shift-negative", "-warn-right-shift-negative",
                    "-no-warn-unsigned-overflow"]
    if smoke:
        options += ["-wp-smoke-tests", "-wp-smoke-timeout", str(config.smoke_timeout)]
    drivers = config.files(config.drivers)
    if drivers:
        options += ["-wp-driver", ",".join(drivers)]
    return options


def run_unit(config, path, options=None, folder_name=None, only=None):
    """Run Frama-C on one file; with no `options` it is only parsed and printed."""
    unit = Unit(path)
    unit.only = set(only.split(",")) if only else None
    folder = config.path(config.build, folder_name or unit.module)
    os.makedirs(os.path.join(folder, "session"), exist_ok=True)
    for stale in ("requests.out.json", "printed.c"):
        if os.path.exists(os.path.join(folder, stale)):
            os.remove(os.path.join(folder, stale))
    with open(os.path.join(folder, "requests.json"), "w", encoding="utf-8") as handle:
        json.dump([{"id": k, "request": r, "data": BATCH} for k, r in REQUESTS.items()], handle)
    command = base_command(config) + ["-server-auto-log", path] + (options or [])
    command += ["-then", "-server-batch", os.path.join(folder, "requests.json"), "-server-batch-output-dir", folder,
                "-print", "-ocode", os.path.join(folder, "printed.c")]
    begin = time.time()
    status, text = config.run(command, os.path.join(folder, "log.txt"))
    unit.seconds = time.time() - begin
    unit.proved = options is not None
    unit.smoke = "-wp-smoke-tests" in (options or [])
    try:
        if status != 0:
            raise ToolProblem("exit status %d" % status)
        unit.read(folder, config.root)
    except (ToolProblem, OSError, ValueError) as problem:
        raise ToolProblem(f"Frama-C could not finish {path} ({problem}):\n{complaint(text)}") from problem
    return unit


def complaint(text):
    """What Frama-C says of errors, without its thousand lines of goals."""
    lines = [line for line in text.strip().split("\n") if not GOAL.match(re.sub(r"^\[wp\] ", "", line))]
    return "\n".join("  " + line for line in lines[-12:])
