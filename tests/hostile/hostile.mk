# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Hostile guests beside a heartbeat, in each mode. HOSTILE="shadow memory turns" picks ways and systems.

CHECK_TARGETS += test-hostile

.PHONY: test-hostile
test-hostile: all ## hostile guests beside a heartbeat, in both modes
	@tests/hostile/judge_test.py
	@tests/hostile/hostile.py --make '$(MAKE)' --build $(BUILD) $(HOSTILE)
