# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The entropy server's pure parts on the build host, before a device that keeps the rules and some that do not.

ENTROPY_PURE  := $(addprefix src/servers/entropy/,fill.c source.c) $(addprefix src/servers/drivers/,virtio.c \
	virtio_mmio.c virtio_pci.c virtqueue.c) src/servers/lib/seed.c tests/unit/virtio/device.c
ENTROPY_HEADS := $(wildcard src/servers/entropy/*.h src/servers/drivers/*.h tests/unit/virtio/*.h include/lib/*.h include/septum/*.h)

$(BUILD)/tests/unit/entropy: tests/unit/entropy/entropy_test.c $(ENTROPY_PURE) $(ENTROPY_HEADS)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers -Itests/unit $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-entropy
.PHONY: check-unit-entropy
check-unit-entropy: $(BUILD)/tests/unit/entropy
	@$<
