# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# How a fuzzer, the rule's first prerequisite, is run: what it finds and says stands beside it.

# With a fixed seed, as one test: its name, and libFuzzer's options.
fuzz_check = if $< -seed=1 $(2) -artifact_prefix=$(<D)/ >$(<D)/log 2>&1; \
	then echo "fuzz-$(1): 1 passed, 0 failed"; \
	else tail -40 $(<D)/log; echo "fuzz-$(1): 0 passed, 1 failed"; exit 1; fi

# For so many seconds, from the inputs that earlier runs kept: the seconds, and libFuzzer's options.
fuzz_long = mkdir -p $(<D)/corpus && $< -max_total_time=$(1) $(2) -artifact_prefix=$(<D)/ $(<D)/corpus
