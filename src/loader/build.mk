# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
#
# The loader: build/septum.bin (loader and kernel image, flat, for -kernel) and build/septum.elf (with symbols).
# Included by the Makefile at the top.

LIBFDT_DIR ?= $(LIBFDT)
KERNEL_BIN ?= $(BUILD)/kernel/kernel.bin
ALL_TARGETS += $(BUILD)/septum.bin

LOADER_INCLUDES := -Iinclude -Isrc/loader -isystem $(LIBFDT_DIR)
LOADER_TARGET := --specs=picolibc.specs $(MARCH_GCC) $(TARGET_ABI) -msmall-data-limit=0 -ffreestanding -fno-pic -fno-common \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
LOADER_CFLAGS := -std=c11 -O2 -g $(SAME_BITS) $(LOADER_TARGET)
# The linker finds picolibc's library by the plain architecture name only.
LOADER_LINK := --specs=picolibc.specs $(MARCH_CLANG) $(TARGET_ABI) -nostartfiles -static \
	-Wl,--gc-sections -Wl,--build-id=none -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments -T src/loader/loader.ld

# Everything but main.c and sbi.c is plain C, built for the host by the tests, too.
LOADER_PURE := $(filter-out main sbi,$(patsubst src/loader/%.c,%,$(sort $(wildcard src/loader/*.c))))
LOADER_LIBFDT := fdt fdt_ro fdt_check fdt_addresses
LOADER_OBJECTS := $(patsubst %,$(BUILD)/loader/%.o,entry main sbi verdict lib/crc32 $(LOADER_PURE)) \
	$(patsubst %,$(BUILD)/loader/libfdt/%.o,$(LOADER_LIBFDT))

$(BUILD)/loader/libfdt/%.o: $(LIBFDT_DIR)/%.c
	$(call say,CC) $(@F)
	@mkdir -p $(@D)
	@$(CROSS)gcc $(LOADER_CFLAGS) -w $(LOADER_INCLUDES) -c $< -o $@

$(BUILD)/loader/%.o: src/loader/%.c $(LIBFDT_DIR)/libfdt.h
	$(call say,CC) $(@F)
	@mkdir -p $(@D)
	@$(CROSS)gcc $(LOADER_CFLAGS) $(WARNINGS) $(LOADER_INCLUDES) -MMD -MP -c $< -o $@

# The manager checks the bundle's files by the same sum.
$(BUILD)/loader/lib/crc32.o: src/servers/lib/crc32.c
	$(call say,CC) $(@F)
	@mkdir -p $(@D)
	@$(CROSS)gcc $(LOADER_CFLAGS) $(WARNINGS) $(LOADER_INCLUDES) -MMD -MP -c $< -o $@

$(BUILD)/loader/entry.o: src/loader/entry.S $(KERNEL_BIN)
	$(call say,CC) $(@F)
	@mkdir -p $(@D)
	@$(CROSS)gcc $(LOADER_TARGET) -DKERNEL_BIN='"$(KERNEL_BIN)"' -c $< -o $@

# The banner's line: the digest of the kernel image, and what the last proof says of the text it was made from. It stands
# in the loader, so that the image that was proved is the same with any verdict.
.PHONY: banner version
banner:
$(BUILD)/loader/verdict.c: $(KERNEL_BIN) banner
	@$(PYTHON) src/tools/septum-audit banner --compiler $(COMPILER) $(KERNEL_BIN) $@

$(BUILD)/loader/verdict.o: $(BUILD)/loader/verdict.c
	$(call say,CC) $(@F)
	@$(CROSS)gcc $(LOADER_CFLAGS) -c $< -o $@

version: $(BUILD)/septum.bin ## what the image's banner says: PROVED receipt …, or NOT VERIFIED: why
	@$(PYTHON) src/tools/septum-audit version $(BUILD)/loader/verdict.c $<

$(BUILD)/septum.elf: $(LOADER_OBJECTS) src/loader/loader.ld
	$(call say,LD) $(@F)
	@$(CROSS)gcc $(LOADER_LINK) $(LOADER_OBJECTS) -o $@

# .bss goes into the file: what is behind the file in memory may be the firmware's device tree.
$(BUILD)/septum.bin: $(BUILD)/septum.elf
	@$(OBJCOPY) --set-section-flags .bss=alloc,load,contents -O binary $< $@

-include $(patsubst %,$(BUILD)/loader/%.d,main sbi lib/crc32 $(LOADER_PURE))
