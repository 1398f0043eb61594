# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The console's pure parts on the build host.

CONSOLE_PURE := $(addprefix src/servers/,console/answer.c console/ask.c console/audit.c console/command.c \
	console/escape.c console/keys.c console/line.c console/prompt.c console/reply.c console/ring.c console/screen.c \
	console/stats.c lib/text.c)

$(BUILD)/tests/unit/console: $(sort $(wildcard tests/unit/console/*.c)) $(CONSOLE_PURE) $(wildcard src/servers/console/*.h \
		include/lib/*.h include/septum/*.h)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-console
.PHONY: check-unit-console
check-unit-console: $(BUILD)/tests/unit/console
	@$<
