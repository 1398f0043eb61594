# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on what the entropy server is told by clients and by its device: a fixed seed in `make check`, longer by
# `make fuzz-entropy`.

FUZZ_ENTROPY := $(BUILD)/tests/fuzz/entropy
FUZZ_ENTROPY_PARTS := tests/fuzz/entropy/fuzz.c $(addprefix src/servers/entropy/,fill.c source.c) src/servers/lib/seed.c \
	$(addprefix src/servers/drivers/,virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) tests/unit/virtio/device.c
FUZZ_ENTROPY_RUNS ?= 20000
FUZZ_ENTROPY_SECONDS ?= 300

$(FUZZ_ENTROPY)/fuzz: $(FUZZ_ENTROPY_PARTS) $(wildcard src/servers/entropy/*.h src/servers/drivers/*.h \
		tests/unit/virtio/*.h include/lib/*.h include/septum/*.h) tests/fuzz/input.h
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers -Itests/fuzz -Itests/unit $(filter %.c,$^) -o $@

CHECK_TARGETS += check-fuzz-entropy
FUZZ_TARGETS += fuzz-entropy
.PHONY: check-fuzz-entropy fuzz-entropy
check-fuzz-entropy: $(FUZZ_ENTROPY)/fuzz
	@$(call fuzz_check,entropy,-runs=$(FUZZ_ENTROPY_RUNS) -max_len=256 -timeout=20)

fuzz-entropy: $(FUZZ_ENTROPY)/fuzz ## fuzz the entropy server for FUZZ_ENTROPY_SECONDS=
	@$(call fuzz_long,$(FUZZ_ENTROPY_SECONDS),-max_len=1024 -timeout=20)
