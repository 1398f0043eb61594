# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Running a system on QEMU.
#   SYSTEM   the system description        HARTS, MEMORY  the machine's size      H       on|off: hypervisor extension
#   ICOUNT   on|off: count instructions    GDB            on: wait for gdb        SECONDS how long run-log runs
#   CPU      more CPU properties: sv48=off (Sv39 only), svade=on,svadu=off (A and D are the software's)

SYSTEM  ?= platform/qemu/default.dts
HARTS   ?= 2
MEMORY  ?= 1G
H       ?= on
ICOUNT  ?= off
GDB     ?= off
CPU     ?=
# bash has a variable of this name, so only the command line's counts.
RUN_SECONDS = $(if $(filter command,$(origin SECONDS)),$(SECONDS),60)

SEPTUM_IMAGE  := $(BUILD)/septum.bin
CONFIG_TOOL   := src/tools/septum-config
ALL_TARGETS   += $(SEPTUM_IMAGE) $(BUILD)/images/heartbeat.bin
# A description's bundle is named after its whole path, so that two of the same name do not meet.
BUNDLE        := $(BUILD)/bundles/$(subst /,_,$(patsubst /%,%,$(basename $(SYSTEM)))).bundle
RUN            = platform/qemu/run.py --kernel $(SEPTUM_IMAGE) --initrd $(BUNDLE) --harts $(HARTS) \
                 --memory $(MEMORY) --h $(H) --icount $(ICOUNT) --gdb $(GDB) \
                 --cpu "$(CPU)"

# A bundle for a machine that is itself a guest, whose description names this file as an initrd (nested.dts). The tool
# finds out itself which files go in; it lists them for the next time.
NESTED_BUNDLE := $(BUILD)/images/nested.bundle
NESTED_SYSTEM := platform/qemu/nested-inner.dts
ALL_TARGETS   += $(NESTED_BUNDLE)
-include $(NESTED_BUNDLE).d
$(NESTED_BUNDLE): $(NESTED_SYSTEM) $(addprefix $(BUILD)/servers/,manager.elf monitor.elf console.elf) \
		$(addprefix $(BUILD)/images/,Image guest.cpio.gz heartbeat.bin)
	$(call say,BUNDLE) $(@F)
	@$(PYTHON) $(CONFIG_TOOL) bundle $< --servers $(BUILD)/servers -o $@ --depfile $@.d --memory 512M --harts 1 --h off

.PHONY: qemu run-log bundle config-check
qemu: bundle ## boot SYSTEM on QEMU with this terminal (SYSTEM= HARTS= MEMORY= H= CPU= ICOUNT= GDB=)
	@exec $(RUN)

# What the build says goes to standard error, so that standard output is the serial line alone.
run-log: ## the same without a terminal, for SECONDS= at most; prints the serial line
	@$(MAKE) bundle >&2
	@exec $(RUN) --log $(RUN_SECONDS)

# The tool finds out itself which files the description names, so it is always asked.
bundle: all ## compile and check SYSTEM into the boot bundle
	@mkdir -p $(dir $(BUNDLE))
	@$(PYTHON) $(CONFIG_TOOL) bundle $(SYSTEM) --servers $(BUILD)/servers -o $(BUNDLE) \
		--memory $(MEMORY) --harts $(HARTS) --h $(H)

config-check: ## explain each mistake in the description SYSTEM=
	@$(PYTHON) $(CONFIG_TOOL) check $(SYSTEM) --memory $(MEMORY) --harts $(HARTS) --h $(H)
