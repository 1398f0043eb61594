# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Whose the registers are (T5): the list held against the code, a monitor that looks at its own, the boots.

include src/servers/lib/server.mk
STATE_MONITOR = src/servers/monitor/main.c src/servers/monitor/ops.c tests/hostile/state/run.c tests/hostile/state/run.S \
                tests/guests/hostile/hold.S
$(eval $(call server_program,state-monitor,$(MONITOR_LOGIC) $(STATE_MONITOR),-isystem $(LIBFDT) -Isrc/servers/monitor \
	-Itests/hostile/state -Itests/guests/hostile -include tests/hostile/state/run.h,$(MONITOR_FDT:%=$(BUILD)/servers/monitor/libfdt/%.o)))

STATE_SERVERS := $(BUILD)/tests/hostile/state
ALL_TARGETS   += $(STATE_SERVERS)/monitor.elf
$(STATE_SERVERS)/monitor.elf: $(addprefix $(BUILD)/servers/,state-monitor.elf manager.elf console.elf)
	@mkdir -p $(@D)
	@cp $(addprefix $(BUILD)/servers/,manager.elf console.elf) $(@D)
	@cp $< $@

CHECK_TARGETS += check-state test-state
.PHONY: check-state test-state
check-state: $(KERNEL_DIR)/src/kernel/hart/entry.o ## the list of what a context may see (spec/state.json) against the kernel's code
	@$(PYTHON) -B proofs/state.py check --objdump $(CROSS)objdump --entry $<
	@$(PYTHON) -B tests/gate/state_test.py $(CROSS) $<

test-state: all ## every register of the list full of a pattern, across each kind of switch; left out, it must fail (STATE=all)
	@$(PYTHON) -B tests/hostile/state.py --build $(BUILD) --cross $(CROSS) $(STATE)
