# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The storm: a Linux program of ours, which is all of its guest's user land.

LINUX_CC     ?= riscv64-linux-gnu-gcc
STORM_DIR    := tests/guests/storm
STORM_OUT    := $(BUILD)/guests/storm
STORM_INITRD := $(BUILD)/images/storm.cpio.gz
STORM_OBJECTS := $(patsubst $(STORM_DIR)/%,$(STORM_OUT)/%.o,$(sort $(wildcard $(STORM_DIR)/*.c $(STORM_DIR)/*.S)))
ALL_TARGETS  += $(STORM_INITRD)

$(STORM_OUT)/%.o: $(STORM_DIR)/% $(STORM_DIR)/storm.h $(STORM_DIR)/storm.mk
	@mkdir -p $(@D)
	$(call say,GUEST) storm/$(@F)
	@$(LINUX_CC) $(WARNINGS) -D_GNU_SOURCE -O2 -pthread -c -o $@ $<

$(STORM_OUT)/storm: $(STORM_OBJECTS)
	$(call say,GUEST) $(@F)
	@$(LINUX_CC) -static -s -pthread -Wl,--build-id=none -o $@ $^ -lm

$(STORM_INITRD): platform/images/make-program.sh platform/images/pack.sh $(STORM_OUT)/storm
	@mkdir -p $(@D)
	$(call say,IMAGE) $(@F)
	@$< $(STORM_OUT)/storm $@
