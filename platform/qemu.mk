# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Running a system on QEMU.
#   SYSTEM   the system description        HARTS, MEMORY  the machine's size      H       on|off: hypervisor extension
#   ICOUNT   on|off: count (one hart)      GDB            on: wait for gdb        SECONDS how long run-log runs
#   CPU      more CPU properties: sv48=off (Sv39 only), svade=on,svadu=off (A and D are the software's)
#   IOMMU    on|off: the machine has one, with the disks' 9p device behind it; off: it is on virtio-mmio
#   SHARE    the directory with the disks' files, if not the deepest that holds them all
#   DISK     the file that is the machine's disk, if guests have slices of one
#   UPLINK   where the machine's network device leads, if a network has an uplink: QEMU's -netdev without its id
#   QEMU_EXTRA  more arguments for QEMU (the tests')

SYSTEM  ?= platform/qemu/default.dts
ICOUNT  ?= off
HARTS   ?= $(if $(filter on,$(ICOUNT)),1,2)
MEMORY  ?= 1G
H       ?= on
GDB     ?= off
IOMMU   ?= on
CPU     ?=
SHARE   ?=
DISK    ?=
UPLINK  ?= user
QEMU_EXTRA ?=
# bash has a variable of this name, so only the command line's counts.
RUN_SECONDS = $(if $(filter command,$(origin SECONDS)),$(SECONDS),60)

SEPTUM_IMAGE  := $(BUILD)/septum.bin
CONFIG_TOOL   := src/tools/septum-config
ALL_TARGETS   += $(SEPTUM_IMAGE) $(BUILD)/images/heartbeat.bin
# A description's bundle is named after its whole path, so that two of the same name do not meet.
BUNDLE        := $(BUILD)/bundles/$(subst /,_,$(patsubst /%,%,$(basename $(SYSTEM)))).bundle
SHARING        = $(if $(SHARE),--share $(SHARE))
RUN            = platform/qemu/run.py --kernel $(SEPTUM_IMAGE) --initrd $(BUNDLE) --harts $(HARTS) \
                 --memory $(MEMORY) --h $(H) --icount $(ICOUNT) --gdb $(GDB) --iommu $(IOMMU) \
                 --cpu "$(CPU)" --extra="$(QEMU_EXTRA)" --share "$$($(PYTHON) $(CONFIG_TOOL) share $(SYSTEM) $(SHARING))" \
                 --devices "$$($(PYTHON) $(CONFIG_TOOL) devices $(SYSTEM) $(SHARING))" --uplink "$(UPLINK)" --disk "$(DISK)" \
                 --control $(BUILD)/ctl --name "$(notdir $(basename $(SYSTEM)))"

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

# A value that cannot be is told before anything is built for it.
VARIABLES = platform/qemu/variables.py 'SYSTEM=$(SYSTEM)' 'HARTS=$(HARTS)' 'MEMORY=$(MEMORY)' 'H=$(H)' \
            'ICOUNT=$(ICOUNT)' 'GDB=$(GDB)' 'IOMMU=$(IOMMU)' 'CPU=$(CPU)' 'SHARE=$(SHARE)' 'UPLINK=$(UPLINK)' \
            'DISK=$(DISK)'

.PHONY: qemu run-log bundle config-check variables
variables:
	@$(PYTHON) -B $(VARIABLES)

qemu: variables bundle ## boot SYSTEM on QEMU with this terminal (SYSTEM= HARTS= MEMORY= H= CPU= SHARE= DISK= UPLINK= IOMMU= ICOUNT= GDB=)
	@exec $(RUN)

# What the build says goes to standard error, so that standard output is the serial line alone.
run-log: ## the same without a terminal, for SECONDS= at most; prints the serial line
	@$(PYTHON) -B $(VARIABLES) 'SECONDS=$(RUN_SECONDS)'
	@$(MAKE) bundle >&2
	@exec $(RUN) --log $(RUN_SECONDS)

# The tool finds out itself which files the description names, so it is always asked.
bundle: variables all ## compile and check SYSTEM into the boot bundle
	@mkdir -p $(dir $(BUNDLE))
	@$(PYTHON) $(CONFIG_TOOL) bundle $(SYSTEM) --servers $(BUILD)/servers -o $(BUNDLE) \
		--memory $(MEMORY) --harts $(HARTS) --h $(H) $(SHARING)

# Words of CMD: a command of the console's prompt, --json before it for data.
.PHONY: ctl
ctl: ## command the machine that runs here: CMD="list" (CMD="--json stats"), a prompt without CMD; MACHINE= of several
	@exec $(PYTHON) -B platform/qemu/ctl.py --sockets $(BUILD)/ctl $(if $(MACHINE),--machine $(MACHINE)) $(CMD)

config-check: variables ## explain each mistake in the description SYSTEM=
	@$(PYTHON) $(CONFIG_TOOL) check $(SYSTEM) --memory $(MEMORY) --harts $(HARTS) --h $(H) $(SHARING)
