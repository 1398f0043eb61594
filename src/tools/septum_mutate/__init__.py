# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Mutants of the proved C: made from its text, judged by the proofs."""
