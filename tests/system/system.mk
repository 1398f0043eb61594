# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Tests of the system description tool: every rule with its broken example, and the bundle against the C header.

CHECK_TARGETS += check-system

.PHONY: check-system system-accept
check-system: ## test the system description tool
	@$(PYTHON) tests/system/run.py $(BUILD)/tests/system

system-accept: ## write what the tool says about the broken descriptions as the expected texts
	@$(PYTHON) tests/system/run.py $(BUILD)/tests/system --accept
