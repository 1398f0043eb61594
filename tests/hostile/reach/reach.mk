# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Servers that somebody else speaks through, and a folder of servers for each boot of tests/boot/reach.py: those of the
# devices with the pci server, those and the auditor without it, so that there are devices, the console, the monitor.

include src/servers/lib/server.mk
REACH_DEVICE  := tests/hostile/reach/device.c $(addprefix src/servers/lib/,device_link.c device_server.c)
REACH_DRIVERS := block net entropy uplink disk
REACH_OTHERS  := pci auditor console monitor
REACH_ALL     := $(REACH_DRIVERS) $(REACH_OTHERS) manager
$(foreach s,$(REACH_DRIVERS),$(eval $(call server_program,reach-$(s),tests/hostile/reach/reach.c $(REACH_DEVICE),-DREACH_AS='"$(s)"')))
$(foreach s,$(REACH_OTHERS),$(eval $(call server_program,reach-$(s),$(addprefix tests/hostile/reach/,reach.c $(s).c))))

# $(1) folder, $(2) the servers in it that are hostile
define reach_folder
ALL_TARGETS += $(BUILD)/tests/hostile/reach-$(1)/manager.elf
$(BUILD)/tests/hostile/reach-$(1)/manager.elf: $(foreach s,$(REACH_ALL),$(BUILD)/servers/$(if $(filter $(s),$(2)),reach-)$(s).elf)
	@mkdir -p $$(@D)
	@$(foreach s,$(REACH_ALL),cp $(BUILD)/servers/$(if $(filter $(s),$(2)),reach-)$(s).elf $$(@D)/$(s).elf &&) true
endef
$(eval $(call reach_folder,devices,block net pci))
$(eval $(call reach_folder,drivers,$(REACH_DRIVERS) auditor))
$(eval $(call reach_folder,console,console))
$(eval $(call reach_folder,monitor,monitor))
