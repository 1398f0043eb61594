# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Servers in the places of those that have devices, whose devices are to reach all of memory, and the folder of servers
# that they are in.

include src/servers/lib/server.mk
HOSTILE_COMMON := tests/hostile/dma/attack.c $(addprefix src/servers/drivers/,virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) \
	$(addprefix src/servers/lib/,device_link.c device_server.c)
$(eval $(call server_program,hostile-block,tests/hostile/dma/block.c \
	$(addprefix src/servers/drivers/,p9.c p9_message.c) $(HOSTILE_COMMON),-Isrc/servers))
$(eval $(call server_program,hostile-entropy,$(addprefix tests/hostile/dma/,entropy.c session.c) $(HOSTILE_COMMON),-Isrc/servers))
$(eval $(call server_program,hostile-uplink,$(addprefix tests/hostile/dma/,uplink.c session.c) $(HOSTILE_COMMON),-Isrc/servers))
$(eval $(call server_program,hostile-disk,$(addprefix tests/hostile/dma/,disk.c session.c) $(HOSTILE_COMMON),-Isrc/servers))

HOSTILE_SERVERS := $(BUILD)/tests/hostile/dma
HOSTILE_OTHERS  := $(patsubst %,$(BUILD)/servers/%.elf,manager monitor console pci net)
ALL_TARGETS     += $(patsubst %,$(HOSTILE_SERVERS)/%.elf,block entropy uplink disk)
$(HOSTILE_SERVERS)/%.elf: $(BUILD)/servers/hostile-%.elf $(HOSTILE_OTHERS)
	@mkdir -p $(@D)
	@cp $(HOSTILE_OTHERS) $(@D)
	@cp $< $@
