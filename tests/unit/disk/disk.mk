# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The disk server's pure parts on the build host, between monitors and a disk that keep the rules or do not.

DISK_PURE  := $(addprefix src/servers/disk/,drive.c slice.c) $(addprefix src/servers/block/,complaint.c ring.c) \
	$(addprefix src/servers/lib/,device_link.c text.c) \
	$(addprefix src/servers/drivers/,virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) tests/unit/virtio/device.c tests/unit/disk/world.c \
	tests/unit/block/monitors.c
DISK_HEADS := $(wildcard src/servers/disk/*.h src/servers/block/ring.h src/servers/drivers/*.h tests/unit/disk/*.h \
	tests/unit/block/monitors.h tests/unit/virtio/*.h include/lib/*.h include/septum/*.h)

$(BUILD)/tests/unit/disk: tests/unit/disk/disk_test.c $(DISK_PURE) $(DISK_HEADS)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers -Itests/unit -Itests/unit/disk $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-disk
.PHONY: check-unit-disk
check-unit-disk: $(BUILD)/tests/unit/disk
	@$<
