# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The kernel: link-time optimisation makes the hart's primitives inline.

KERNEL_DIR := $(BUILD)/kernel
KERNEL_C   := $(sort $(wildcard src/kernel/*.c)) $(addprefix src/kernel/hart/,hart.c iommu.c space.c)
KERNEL_O   := $(KERNEL_C:%.c=$(KERNEL_DIR)/%.o) $(KERNEL_DIR)/src/kernel/hart/entry.o
ifeq ($(COMPILER),clang)
# No optimisation across files, and none with tables of addresses. It calls memcpy for large structs.
KERNEL_C_CC := $(CLANG) --target=riscv64-unknown-elf $(KERNEL_CLANG_CFLAGS) -fno-jump-tables
KERNEL_O    += $(KERNEL_DIR)/platform/toolchain/memcpy.o
KERNEL_LTO  :=
KERNEL_ZEROS :=
else
KERNEL_C_CC := $(KERNEL_CC) $(KERNEL_CFLAGS)
KERNEL_LTO  := -flto -flto-partition=one -fno-fat-lto-objects -fno-tree-loop-distribute-patterns
KERNEL_ZEROS := --param max-unroll-times=64 --param max-unrolled-insns=2000 --param max-average-unrolled-insns=1000
endif

ALL_TARGETS += $(KERNEL_DIR)/kernel.bin

$(KERNEL_DIR)/offsets.h: platform/toolchain/offsets.c $(wildcard include/*/*.h) src/kernel/hart/hart.h
	$(call say,GEN) $@
	@mkdir -p $(@D)
	@$(KERNEL_CC) $(KERNEL_CFLAGS) -Isrc/kernel/hart -S $< -o $(KERNEL_DIR)/offsets.s
	@sed -n 's/^[[:space:]]*->\([A-Z_]*\) \(.*\)$$/#define \1 \2/p' $(KERNEL_DIR)/offsets.s > $@

# What is long: a record for each frame of the machine (boot, inlined into main), and zeros for each frame given.
$(patsubst %,$(KERNEL_DIR)/src/kernel/%.o,boot main frame): KERNEL_LTO += -funroll-loops
$(KERNEL_DIR)/src/kernel/frame.o: KERNEL_LTO += $(KERNEL_ZEROS)

$(KERNEL_DIR)/src/kernel/hart/iommu.o: KERNEL_LTO += -Isrc/kernel/hart

$(KERNEL_DIR)/%.o: %.c
	$(call say,CC) $<
	@mkdir -p $(@D)
	@$(KERNEL_C_CC) $(KERNEL_LTO) -MMD -MP -c $< -o $@

$(KERNEL_DIR)/%.o: %.S $(KERNEL_DIR)/offsets.h
	$(call say,AS) $<
	@mkdir -p $(@D)
	@$(KERNEL_CC) $(KERNEL_CFLAGS) -I$(KERNEL_DIR) -c $< -o $@

# One image for both modes of translation (include/septum/header.h): linked for either, it must come out the same, byte for
# byte, so no word of it is an address. The two files are for the debugger, and named after where the image runs.
$(KERNEL_DIR)/kernel.elf: KERNEL_VA := 0x6000000000
$(KERNEL_DIR)/kernel-sv39.elf: KERNEL_VA := 0xffffffe000000000
$(KERNEL_DIR)/kernel.elf $(KERNEL_DIR)/kernel-sv39.elf: $(KERNEL_O) src/kernel/kernel.ld
	$(call say,LD) $@
	@$(KERNEL_CC) $(KERNEL_CFLAGS) $(KERNEL_LTO) $(KERNEL_LDFLAGS) -Wl,--defsym=KERNEL_VA=$(KERNEL_VA) \
		-T src/kernel/kernel.ld $(KERNEL_O) -o $@

$(KERNEL_DIR)/kernel.bin: $(KERNEL_DIR)/kernel.elf $(KERNEL_DIR)/kernel-sv39.elf
	@$(OBJCOPY) -O binary $(KERNEL_DIR)/kernel.elf $@.part
	@$(OBJCOPY) -O binary $(KERNEL_DIR)/kernel-sv39.elf $(KERNEL_DIR)/kernel-sv39.bin
	@cmp $@.part $(KERNEL_DIR)/kernel-sv39.bin || \
		{ echo "make: error: the kernel image holds an address: it must run where Sv39 and where Sv48 puts it" >&2; exit 1; }
	@mv $@.part $@

-include $(KERNEL_C:%.c=$(KERNEL_DIR)/%.d)
