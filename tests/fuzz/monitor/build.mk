# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Fuzzers of the monitor's C, by libFuzzer under ASan and UBSan: a fixed seed and few runs in `make check`, long and
# with a kept corpus by `make fuzz-monitor`.

MONITOR_FUZZERS := sbi image mmio plic virtio balloon
MONITOR_FUZZ := $(BUILD)/tests/fuzz/monitor
MONITOR_FUZZ_RUNS ?= 10000
MONITOR_FUZZ_SECONDS ?= 300
MONITOR_FUZZ_FLAGS := $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer-no-link -isystem $(LIBFDT) \
                      -Isrc/servers/monitor -Itests/unit/monitor -Itests/fuzz -Itests/fuzz/monitor
MONITOR_FUZZ_LOGIC := $(patsubst %.c,$(MONITOR_FUZZ)/%.o,$(MONITOR_LOGIC) $(addprefix src/servers/lib/,memory.c seed.c segment.c text.c) \
                      tests/unit/monitor/world.c $(patsubst %,tests/unit/monitor/%.c,driver frames blk_server))
MONITOR_FUZZ_FDT := $(patsubst %,$(MONITOR_FUZZ)/libfdt/%.o,$(MONITOR_FDT))

CHECK_TARGETS += check-fuzz-monitor
FUZZ_TARGETS += fuzz-monitor
.PHONY: check-fuzz-monitor fuzz-monitor
check-fuzz-monitor: $(MONITOR_FUZZERS:%=$(MONITOR_FUZZ)/%)
	@passed=0; failed=0; for fuzzer in $^; do runs=$(MONITOR_FUZZ_RUNS); more=; \
		case $$fuzzer in */virtio|*/balloon) runs=$$((runs / 40)); more=-len_control=0;; esac; \
		if $$fuzzer -seed=1 -runs=$$runs $$more -max_len=512 -timeout=20 -verbosity=0 \
			-artifact_prefix=$$fuzzer- >$$fuzzer.log 2>&1; then passed=$$((passed + 1)); \
		else failed=$$((failed + 1)); tail -n 30 $$fuzzer.log; fi; \
	done; printf 'monitor-fuzz: %d passed, %d failed\n' $$passed $$failed; test $$failed -eq 0

fuzz-monitor: $(MONITOR_FUZZERS:%=$(MONITOR_FUZZ)/%) ## fuzz the monitor for MONITOR_FUZZ_SECONDS= each
	@for fuzzer in $^; do mkdir -p $$fuzzer.corpus; \
		$$fuzzer -max_total_time=$(MONITOR_FUZZ_SECONDS) -max_len=1024 -timeout=20 -artifact_prefix=$$fuzzer- \
			$$fuzzer.corpus; done

$(MONITOR_FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	@$(CLANG) $(MONITOR_FUZZ_FLAGS) -MMD -MP -c $< -o $@
$(MONITOR_FUZZ)/libfdt/%.o: $(LIBFDT)/%.c
	@mkdir -p $(@D)
	@$(CLANG) -g -O1 -w $(SANITIZE) -isystem $(LIBFDT) -c $< -o $@
$(MONITOR_FUZZERS:%=$(MONITOR_FUZZ)/%): $(MONITOR_FUZZ)/%: $(MONITOR_FUZZ)/tests/fuzz/monitor/%_fuzz.o \
		$(MONITOR_FUZZ_LOGIC) $(MONITOR_FUZZ_FDT)
	$(call say,FUZZ) $@
	@$(CLANG) $(SANITIZE) -fsanitize=fuzzer $^ -o $@
-include $(shell find $(MONITOR_FUZZ) -name '*.d' 2>/dev/null)
