# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on what the disk server is told by clients and by its device: a fixed seed in `make check`, longer by
# `make fuzz-disk`.

FUZZ_DISK := $(BUILD)/tests/fuzz/disk
FUZZ_DISK_PARTS := tests/fuzz/disk/fuzz.c $(addprefix src/servers/disk/,drive.c slice.c) $(addprefix src/servers/block/,complaint.c ring.c) \
	$(addprefix src/servers/lib/,device_link.c text.c) tests/unit/disk/world.c tests/unit/block/monitors.c \
	tests/unit/virtio/device.c \
	$(addprefix src/servers/drivers/,virtio.c virtio_mmio.c virtio_pci.c virtqueue.c)
FUZZ_DISK_RUNS ?= 20000
FUZZ_DISK_SECONDS ?= 300

$(FUZZ_DISK)/fuzz: $(FUZZ_DISK_PARTS) $(wildcard src/servers/disk/*.h src/servers/block/ring.h src/servers/drivers/*.h \
		tests/unit/disk/*.h tests/unit/block/monitors.h tests/unit/virtio/*.h include/lib/*.h include/septum/*.h) tests/fuzz/input.h
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers -Itests/fuzz -Itests/unit -Itests/unit/disk $(filter %.c,$^) -o $@

CHECK_TARGETS += check-fuzz-disk
FUZZ_TARGETS += fuzz-disk
.PHONY: check-fuzz-disk fuzz-disk
check-fuzz-disk: $(FUZZ_DISK)/fuzz
	@$(call fuzz_check,disk,-runs=$(FUZZ_DISK_RUNS) -max_len=256 -timeout=20)

fuzz-disk: $(FUZZ_DISK)/fuzz ## fuzz the disk server for FUZZ_DISK_SECONDS=
	@$(call fuzz_long,$(FUZZ_DISK_SECONDS),-max_len=1024 -timeout=20)
