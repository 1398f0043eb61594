# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The net server's pure parts on the build host.

NET_PURE := $(addprefix src/servers/net/,packet.c ring.c switch.c wait.c)

$(BUILD)/tests/unit/net: $(sort $(wildcard tests/unit/net/*.c)) $(NET_PURE) $(wildcard tests/unit/net/*.h \
		src/servers/net/*.h include/septum/*.h)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-net
.PHONY: check-unit-net
check-unit-net: $(BUILD)/tests/unit/net
	@$<
