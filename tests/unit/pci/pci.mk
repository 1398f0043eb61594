# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The pci server's functions on the build host, over a configuration space of the test's own.

$(BUILD)/tests/unit/pci: tests/unit/pci/pci_test.c src/servers/pci/function.c \
		$(wildcard src/servers/pci/*.h include/septum/*.h)
	$(call say,HOSTCC) $@
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -Isrc/servers $(filter %.c,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-pci
.PHONY: check-unit-pci
check-unit-pci: $(BUILD)/tests/unit/pci
	@$<
