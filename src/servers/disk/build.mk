# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors

include src/servers/lib/server.mk
$(eval $(call server_program,disk,$(sort $(wildcard src/servers/disk/*.c)) $(addprefix src/servers/block/,client.c complaint.c ring.c) \
	$(addprefix src/servers/drivers/,given_up.c virtio.c virtio_mmio.c virtio_pci.c virtqueue.c) \
	$(addprefix src/servers/lib/,device_link.c device_server.c),-Isrc/servers))
