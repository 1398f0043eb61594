# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""One mutant: the same machine code, a proof that fails, or a survivor.

A contract is all that callers see, and a mutant leaves it alone: so the function's own goals decide."""
import hashlib
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import time

import record
from config import Config
from septum_audit.goals import function_of
from unit import GOAL, base_command, wp_options

UNKNOWN_LIMIT = 10
SECOND_CHANCE = 4
COPIED = ["include", "spec", "proofs"]
COUNTED = re.compile(r"^\[wp\] Proved goals:\s+(\d+) / (\d+)")


class Verdict:
    def __init__(self, state, detail="", seconds=0.0):
        self.state, self.detail, self.seconds = state, detail, seconds


def included(config, path):
    """A file and all that it includes, however far away; headers of the compiler itself are not the tree's."""
    found, todo = set(), [path]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        with open(config.path(name), encoding="utf-8") as handle:
            wanted = re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', handle.read(), re.M)
        for inner in wanted:
            places = [os.path.normpath(os.path.join(folder, inner)) for folder in [os.path.dirname(name)] + config.include]
            todo += [place for place in places if os.path.isfile(config.path(place))][:1]
    return found


def text_digest(config, path):
    """What a verdict on a mutant of this unit depends on, apart from the mutant."""
    total = hashlib.sha256()
    for name in sorted(included(config, path) | set(config.files(config.drivers + config.why3))):
        with open(config.path(name), "rb") as handle:
            total.update(name.encode() + b"\0" + handle.read())
    return total.hexdigest()[:16]


def limits(config):
    """Seconds for each goal of a function: four times what its slowest took in the last whole run, for a failing goal uses all of it."""
    found = record.read(config)
    names, slowest = {f["name"] for f in found["functions"]} if found else set(), {}
    for goal in found["goals"] if found else []:
        function, _ = function_of(goal["goal"], names)
        slowest[function] = max(slowest.get(function, 0), goal["seconds"])
    return lambda function: max(3, math.ceil(4 * slowest[function])) if function in slowest else UNKNOWN_LIMIT


class Bench:
    """A copy of the tree in which one unit at a time is bent."""

    def __init__(self, config, place, timeout, compiler):
        self.origin, self.place, self.compiler = config, place, compiler
        self.limit = (lambda function: timeout) if timeout else limits(config)
        shutil.rmtree(place, ignore_errors=True)
        for part in COPIED:
            shutil.copytree(config.path(part), os.path.join(place, part), ignore=shutil.ignore_patterns("build", "__pycache__"))
        for path in config.files(config.units):
            os.makedirs(os.path.dirname(os.path.join(place, path)), exist_ok=True)
            shutil.copy(config.path(path), os.path.join(place, path))
        self.config = Config(place)
        self.cache = os.path.join(os.path.dirname(place), "cache")
        os.makedirs(self.cache, exist_ok=True)
        os.makedirs(self.config.path(self.config.build), exist_ok=True)
        shutil.copy(config.path(config.build, "why3.conf"), self.config.path(self.config.build, "why3.conf"))
        self.sound = {}         # (path, function) -> how it proves untouched, and with which limit
        self.machine = {}       # path -> machine code of the untouched unit

    def original(self, path):
        with open(self.origin.path(path), encoding="utf-8") as handle:
            return handle.read()

    def judge(self, mutant):
        begin = time.time()
        text = self.original(mutant.path)
        try:
            verdict = self._judge(mutant, text)
        finally:
            self._write(mutant.path, text)
        verdict.seconds = time.time() - begin
        return verdict

    def _judge(self, mutant, text):
        if mutant.path not in self.machine:
            self.machine[mutant.path] = self._compile(mutant.path)
        self._write(mutant.path, mutant.apply(text))
        machine = self._compile(mutant.path)
        if machine is None:
            return Verdict("invalid", "does not compile")
        if machine == self.machine[mutant.path]:
            return Verdict("equivalent", "the same machine code")
        self._write(mutant.path, text)
        key = (mutant.path, mutant.function)
        if key not in self.sound:
            self.sound[key] = self._untouched(mutant)
        whole, limit = self.sound[key]
        if whole.state != "survived":
            return Verdict("unsound", f"does not prove untouched: {whole.detail}")
        self._write(mutant.path, mutant.apply(text))
        return self._prove(mutant, limit)

    def _untouched(self, mutant):
        """A machine that does other work, too, needs longer."""
        limit = self.limit(mutant.function)
        whole = self._prove(mutant, limit)
        if whole.state == "killed":
            limit *= SECOND_CHANCE
            whole = self._prove(mutant, limit)
        return whole, limit

    def _write(self, path, text):
        with open(os.path.join(self.place, path), "w", encoding="utf-8") as handle:
            handle.write(text)

    def _compile(self, path):
        """The unit's assembly without what names the source; None if it does not compile."""
        command = shlex.split(self.compiler) + ["-w", "-g0", "-S", "-o", "-"] + ["-I" + d for d in self.config.include] + [path]
        done = subprocess.run(command, cwd=self.place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        return re.sub(r"^\s*\.(?:file|ident|loc)\b.*\n", "", done.stdout, flags=re.M) if done.returncode == 0 else None

    def _prove(self, mutant, limit):
        """Run WP on the function, and stop at the first goal that no prover proves."""
        options = wp_options(self.config, self.config.path(self.config.build, "mutant"), timeout=limit, parallel=2)
        options[options.index("-wp-cache") + 1] = "update"
        command = base_command(self.config) + [mutant.path] + options + ["-wp-cache-dir", self.cache, "-wp-fct", mutant.function]
        run = subprocess.Popen(command, cwd=self.place, env=self.config.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        counted, last = None, ""
        try:
            for line in run.stdout:
                goal = GOAL.match(line.removeprefix("[wp] "))
                if goal and goal["what"] == "Goal" and not (goal["result"] or "").startswith("Valid"):
                    return Verdict("killed", re.sub(r"^typed_(septum_)?", "", goal["name"]))
                counted = COUNTED.match(line) or counted
                last = line.strip() or last
            status = run.wait()
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
            run.stdout.close()
        if status != 0 or not counted:
            return Verdict("invalid", f"Frama-C refuses it: {last[-80:]}")
        return Verdict("survived", f"{counted[1]} goals") if counted[1] == counted[2] else Verdict("killed", "a goal")
