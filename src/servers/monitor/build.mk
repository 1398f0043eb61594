# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
#
# The monitor, with libfdt from Debian's source package (laid down by `make setup`).

include src/servers/lib/server.mk

# All but what calls the kernel: this builds for the host, too.
MONITOR_LOGIC := $(patsubst %,src/servers/monitor/%.c,card clock console decode exits fault hart image isa life load \
	lock mmio pages plic rtc sbi symbol tree uart walk queue queue_split queue_packed virtio virtio_mmio virtio_blk blk_ring \
	virtio_bal virtio_net net_tx net_rx net_offload virtio_rng virtio_con)
MONITOR_FDT := fdt fdt_sw fdt_ro fdt_rw fdt_wip fdt_strerror

$(eval $(call server_program,monitor,$(MONITOR_LOGIC) src/servers/monitor/main.c src/servers/monitor/ops.c,\
	-flto -isystem $(LIBFDT),$(MONITOR_FDT:%=$(BUILD)/servers/monitor/libfdt/%.o)))

# Not our code, so not our warnings.
$(BUILD)/servers/monitor/libfdt/%.o: $(LIBFDT)/%.c
	$(call say,CC) $<
	@mkdir -p $(@D)
	@$(SERVER_CC) $(SERVER_CFLAGS) -std=gnu11 -w -isystem $(LIBFDT) -c $< -o $@
