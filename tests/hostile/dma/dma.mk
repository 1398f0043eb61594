# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# A server in the block server's place whose device is to reach all of memory, and the folder of servers that it is in.

include src/servers/lib/server.mk
$(eval $(call server_program,hostile-dma,tests/hostile/dma/main.c \
	$(addprefix src/servers/drivers/,p9.c p9_message.c virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) \
	$(addprefix src/servers/lib/,device_link.c device_server.c),-Isrc/servers))

HOSTILE_SERVERS := $(BUILD)/tests/hostile/dma
ALL_TARGETS     += $(HOSTILE_SERVERS)/block.elf
$(HOSTILE_SERVERS)/block.elf: $(addprefix $(BUILD)/servers/,hostile-dma.elf manager.elf monitor.elf console.elf pci.elf)
	@mkdir -p $(@D)
	@cp $(addprefix $(BUILD)/servers/,manager.elf monitor.elf console.elf pci.elf) $(@D)
	@cp $< $@
