# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The loader's parsers under libFuzzer, ASan and UBSan: `make check` runs a fixed seed for a while, `make fuzz-loader` longer.

LOADER_FUZZ := $(BUILD)/tests/fuzz/loader
LOADER_FUZZERS := tree package program
LOADER_FUZZ_RUNS ?= 20000
LOADER_FUZZ_SECONDS ?= 300
LOADER_FUZZ_FLAGS := -std=c11 -O1 -g -Iinclude -Isrc/loader -Itests/unit/loader -isystem $(LIBFDT) \
                     -DTREES='"$(BUILD)/tests/unit/loader/trees"' -fsanitize=fuzzer-no-link,address,undefined \
                     -fno-sanitize-recover=all
LOADER_FUZZ_C := $(filter-out src/loader/main.c src/loader/sbi.c,$(sort $(wildcard src/loader/*.c))) src/servers/lib/crc32.c \
                 tests/unit/loader/board.c tests/unit/loader/board_iommu.c
LOADER_FUZZ_O := $(patsubst %.c,$(LOADER_FUZZ)/%.o,$(LOADER_FUZZ_C)) \
                 $(patsubst %,$(LOADER_FUZZ)/libfdt/%.o,fdt fdt_ro fdt_rw fdt_wip fdt_check fdt_addresses)
LOADER_SEED_TREES := $(patsubst tests/unit/loader/%.dts,$(BUILD)/tests/unit/loader/trees/%.dtb, \
                     $(sort $(wildcard tests/unit/loader/*.dts)))

CHECK_TARGETS += check-loader-fuzz
.PHONY: check-loader-fuzz fuzz-loader
check-loader-fuzz: $(LOADER_FUZZERS:%=$(LOADER_FUZZ)/%) $(LOADER_SEED_TREES)
	@tests/fuzz/loader/run.sh $(LOADER_FUZZ) $(BUILD)/tests/unit/loader/trees -seed=1 -runs=$(LOADER_FUZZ_RUNS)
fuzz-loader: $(LOADER_FUZZERS:%=$(LOADER_FUZZ)/%) $(LOADER_SEED_TREES) ## fuzz the loader's parsers for LOADER_FUZZ_SECONDS= each
	@tests/fuzz/loader/run.sh $(LOADER_FUZZ) $(BUILD)/tests/unit/loader/trees -max_total_time=$(LOADER_FUZZ_SECONDS)

$(LOADER_FUZZ)/%.o: %.c $(LIBFDT)/libfdt.h
	@mkdir -p $(@D)
	@$(CLANG) $(LOADER_FUZZ_FLAGS) -MMD -MP -c $< -o $@
$(LOADER_FUZZ)/libfdt/%.o: $(LIBFDT)/%.c
	@mkdir -p $(@D)
	@$(CLANG) $(LOADER_FUZZ_FLAGS) -w -c $< -o $@
$(LOADER_FUZZERS:%=$(LOADER_FUZZ)/%): $(LOADER_FUZZ)/%: $(LOADER_FUZZ)/tests/fuzz/loader/%_fuzz.o $(LOADER_FUZZ_O)
	$(call say,FUZZ) $@
	@$(CLANG) -fsanitize=fuzzer,address,undefined $^ -o $@
-include $(shell find $(LOADER_FUZZ) -name '*.d' 2>/dev/null)
