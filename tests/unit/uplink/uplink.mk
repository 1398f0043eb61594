# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The uplink server's pure parts on the build host, between a switch and a network device that keep the rules or do not.

UPLINK_PURE  := $(addprefix src/servers/uplink/,uplink.c wire.c) src/servers/net/ring.c src/servers/lib/segment.c \
	$(addprefix src/servers/drivers/,virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) tests/unit/virtio/device.c
UPLINK_HEADS := $(wildcard src/servers/uplink/*.h src/servers/net/ring.h src/servers/drivers/*.h tests/unit/virtio/*.h \
	include/lib/*.h include/septum/*.h)

$(BUILD)/tests/unit/uplink: tests/unit/uplink/uplink_test.c $(UPLINK_PURE) $(UPLINK_HEADS)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers -Itests/unit $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-uplink
.PHONY: check-unit-uplink
check-unit-uplink: $(BUILD)/tests/unit/uplink
	@$<
