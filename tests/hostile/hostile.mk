# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Hostile guests beside a heartbeat, in each mode. HOSTILE="shadow memory turns" picks ways and systems.

CHECK_TARGETS += test-hostile

.PHONY: test-hostile
test-hostile: all ## hostile guests beside a heartbeat, in both modes
	@tests/hostile/judge_test.py
	@tests/hostile/hostile.py --make '$(MAKE)' --build $(BUILD) $(HOSTILE)

# N corruptions with the random numbers of SEED.
CHECK_TARGETS += test-audit
.PHONY: test-audit
test-audit: all ## the auditor of a running system, whose books and tables are corrupted from outside (N=120 SEED=1)
	@tests/hostile/audit.py --make '$(MAKE)' --build $(BUILD) --corruptions $(or $(N),120) --seed $(or $(SEED),1)
