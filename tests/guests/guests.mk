# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Bare-metal guests: raw binaries for S mode, on the machine or below Septum. `make guests` builds them all.

GUEST_DIR := tests/guests
GUEST_OUT := $(BUILD)/guests
# No compressed instructions: handlers of the tests skip four bytes.
GUEST_CFLAGS := -march=rv64ima_zicsr_zifencei $(TARGET_ABI) -O2 -g -ffreestanding -nostdlib \
                -fno-builtin -fno-stack-protector $(WARNINGS) -I $(GUEST_DIR)
GUEST_RT := $(patsubst %,$(GUEST_OUT)/rt/%.o,start rt tree memory)

GUEST_BINS := $(BUILD)/images/heartbeat.bin $(BUILD)/images/heartbeat-fast.bin $(GUEST_OUT)/bench.bin \
              $(GUEST_OUT)/hostile.bin $(GUEST_OUT)/isa.bin $(GUEST_OUT)/brief.bin $(GUEST_OUT)/clock.bin \
              $(GUEST_OUT)/io.bin
ALL_TARGETS += $(GUEST_BINS)

.PHONY: guests
guests: $(GUEST_BINS) ## build the bare-metal test guests

$(GUEST_OUT)/%.o: $(GUEST_DIR)/%.c $(wildcard $(GUEST_DIR)/*.h $(GUEST_DIR)/*/*.h) $(GUEST_DIR)/guests.mk
	@mkdir -p $(@D)
	$(call say,GUEST) $(@F)
	@$(CROSS)gcc $(GUEST_CFLAGS) -c -o $@ $<

# What a guest may see of its hart.
$(GUEST_OUT)/hostile/state_list.h: spec/state.json proofs/state.py
	@mkdir -p $(@D)
	@$(PYTHON) -B proofs/state.py tests > $@
$(GUEST_OUT)/hostile/csr.o $(GUEST_OUT)/hostile/state.o: GUEST_CFLAGS += -I $(GUEST_OUT)/hostile
$(GUEST_OUT)/hostile/csr.o $(GUEST_OUT)/hostile/state.o: $(GUEST_OUT)/hostile/state_list.h

$(GUEST_OUT)/%.o: $(GUEST_DIR)/%.S $(GUEST_DIR)/hostile/hold.h $(GUEST_DIR)/hostile/saved.h $(GUEST_DIR)/guests.mk
	@mkdir -p $(@D)
	$(call say,GUEST) $(@F)
	@$(CROSS)gcc $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_OUT)/heartbeat-fast.o: $(GUEST_DIR)/heartbeat.c $(wildcard $(GUEST_DIR)/rt/*.h) $(GUEST_DIR)/guests.mk
	@mkdir -p $(@D)
	$(call say,GUEST) $(@F)
	@$(CROSS)gcc $(GUEST_CFLAGS) -DBEATS_PER_SECOND=10 -c -o $@ $<

$(GUEST_OUT)/heartbeat.elf: $(GUEST_OUT)/heartbeat.o
$(GUEST_OUT)/heartbeat-fast.elf: $(GUEST_OUT)/heartbeat-fast.o
$(GUEST_OUT)/brief.elf: $(GUEST_OUT)/brief.o
$(GUEST_OUT)/clock.elf: $(GUEST_OUT)/clock.o
$(GUEST_OUT)/bench.elf: $(patsubst %,$(GUEST_OUT)/bench/%.o,bench ops)
$(GUEST_OUT)/io.elf: $(patsubst %,$(GUEST_OUT)/io/%.o,io disk net virtio)
$(GUEST_OUT)/hostile.elf: $(patsubst %,$(GUEST_OUT)/hostile/%.o,main memory attack race sbi csr residue turns time state hold ops)
$(GUEST_OUT)/isa.elf: $(patsubst %,$(GUEST_OUT)/isa/%.o,main space probe csr cause pte shape live asid interrupt chain remote random \
	return handler float floats atomic device stop)

$(GUEST_OUT)/%.elf: $(GUEST_RT) $(GUEST_DIR)/rt/guest.ld
	$(call say,GUEST) $(@F)
	@$(CROSS)gcc $(GUEST_CFLAGS) -static -Wl,-T,$(GUEST_DIR)/rt/guest.ld -Wl,--no-warn-rwx-segments -o $@ \
		$(filter %.o,$^)

$(GUEST_OUT)/%.bin: $(GUEST_OUT)/%.elf
	@$(OBJCOPY) -O binary $< $@

$(BUILD)/images/%.bin: $(GUEST_OUT)/%.bin
	@mkdir -p $(@D)
	@cp $< $@

.SECONDARY: $(GUEST_RT) $(patsubst %.bin,$(GUEST_OUT)/%.elf,$(notdir $(GUEST_BINS))) $(addprefix $(GUEST_OUT)/,$(notdir $(GUEST_BINS)))
