# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The protocols between harts as spin models, each with mutants in which the checker must find the bug.

PROTOCOLS := vcpu_run lock destroy wfi visited evict

CHECK_TARGETS += check-protocols
.PHONY: check-protocols
check-protocols: ## check the protocols between harts with spin
	@HOST_CC='$(HOST_CC)' tests/protocols/run.sh $(BUILD)/tests/protocols $(PROTOCOLS)
