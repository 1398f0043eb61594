# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors

CHECK_TARGETS += check-docs
.PHONY: check-docs
check-docs: ## what the documents say: links, paths, verbs, calls, messages, numbers
	@$(PYTHON) -B tests/docs/run.py
