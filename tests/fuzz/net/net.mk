# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# libFuzzer on the switch's rings: a fixed seed in `make check`, longer by `make fuzz-net`.

FUZZ_NET := $(BUILD)/tests/fuzz/net
FUZZ_NET_PARTS := tests/fuzz/net/fuzz.c $(addprefix src/servers/net/,packet.c ring.c switch.c wait.c)
FUZZ_NET_RUNS ?= 20000
FUZZ_NET_SECONDS ?= 300

$(FUZZ_NET)/fuzz: $(FUZZ_NET_PARTS) $(wildcard src/servers/net/*.h include/septum/*.h) tests/fuzz/input.h
	$(call say,FUZZER) $@
	@mkdir -p $(@D)
	@$(CLANG) $(HOST_CFLAGS) $(SANITIZE) -fsanitize=fuzzer -Isrc/servers -Itests/fuzz $(filter %.c,$^) -o $@

CHECK_TARGETS += check-fuzz-net
FUZZ_TARGETS += fuzz-net
.PHONY: check-fuzz-net fuzz-net
check-fuzz-net: $(FUZZ_NET)/fuzz
	@$(call fuzz_check,net,-runs=$(FUZZ_NET_RUNS) -max_len=512 -timeout=20)

fuzz-net: $(FUZZ_NET)/fuzz ## fuzz the switch for FUZZ_NET_SECONDS=
	@$(call fuzz_long,$(FUZZ_NET_SECONDS),-max_len=2048 -timeout=20)
