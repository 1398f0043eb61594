# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on the manager's readers: a fixed seed in `make check`, longer by FUZZ_MANAGER_RUNS=.

FUZZ_MANAGER_RUNS ?= 20000
FUZZ_MANAGER_PARTS := tests/fuzz/manager/fuzz.c tests/unit/manager/good.c \
                      $(addprefix src/servers/,manager/bundle.c lib/crc32.c manager/elf.c manager/room.c lib/text.c)

$(BUILD)/tests/fuzz/manager/fuzz: $(FUZZ_MANAGER_PARTS) $(wildcard src/servers/manager/*.h tests/unit/manager/*.h \
		include/septum/*.h)
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers $(filter %.c,$^) -o $@

CHECK_TARGETS += check-fuzz-manager
.PHONY: check-fuzz-manager
check-fuzz-manager: $(BUILD)/tests/fuzz/manager/fuzz
	@$(call fuzz_check,manager,-runs=$(FUZZ_MANAGER_RUNS) -max_len=4096)
