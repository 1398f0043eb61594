# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What the gate is told: where the sources are, with what they are proved, and which tools do it."""
import glob
import json
import os
import re
import shutil
import subprocess

# One place for the versions: a verdict names the tools it came from.
TOOLS = {
    "frama-c": (["frama-c", "-version"], "frama-c-base"),
    "why3": (["why3", "--version"], "why3"),
    "z3": (["z3", "--version"], "z3"),
    "cvc4": (["cvc4", "--version"], "cvc4"),
}

DEFAULTS = {
    "units": ["src/kernel/*.c"],
    "include": ["include", "include/kernel", "include/riscv", "include/septum"],
    "defines": [],
    "drivers": ["spec/model/*.driver"],
    "model": "spec/model",
    "why3": ["spec/model/*.mlw"],
    # theories whose goals are spelt out at once: of how they are tried first, not of what counts as proved
    "why3_spelt": ["spec/model/steps_*.mlw"],
    "canaries": ["proofs/canaries/*.c"],
    "trusted": ["src/kernel/hart/*", "src/kernel/*.ld", "src/kernel/build.mk",
                "platform/toolchain/toolchain.mk", "platform/toolchain/*.c"],
    "assumptions": "spec/assumptions.md",
    "theorems": "proofs/theorems.json",
    "correspondence": "proofs/correspondence.json",
    "allow": "proofs/allow.json",
    "build": "build/proofs",
    "provers": ["z3", "cvc4"],
    # of provers, the one that goes first by itself; these steps take it about three seconds
    "first_prover": "cvc4",
    "first_steps": 400000,
    "steps": 10000000,
    "timeout": 60,
    "smoke_timeout": 1,
    "canary_steps": 1000000,
    "canary_timeout": 2,
    "why3_seconds": 60,
    "rte": True,
}


class ToolProblem(Exception):
    """Something outside the proofs is wrong: the gate gives no verdict and exits with 2."""


class Config:
    """The settings of one run; paths are relative to `root`, and every tool runs there."""

    def __init__(self, root, settings_file=None):
        self.root = os.path.realpath(root)
        values = dict(DEFAULTS)
        path = settings_file or os.path.join(self.root, "proofs/gate.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as handle:
                given = json.load(handle)
            unknown = sorted(set(given) - set(DEFAULTS))
            if unknown:
                raise ToolProblem(f"{path}: unknown settings {', '.join(unknown)}")
            values.update(given)
        elif settings_file:
            raise ToolProblem(f"{path}: no such file")
        self.__dict__.update(values)
        self.versions = {}

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def files(self, patterns):
        found = []
        for pattern in patterns:
            for name in sorted(glob.glob(self.path(pattern))):
                relative = os.path.relpath(name, self.root)
                if relative not in found:
                    found.append(relative)
        return found

    def environment(self):
        """A closed environment: what Frama-C and Why3 read from it (cache, shares, plug-ins, $PWD) is fixed here."""
        home = self.path(self.build, "home")
        os.makedirs(home, exist_ok=True)
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "PWD": self.root,
            "WHY3CONFIG": self.path(self.build, "why3.conf"),
            # Memory instead of time: without it Frama-C spends a third of its time collecting garbage.
            "OCAMLRUNPARAM": "s=8M,o=400",
        }

    def run(self, command, log=None):
        """Run to the end; return (exit status, standard output and error)."""
        done = subprocess.run(command, cwd=self.root, env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        text = done.stdout.decode("utf-8", "replace")
        if log:
            with open(log, "w", encoding="utf-8") as handle:
                handle.write(" ".join(command) + "\n" + text)
        return done.returncode, text


def check_tools(config):
    """Find each tool, note its version, and write a Why3 configuration that knows the provers."""
    if config.first_prover not in config.provers:
        raise ToolProblem(f"first_prover '{config.first_prover}' is none of the provers ({', '.join(config.provers)})")
    needed = ["frama-c", "why3"] + config.provers
    for tool in needed:
        if tool not in TOOLS:
            raise ToolProblem(f"prover '{tool}' is not one the gate knows ({', '.join(sorted(TOOLS))})")
        command, package = TOOLS[tool]
        if shutil.which(command[0]) is None:
            raise ToolProblem(f"{tool} is not installed (Debian package {package}); `make setup` installs it")
        _, text = config.run(command)
        config.versions[tool] = re.sub(r"^(This is|Why3 platform, version)\s*", "", text.strip().split("\n")[0])
    write_why3_config(config)


def write_why3_config(config):
    conf = config.path(config.build, "why3.conf")
    os.makedirs(os.path.dirname(conf), exist_ok=True)
    if os.path.exists(conf):
        os.remove(conf)
    status, text = config.run(["why3", "config", "detect"])
    if status != 0 or not os.path.exists(conf):
        raise ToolProblem("`why3 config detect` failed:\n" + text)
    _, listed = config.run(["why3", "config", "list-provers"])
    for prover in config.provers:
        if not re.search(rf"^\s*{prover}\b", listed, re.IGNORECASE | re.MULTILINE):
            raise ToolProblem(f"Why3 does not find the prover '{prover}' (`why3 config detect` said:\n{text.rstrip()})")
