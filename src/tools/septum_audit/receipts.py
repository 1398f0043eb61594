# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""receipt.json: digests of all that a verdict is about, so that two people can compare what they looked at."""
import glob
import hashlib
import json
import os
import shutil
import subprocess

import receipt
import record

COMPILER = ["riscv64-unknown-elf-gcc", "riscv64-unknown-elf-ld", "riscv64-unknown-elf-as"]


def digest_of(path):
    try:
        with open(path, "rb") as handle:
            return hashlib.sha256(handle.read()).hexdigest()
    except OSError:
        return None


def version_of(tool):
    try:
        text = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    except OSError:
        return None
    return text.split("\n")[0].strip()


def tools(names):
    return {name: {"version": version_of(name), "sha256": digest_of(shutil.which(name) or "")} for name in names}


def gate_digest(config):
    total = hashlib.sha256()
    for name in sorted(glob.glob(config.path("proofs/gate/*.py"))):
        total.update(f"{digest_of(name)}  {os.path.relpath(name, config.root)}\n".encode())
    return total.hexdigest()


def build(config, data, images):
    found = record.read(config)
    present = receipt.digests(config)
    return {"schema": "septum-receipt/1", "sentence": data["verdict"]["sentence"], "verdict": data["verdict"]["state"],
            "receipt": data["verdict"]["receipt"], "of_present_text": receipt.receipt(present), "sources": present,
            "changed_since_run": receipt.changed(found["sources"], present) if found else None,
            "run": {"verdict": found["verdict"], "receipt": found["receipt"], "seconds": found["seconds"], "tools": found["tools"],
                    "settings": found["settings"], "provers": found.get("prover_digests")} if found else None,
            "options_sha256": hashlib.sha256(json.dumps(found["settings"], sort_keys=True).encode()).hexdigest() if found else None,
            "gate_sha256": gate_digest(config), "toolchain": tools(COMPILER),
            "image": {os.path.relpath(p, config.root): digest_of(config.path(p)) for p in images}}
