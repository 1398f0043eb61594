# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Instructions per operation, beside the figures of other hypervisors (tests/bench/peers.json).

BENCH_TARGETS += bench-instructions
BENCH_SECONDS ?= 120

# The verb is read before this file, when BENCH_TARGETS is still empty.
.PHONY: bench bench-instructions
bench: bench-instructions
CHECK_TARGETS += bench
bench-instructions: all $(BUILD)/bench/parts.so
	@$(PYTHON) -B tests/bench/bench.py --make '$(MAKE)' --build $(BUILD) --seconds $(BENCH_SECONDS)

# Where a Linux boot's instructions and traps go, in each mode.
.PHONY: bench-causes
bench-causes: all $(BUILD)/bench/parts.so ## instructions and traps of a Linux boot by part and cause, in each mode
	@tests/bench/causes.py --make '$(MAKE)' --build $(BUILD) $(MODES)

# System calls and switches of a Linux guest.
.PHONY: bench-linux
bench-linux: all ## instructions of a Linux system call and of a switch of processes, in each mode
	@mkdir -p $(BUILD)/bench
	@$(PYTHON) tests/bench/linux.py --make '$(MAKE)' --build $(BUILD) $(MODES)

# A plugin of QEMU, so for the build host.
$(BUILD)/bench/parts.so: tests/bench/parts.c
	@mkdir -p $(@D)
	$(call say,CC) $(@F)
	@$(HOST_CC) $(WARNINGS) -O2 -fPIC -shared -o $@ $<
