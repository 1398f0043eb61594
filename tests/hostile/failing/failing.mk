# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# A block server that fails for good, and the folder of servers that it is in (tests/boot/failing.py).

include src/servers/lib/server.mk
$(eval $(call server_program,failing,tests/hostile/failing/main.c src/servers/block/ring.c \
	$(addprefix src/servers/lib/,device_link.c device_server.c),-Isrc/servers))

FAILING_SERVERS := $(BUILD)/tests/hostile/failing
ALL_TARGETS     += $(FAILING_SERVERS)/block.elf
$(FAILING_SERVERS)/block.elf: $(addprefix $(BUILD)/servers/,failing.elf manager.elf monitor.elf console.elf pci.elf)
	@mkdir -p $(@D)
	@cp $(addprefix $(BUILD)/servers/,manager.elf monitor.elf console.elf pci.elf) $(@D)
	@cp $< $@
