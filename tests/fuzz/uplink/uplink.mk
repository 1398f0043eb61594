# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on what the uplink server is told by the switch and by its device: a fixed seed in `make check`, longer by
# `make fuzz-uplink`.

FUZZ_UPLINK := $(BUILD)/tests/fuzz/uplink
FUZZ_UPLINK_PARTS := tests/fuzz/uplink/fuzz.c $(addprefix src/servers/uplink/,uplink.c wire.c) src/servers/net/ring.c \
	src/servers/lib/segment.c $(addprefix src/servers/drivers/,virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) \
	tests/unit/virtio/device.c
FUZZ_UPLINK_RUNS ?= 10000
FUZZ_UPLINK_SECONDS ?= 300

$(FUZZ_UPLINK)/fuzz: $(FUZZ_UPLINK_PARTS) $(wildcard src/servers/uplink/*.h src/servers/net/ring.h \
		src/servers/drivers/*.h tests/unit/virtio/*.h include/lib/*.h include/septum/*.h) tests/fuzz/input.h
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers -Itests/fuzz -Itests/unit $(filter %.c,$^) -o $@

CHECK_TARGETS += check-fuzz-uplink
FUZZ_TARGETS += fuzz-uplink
.PHONY: check-fuzz-uplink fuzz-uplink
check-fuzz-uplink: $(FUZZ_UPLINK)/fuzz
	@$(call fuzz_check,uplink,-runs=$(FUZZ_UPLINK_RUNS) -max_len=512 -timeout=20)

fuzz-uplink: $(FUZZ_UPLINK)/fuzz ## fuzz the uplink server for FUZZ_UPLINK_SECONDS=
	@$(call fuzz_long,$(FUZZ_UPLINK_SECONDS),-max_len=2048 -timeout=20)
