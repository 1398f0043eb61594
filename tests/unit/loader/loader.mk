# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The loader's own C on the build host, its memory acted by board.c, under ASan and UBSan.

LOADER_UNIT := $(BUILD)/tests/unit/loader
LOADER_SUITES := $(patsubst tests/unit/loader/%_test.c,%,$(sort $(wildcard tests/unit/loader/*_test.c)))
LOADER_TREES := $(patsubst tests/unit/loader/%.dts,$(LOADER_UNIT)/trees/%.dtb,$(sort $(wildcard tests/unit/loader/*.dts)))
LOADER_HOST_FLAGS := $(HOST_CFLAGS) $(SANITIZE) -isystem $(LIBFDT) -Isrc/loader -Itests/unit/loader \
                     -DTREES='"$(LOADER_UNIT)/trees"'
LOADER_HOST_C := $(filter-out src/loader/main.c src/loader/sbi.c,$(sort $(wildcard src/loader/*.c))) src/servers/lib/crc32.c \
                 tests/unit/loader/board.c tests/unit/loader/board_iommu.c
LOADER_HOST_O := $(patsubst %.c,$(LOADER_UNIT)/%.o,$(LOADER_HOST_C)) \
                 $(patsubst %,$(LOADER_UNIT)/libfdt/%.o,fdt fdt_ro fdt_rw fdt_wip fdt_check fdt_addresses)

CHECK_TARGETS += check-loader
.PHONY: check-loader
check-loader: $(LOADER_SUITES:%=$(LOADER_UNIT)/%) $(LOADER_TREES) ## test the loader's C on the build host
	@failed=0; for suite in $(LOADER_SUITES:%=$(LOADER_UNIT)/%); do CMOCKA_MESSAGE_OUTPUT=stdout $$suite || failed=1; done; \
		exit $$failed

$(LOADER_UNIT)/trees/%.dtb: tests/unit/loader/%.dts tests/unit/loader/virt.dtsi tests/unit/loader/pci.dtsi
	@mkdir -p $(@D)
	@dtc -q -I dts -O dtb -i tests/unit/loader -o $@ $<
$(LOADER_UNIT)/%.o: %.c $(LIBFDT)/libfdt.h
	@mkdir -p $(@D)
	@$(HOST_CC) $(LOADER_HOST_FLAGS) -MMD -MP -c $< -o $@
$(LOADER_UNIT)/libfdt/%.o: $(LIBFDT)/%.c
	@mkdir -p $(@D)
	@$(HOST_CC) -g -O1 -w $(SANITIZE) -isystem $(LIBFDT) -c $< -o $@
$(LOADER_SUITES:%=$(LOADER_UNIT)/%): $(LOADER_UNIT)/%: $(LOADER_UNIT)/tests/unit/loader/%_test.o $(LOADER_HOST_O)
	$(call say,TEST) $@
	@$(HOST_CC) $(SANITIZE) $^ -lcmocka -o $@
-include $(shell find $(LOADER_UNIT) -name '*.d' 2>/dev/null)
