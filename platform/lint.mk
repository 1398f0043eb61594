# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The second compiler reads all C of the target.

LINT_TARGETS += lint-clang
.PHONY: lint-clang
lint-clang:
	@CLANG='$(CLANG)' PICOLIBC='$(PICOLIBC)/include' platform/lint/clang.sh $(BUILD)/clang $(KERNEL_CLANG_CFLAGS)
