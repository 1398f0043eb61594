# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on a PCI function's configuration space as the pci server reads it: a fixed seed in `make check`, longer by
# `make fuzz-pci`.

FUZZ_PCI := $(BUILD)/tests/fuzz/pci
FUZZ_PCI_RUNS ?= 20000
FUZZ_PCI_SECONDS ?= 60

$(FUZZ_PCI)/fuzz: tests/fuzz/pci/fuzz.c src/servers/pci/function.c $(wildcard src/servers/pci/*.h include/septum/*.h)
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers $(filter %.c,$^) -o $@

CHECK_TARGETS += check-fuzz-pci
FUZZ_TARGETS += fuzz-pci
.PHONY: check-fuzz-pci fuzz-pci
check-fuzz-pci: $(FUZZ_PCI)/fuzz
	@$(call fuzz_check,pci,-runs=$(FUZZ_PCI_RUNS) -max_len=256 -timeout=30)

fuzz-pci: $(FUZZ_PCI)/fuzz ## fuzz the pci server for FUZZ_PCI_SECONDS=
	@$< -max_total_time=$(FUZZ_PCI_SECONDS) -max_len=256
