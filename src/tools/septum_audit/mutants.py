# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The mutation score, as far as `make mutate` has come with the present text."""
from septum_mutate import judge, mutants
from septum_mutate.results import Results


def summary(config):
    """None if no mutant has a verdict on the present text."""
    rows = mutants.listed(config)
    digests = {path: judge.text_digest(config, path) for path in {m.path for m in rows}}
    found = Results(config).summary(rows, digests)
    return found if found["judged"] else None
