# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The kernel against an executable model and an independent checker, under libFuzzer, ASan and UBSan: `make check` runs
# a fixed seed, `make fuzz-model` as long as MODEL_SECONDS= says. check-model-faults seeds bugs that must be found.

MODEL         := $(BUILD)/tests/model
MODEL_RUNS    ?= 200
MODEL_SECONDS ?= 600
MODEL_FLAGS   := $(WARNINGS) -Wno-conversion -Wno-unused-parameter -O1 -g -fPIC -Iinclude -Isrc/kernel/host -Itests/unit/kernel -Itests/model \
                 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
MODEL_OWN     := $(patsubst %.c,$(MODEL)/%.o,$(sort $(wildcard src/kernel/host/*.c tests/model/*.c)) src/kernel/hart/iommu.c tests/unit/kernel/world.c)
MODEL_KERNEL  := $(patsubst %.c,$(MODEL)/%.o,$(sort $(wildcard src/kernel/*.c)))
MODEL_LINK    := -fsanitize=fuzzer,address,undefined -no-pie src/kernel/host/host.ld

CHECK_TARGETS += check-model check-model-faults
FUZZ_TARGETS  += fuzz-model
.PHONY: check-model check-model-faults fuzz-model
check-model: $(MODEL)/fuzz ## the kernel's calls against their model, random ones from a fixed seed
	@$(PYTHON) tests/model/run.py check $< --runs $(MODEL_RUNS)
check-model-faults: $(MODEL)/fuzz ## bugs seeded into a copy of the kernel, each of which the model must find
	@$(PYTHON) tests/model/run.py faults $< $(MODEL_OWN) $(MODEL_KERNEL) --runs $(MODEL_RUNS) --objects $(MODEL) \
		--clang '$(CLANG)' --compile='$(MODEL_FLAGS)' --link='$(MODEL_LINK)'
fuzz-model: $(MODEL)/fuzz ## the same for MODEL_SECONDS=
	@$(PYTHON) tests/model/run.py fuzz $< --seconds $(MODEL_SECONDS)

$(MODEL)/%.o: %.c
	@mkdir -p $(@D)
	@$(CLANG) $(MODEL_FLAGS) -MMD -MP -c $< -o $@
$(MODEL)/fuzz: $(MODEL_OWN) $(MODEL_KERNEL) src/kernel/host/host.ld
	$(call say,FUZZ) $@
	@$(CLANG) $(MODEL_LINK) $(filter %.o,$^) -o $@
-include $(shell find $(MODEL) -name '*.d' 2>/dev/null)
