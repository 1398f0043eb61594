# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Tests of the platform's tools.

CHECK_TARGETS += check-platform
.PHONY: check-platform
check-platform: $(GUEST_KERNEL) $(GUEST_INITRD)
	@$(PYTHON) platform/test/platform_test.py
