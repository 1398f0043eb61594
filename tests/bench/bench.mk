# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Instructions per operation, beside the figures of other hypervisors (tests/bench/peers.json).

BENCH_TARGETS += bench-instructions
BENCH_SECONDS ?= 120

# The verb is read before this file, when BENCH_TARGETS is still empty.
.PHONY: bench bench-instructions
bench: bench-instructions
bench-instructions: all
	@tests/bench/bench.py --make '$(MAKE)' --build $(BUILD) --seconds $(BENCH_SECONDS)
