# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The monitor's own C on the build host, its kernel and fellow servers acted by world.c, under ASan and UBSan.

MONITOR_SUITES := $(patsubst tests/unit/monitor/%_test.c,%,$(sort $(wildcard tests/unit/monitor/*_test.c)))
MONITOR_UNIT := $(BUILD)/tests/unit/monitor
MONITOR_HOST_FLAGS := $(HOST_CFLAGS) $(SANITIZE) -isystem $(LIBFDT) -Isrc/servers/monitor -Itests/unit/monitor
MONITOR_HOST_LOGIC := $(patsubst %.c,$(MONITOR_UNIT)/%.o,$(MONITOR_LOGIC) $(addprefix src/servers/lib/,memory.c seed.c segment.c text.c) \
                      tests/unit/monitor/world.c $(patsubst %,tests/unit/monitor/%.c,driver frames blk_server net_peer))
MONITOR_HOST_FDT := $(patsubst %,$(MONITOR_UNIT)/libfdt/%.o,$(MONITOR_FDT))

CHECK_TARGETS += check-monitor
.PHONY: check-monitor
check-monitor: $(MONITOR_SUITES:%=$(MONITOR_UNIT)/%) ## test the monitor's C on the build host
	@failed=0; for suite in $^; do CMOCKA_MESSAGE_OUTPUT=stdout $$suite || failed=1; done; exit $$failed

$(MONITOR_UNIT)/%.o: %.c
	@mkdir -p $(@D)
	@$(HOST_CC) $(MONITOR_HOST_FLAGS) -MMD -MP -c $< -o $@
$(MONITOR_UNIT)/libfdt/%.o: $(LIBFDT)/%.c
	@mkdir -p $(@D)
	@$(HOST_CC) -g -O1 -w $(SANITIZE) -isystem $(LIBFDT) -c $< -o $@
$(MONITOR_SUITES:%=$(MONITOR_UNIT)/%): $(MONITOR_UNIT)/%: $(MONITOR_UNIT)/tests/unit/monitor/%_test.o \
		$(MONITOR_HOST_LOGIC) $(MONITOR_HOST_FDT)
	$(call say,TEST) $@
	@$(HOST_CC) $(SANITIZE) $^ -lcmocka -o $@
-include $(shell find $(MONITOR_UNIT) -name '*.d' 2>/dev/null)
