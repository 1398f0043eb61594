# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The proofs. Exit status of the verdicts: 0 PROVED, 1 INCOMPLETE or FAILED, 2 usage or tools.
#   M      one module (the name of a unit below src/kernel)      F  functions of it, with commas
#   QUICK  on: use the proof cache (daily work)                  G  a part of a goal's name, for `make why`
#   LIMIT  seconds per prover and goal, to see failures sooner
#   DAY    seed of the smoke tests' sample, and of the mutants'
#   N      `make mutate`: a sample of so many; `make check-gate`, `make check-gate-kernel`: all, or names

GATE := $(PYTHON) -B proofs/gate/gate.py $(if $(M),--module $(M)) $(if $(F),--function $(F)) \
        $(if $(filter on,$(QUICK)),--quick) $(if $(DAY),--day $(DAY)) $(if $(LIMIT),--timeout $(LIMIT))

CHECK_TARGETS += check-verify check-gate check-gate-kernel check-audit check-mutate

# What `make check` seeds into the kernel, one a day: a fence, a right, an owner, a bound is dropped. All: N=all.
DAYS_SEEDS := domain-end-without-fence cap-without-right frame-give-owner-check space-map-of-strangers
KERNEL_SEEDS := $(word $(shell expr $$(date +%j) % 4 + 1),$(DAYS_SEEDS))

.PHONY: verify check-verify verify-smoke verify-rules why check-gate check-gate-kernel audit mutate check-audit check-mutate
verify: ## prove the kernel, from scratch; ends with the verdict (M=module F=function QUICK=on LIMIT=s)
	@$(GATE)

check-verify: ## the proofs, from scratch, as one test: passed is PROVED
	@if $(GATE); then echo 'verify: 1 passed, 0 failed'; else echo 'verify: 0 passed, 1 failed'; exit 1; fi

verify-smoke: ## the proofs with smoke tests in every unit: do the hypotheses contradict each other?
	@$(GATE) --smoke all

verify-rules: ## what the gate says of the text alone, in seconds: contracts, assumptions, loops; proves nothing
	@$(GATE) --rules

why: ## the last run's unproved goals: clause, provers, hint (G=part of the goal's name SHOW=on: the sequents)
	@$(GATE) --why '$(G)' $(if $(filter on,$(SHOW)),--show)

check-gate: ## seeded faults in a miniature kernel: the gate must see each (N=all or names; else a day's sample)
	@$(PYTHON) -B tests/gate/source_test.py
	@DAY='$(DAY)' $(PYTHON) -B tests/gate/run.py mini $(N)

check-gate-kernel: ## seeded faults in a copy of the kernel: each must cost the proof (N=all or names)
	@$(PYTHON) -B tests/gate/run.py kernel $(if $(filter all,$(N)),,$(or $(N),$(KERNEL_SEEDS)))

audit: $(BUILD)/septum.bin ## build/audit/index.html: what is proved, tested and trusted, down to each goal
	@$(PYTHON) src/tools/septum-audit report $(BUILD)/kernel/kernel.bin $(BUILD)/septum.bin

mutate: ## seed faults into the proved C, one at a time: each must cost the proof (N=sample DAY=seed NAME=part of a name)
	@$(PYTHON) src/tools/septum-mutate run --compiler '$(KERNEL_CC) $(KERNEL_CFLAGS)' $(if $(N),--sample $(N)) \
		$(if $(DAY),--day $(DAY)) $(if $(LIMIT),--timeout $(LIMIT)) $(NAME)

check-audit: ## the report, the banner's words and the receipts, on a record of the miniature kernel
	@$(PYTHON) -B tests/gate/audit_test.py

check-mutate: ## the mutants of the miniature kernel: those that its contracts must notice, and those that they cannot
	@$(PYTHON) -B tests/gate/mutate_test.py
