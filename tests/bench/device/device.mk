# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# A server in the block server's place that measures what the physical device costs, and the folder of servers with it.

include src/servers/lib/server.mk
$(eval $(call server_program,bench-device,tests/bench/device/main.c src/servers/block/share.c \
	$(sort $(wildcard src/servers/drivers/*.c)) $(addprefix src/servers/lib/,device_link.c device_server.c),-Isrc/servers))

BENCH_DEVICE := $(BUILD)/tests/bench/device
ALL_TARGETS  += $(BENCH_DEVICE)/block.elf
$(BENCH_DEVICE)/block.elf: $(addprefix $(BUILD)/servers/,bench-device.elf manager.elf monitor.elf console.elf pci.elf)
	@mkdir -p $(@D)
	@cp $(addprefix $(BUILD)/servers/,manager.elf monitor.elf console.elf pci.elf) $(@D)
	@cp $< $@
