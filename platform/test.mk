# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Tests of the platform's tools.

CHECK_TARGETS += check-platform
.PHONY: check-platform
check-platform: $(GUEST_KERNEL) $(GUEST_INITRD)
	@$(PYTHON) platform/test/platform_test.py

# The loader, servers and bundle are those that gcc makes.
CHECK_TARGETS += test-clang
CLANG_BUILD   := $(BUILD)/clang-kernel
.PHONY: test-clang
test-clang: all ## the kernel as clang makes it boots a guest
	@$(MAKE) --no-print-directory COMPILER=clang BUILD=$(CLANG_BUILD) LIBFDT=$(LIBFDT) $(CLANG_BUILD)/septum.bin
	@$(MAKE) --no-print-directory bundle SYSTEM=tests/bench/start.dts
	@platform/qemu/run.py --kernel $(CLANG_BUILD)/septum.bin --initrd $(BUILD)/bundles/tests_bench_start.bundle \
		--log 60 >$(CLANG_BUILD)/boot.log 2>&1 || true
	@grep -aq 'every guest is off' $(CLANG_BUILD)/boot.log && grep -aq 'verified' $(CLANG_BUILD)/boot.log && \
		echo 'clang-boot: 1 passed, 0 failed' || \
		{ echo "clang-boot: 0 passed, 1 failed; see $(CLANG_BUILD)/boot.log"; exit 1; }

.PHONY: repro
repro: ## build everything twice, in two places, and compare what is shipped, bit by bit
	@platform/test/repro.sh $(BUILD) $(MAKE)
