# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The block server and the virtio and 9p drivers below it on the build host, before a model of the device and of the
# file server behind it.

BLOCK_PURE  := $(filter-out %/main.c %/client.c %/given_up.c,$(sort $(wildcard src/servers/block/*.c src/servers/drivers/*.c))) \
               $(addprefix src/servers/lib/,device_link.c text.c)
BLOCK_TEST  := $(sort $(wildcard tests/unit/block/*.c))
BLOCK_HEADS := $(wildcard tests/unit/block/*.h src/servers/block/*.h src/servers/drivers/*.h include/lib/*.h include/septum/*.h)

$(BUILD)/tests/unit/block: $(BLOCK_TEST) $(BLOCK_PURE) $(BLOCK_HEADS)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers -Itests/unit/block $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-block
.PHONY: check-unit-block
check-unit-block: $(BUILD)/tests/unit/block
	@$<
