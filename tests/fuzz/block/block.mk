# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on what the block server is told by clients, by the device and by the file server: a fixed seed in `make
# check`, longer by `make fuzz-block`.

FUZZ_BLOCK := $(BUILD)/tests/fuzz/block
FUZZ_BLOCK_RUNS ?= 5000
FUZZ_BLOCK_SECONDS ?= 300
FUZZ_BLOCK_PARTS := tests/fuzz/block/fuzz.c $(addprefix tests/unit/block/,model.c files.c monitors.c world.c) \
                    $(filter-out %/main.c %/client.c %/given_up.c,$(sort $(wildcard src/servers/block/*.c src/servers/drivers/*.c))) \
               $(addprefix src/servers/lib/,device_link.c text.c)

$(FUZZ_BLOCK)/fuzz: $(FUZZ_BLOCK_PARTS) $(wildcard tests/unit/block/*.h src/servers/block/*.h src/servers/drivers/*.h \
		include/lib/*.h include/septum/*.h)
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers -Itests/unit/block $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-fuzz-block
FUZZ_TARGETS += fuzz-block
.PHONY: check-fuzz-block fuzz-block
check-fuzz-block: $(FUZZ_BLOCK)/fuzz
	@$(call fuzz_check,block,-runs=$(FUZZ_BLOCK_RUNS) -max_len=300 -timeout=30)

fuzz-block: $(FUZZ_BLOCK)/fuzz ## fuzz the block server for FUZZ_BLOCK_SECONDS=
	@mkdir -p $<.corpus
	@$< -max_total_time=$(FUZZ_BLOCK_SECONDS) -max_len=1024 -timeout=30 -artifact_prefix=$(<D)/ $<.corpus
