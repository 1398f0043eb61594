# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The verbs that belong to no part: help, doctor, check, lint, show, clean.

.PHONY: help doctor check lint show clean distclean

help: ## this list
	@platform/toolchain/help.sh $(MAKEFILE_LIST)

doctor: ## each tool: found, required, how to get it
	@platform/setup/doctor.sh

# Seconds that all tests together may take; 0: as long as they want.
CHECK_SECONDS ?= 0

# Built before the tests run, so that a build failure is told apart from a failed test.
check: all ## run every test; ends with "N passed, N failed"  (T="…" picks targets)
	@$(PYTHON) tests/run --make '$(MAKE)' --logs $(BUILD)/tests/log --total $(CHECK_SECONDS) $(or $(T),lint $(CHECK_TARGETS))

lint: ## the rules of the source: licence, sizes, forbidden constructs, a second compiler
	@+failed=0; $(PYTHON) platform/lint/lint.py || failed=1; \
	for target in $(LINT_TARGETS); do $(MAKE) $$target || failed=1; done; exit $$failed

show: ## lines of code of the privileged part; with M=module: the module's files
	@$(PYTHON) platform/lint/show.py $(M)

clean: ## remove what was built; keeps what setup fetched
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name setup ! -name src -exec rm -rf {} + 2>/dev/null || true

distclean: ## remove all of build/, so that setup fetches anew
	@rm -rf $(BUILD)
