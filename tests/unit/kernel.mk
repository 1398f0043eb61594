# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The kernel's C on the fake hart (src/kernel/host), under ASan and UBSan. COVERAGE=on builds it to be measured; then
# `make coverage` runs the suites and prints the figure for src/kernel/*.c.

KERNEL_SUITES := $(patsubst tests/unit/kernel/%_test.c,%,$(sort $(wildcard tests/unit/kernel/*_test.c)))
KERNEL_UNIT   := $(BUILD)/tests/unit/kernel
KERNEL_COVER  := $(BUILD)/tests/coverage/kernel
KERNEL_HOST_C := $(sort $(wildcard src/kernel/*.c src/kernel/host/*.c)) src/kernel/hart/iommu.c
# Memory stands at fixed, far addresses (host.ld), so it is reached through the global offset table.
# What the compilers have to say of the kernel's C, they say in the kernel's own build.
KERNEL_HOST_FLAGS := $(HOST_CFLAGS) -Wno-conversion -Wno-unused-parameter -fPIC -Isrc/kernel/host -Itests/unit/kernel
KERNEL_HOST_LINK  := -no-pie src/kernel/host/host.ld
KERNEL_HOST_O     := $(KERNEL_HOST_C:.c=.o) tests/unit/kernel/world.o
COVERAGE_LEAST    ?= 90

CHECK_TARGETS += check-kernel coverage
.PHONY: check-kernel coverage
check-kernel: $(KERNEL_SUITES:%=$(KERNEL_UNIT)/%) ## test the kernel's C on a fake hart
	@failed=0; for suite in $^; do CMOCKA_MESSAGE_OUTPUT=stdout $$suite || failed=1; done; exit $$failed

coverage: $(KERNEL_SUITES:%=$(KERNEL_COVER)/%) ## which lines of the kernel's C its tests run
	@find $(KERNEL_COVER) -name '*.gcda' -delete
	@for suite in $^; do $$suite >$$suite.log 2>&1 || { cat $$suite.log; exit 1; }; done
	@gcovr --root . --filter 'src/kernel/[a-z_]*\.c' --txt $(KERNEL_COVER)/report.txt \
		--json-summary $(KERNEL_COVER)/summary.json $(KERNEL_COVER)
	@$(PYTHON) tests/unit/kernel/coverage.py $(KERNEL_COVER)/summary.json $(COVERAGE_LEAST)

$(KERNEL_UNIT)/%.o: %.c
	@mkdir -p $(@D)
	@$(HOST_CC) $(KERNEL_HOST_FLAGS) $(SANITIZE) -MMD -MP -c $< -o $@
$(KERNEL_SUITES:%=$(KERNEL_UNIT)/%): $(KERNEL_UNIT)/%: $(KERNEL_UNIT)/tests/unit/kernel/%_test.o \
		$(KERNEL_HOST_O:%=$(KERNEL_UNIT)/%) src/kernel/host/host.ld
	$(call say,TEST) $@
	@$(HOST_CC) $(SANITIZE) $(KERNEL_HOST_LINK) $(filter %.o,$^) -lcmocka -o $@

$(KERNEL_COVER)/%.o: %.c
	@mkdir -p $(@D)
	@$(HOST_CC) $(KERNEL_HOST_FLAGS) -O0 --coverage -MMD -MP -c $< -o $@
$(KERNEL_SUITES:%=$(KERNEL_COVER)/%): $(KERNEL_COVER)/%: $(KERNEL_COVER)/tests/unit/kernel/%_test.o \
		$(KERNEL_HOST_O:%=$(KERNEL_COVER)/%) src/kernel/host/host.ld
	@$(HOST_CC) --coverage $(KERNEL_HOST_LINK) $(filter %.o,$^) -lcmocka -o $@
# The auditor reads the fake machine by the kernel's own call.
AUDITOR_PARTS := $(addprefix src/servers/auditor/,books.c frames.c records.c shadows.c theory.c)
$(BUILD)/tests/unit/auditor: tests/unit/auditor/auditor_test.c $(AUDITOR_PARTS) $(KERNEL_HOST_O:%=$(KERNEL_UNIT)/%) \
		src/kernel/host/host.ld $(wildcard src/servers/auditor/*.h include/*/*.h tests/unit/kernel/*.h)
	$(call say,TEST) $@
	@$(HOST_CC) -Itests/unit/auditor/fake $(KERNEL_HOST_FLAGS) -Isrc/servers/auditor $(SANITIZE) $(KERNEL_HOST_LINK) \
		$(filter %.c %.o,$^) -lcmocka -o $@

CHECK_TARGETS += check-unit-auditor
.PHONY: check-unit-auditor
check-unit-auditor: $(BUILD)/tests/unit/auditor ## test the auditor on the kernel's C and a fake hart
	@CMOCKA_MESSAGE_OUTPUT=stdout $<
-include $(shell find $(KERNEL_UNIT) $(KERNEL_COVER) -name '*.d' 2>/dev/null)
