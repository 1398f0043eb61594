# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The manager's device servers and guests on the build host, over a kernel of books.

DEVICE_PARTS := $(addprefix src/servers/manager/,audit.c balloon.c bundle.c calls.c clock.c console.c copy.c create.c device.c device_log.c device_server.c \
	elf.c ending.c fetch.c guest.c mode.c monitor.c pci.c physical.c policy.c pool.c room.c servers.c space.c state.c stats.c uplink.c) \
	$(addprefix src/servers/lib/,crc32.c device_link.c seed.c text.c)

$(BUILD)/tests/unit/device: $(sort $(wildcard tests/unit/device/*.c)) tests/unit/manager/good.c $(DEVICE_PARTS) \
		$(wildcard tests/unit/device/*.h tests/unit/device/fake/lib/*.h src/servers/manager/*.h include/septum/*.h)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) -Itests/unit/device/fake $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers -Itests/unit/manager $(filter %.c,$^) \
		-lcmocka -o $@

CHECK_TARGETS += check-unit-device
.PHONY: check-unit-device
check-unit-device: $(BUILD)/tests/unit/device
	@$<
