# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The manager's pure parts and the servers' text on the build host.

MANAGER_PURE := $(addprefix src/servers/,manager/bundle.c lib/crc32.c manager/elf.c manager/mode.c manager/policy.c manager/pool.c manager/room.c lib/text.c)
MANAGER_TEST := $(sort $(wildcard tests/unit/manager/*.c))

$(BUILD)/tests/unit/manager: $(MANAGER_TEST) $(MANAGER_PURE) $(wildcard tests/unit/manager/*.h \
		src/servers/manager/*.h include/lib/*.h include/septum/*.h)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-manager
.PHONY: check-unit-manager
check-unit-manager: $(BUILD)/tests/unit/manager
	@$<
