# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The instruction-set suite, on the bare machine and below Septum. ISA="hardware shadow" picks what is compared.

CHECK_TARGETS += test-isa

.PHONY: test-isa
test-isa: all ## the instruction-set suite: bare QEMU and Septum compared row by row
	@$(PYTHON) tests/isa/traces_test.py
	@tests/isa/isa.py --make '$(MAKE)' --build $(BUILD) $(ISA)
