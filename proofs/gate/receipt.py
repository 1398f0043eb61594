# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Which text a verdict is about: one digest over everything that the proofs read, and over the privileged text that
they trust: a verdict on the C is none on an image with other assembly."""
import hashlib
import os
import shutil


def read_files(config):
    """Units, what they can include, theories, drivers, canaries, the gate's own papers, and what is trusted of the kernel."""
    papers = [config.assumptions, config.theorems, config.correspondence, config.allow, "proofs/gate.json"]
    names = set(config.files(config.units + config.drivers + config.why3 + config.canaries + config.trusted + papers))
    for folder in config.include + [config.model]:
        for place, _, found in os.walk(config.path(folder)):
            names |= {os.path.relpath(os.path.join(place, name), config.root) for name in found}
    return sorted(names)


def digests(config):
    """File by file, so that a change can be named."""
    found = {}
    for name in read_files(config):
        try:
            with open(config.path(name), "rb") as handle:
                found[name] = hashlib.sha256(handle.read()).hexdigest()
        except OSError:
            found[name] = "gone"
    return found


def programs(names):
    """Digests of the programs that answered, so that a run can be told from one with others of the same version."""
    found = {}
    for name in names:
        path = shutil.which(name)
        with open(path, "rb") if path else open(os.devnull, "rb") as handle:
            found[name] = hashlib.sha256(handle.read()).hexdigest()
    return found


def receipt(found):
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def changed(before, after):
    return sorted(n for n in set(before) | set(after) if before.get(n) != after.get(n))
