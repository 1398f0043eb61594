# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The kernel: link-time optimisation makes the hart's primitives inline.

KERNEL_DIR := $(BUILD)/kernel
KERNEL_C   := $(sort $(wildcard src/kernel/*.c)) src/kernel/hart/hart.c
KERNEL_O   := $(KERNEL_C:%.c=$(KERNEL_DIR)/%.o) $(KERNEL_DIR)/src/kernel/hart/entry.o
KERNEL_LTO := -flto -flto-partition=one -fno-fat-lto-objects -fno-tree-loop-distribute-patterns

ALL_TARGETS += $(KERNEL_DIR)/kernel.bin

$(KERNEL_DIR)/offsets.h: src/kernel/hart/offsets.c $(wildcard include/*/*.h) src/kernel/hart/hart.h
	$(call say,GEN) $@
	@mkdir -p $(@D)
	@$(KERNEL_CC) $(KERNEL_CFLAGS) -Isrc/kernel/hart -S $< -o $(KERNEL_DIR)/offsets.s
	@sed -n 's/^[[:space:]]*->\([A-Z_]*\) \(.*\)$$/#define \1 \2/p' $(KERNEL_DIR)/offsets.s > $@

$(KERNEL_DIR)/%.o: %.c
	$(call say,CC) $<
	@mkdir -p $(@D)
	@$(KERNEL_CC) $(KERNEL_CFLAGS) $(KERNEL_LTO) -MMD -MP -c $< -o $@

$(KERNEL_DIR)/%.o: %.S $(KERNEL_DIR)/offsets.h
	$(call say,AS) $<
	@mkdir -p $(@D)
	@$(KERNEL_CC) $(KERNEL_CFLAGS) -I$(KERNEL_DIR) -c $< -o $@

$(KERNEL_DIR)/kernel.elf: $(KERNEL_O) src/kernel/kernel.ld
	$(call say,LD) $@
	@$(KERNEL_CC) $(KERNEL_CFLAGS) $(KERNEL_LTO) $(KERNEL_LDFLAGS) -T src/kernel/kernel.ld $(KERNEL_O) -o $@

$(KERNEL_DIR)/kernel.bin: $(KERNEL_DIR)/kernel.elf
	@$(OBJCOPY) -O binary $< $@

-include $(KERNEL_C:%.c=$(KERNEL_DIR)/%.d)
