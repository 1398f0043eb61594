# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
#
# Every part brings its own rules: platform/*.mk, build.mk below src/, *.mk below tests/ and proofs/. A part appends to
#   ALL_TARGETS     files and targets that `make` builds
#   CHECK_TARGETS   targets that `make check` runs; each prints "N passed, N failed" for each of its suites
#   LINT_TARGETS    further checks of the source that `make lint` runs
#   BENCH_TARGETS   what `make bench` runs
#   FUZZ_TARGETS    what `make fuzz` runs
# A text after two hashes on a target's line is its line in `make help`.

SHELL         := /bin/bash
.SHELLFLAGS   := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS     += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := all

BUILD         ?= build
JOBS          ?= $(shell nproc)
export BUILD
export WHY3CONFIG := $(abspath $(BUILD)/setup/why3.conf)

# `make setup GOALS`: the goals are made by a fresh make, because the rules read what setup lays down.
ifneq ($(filter setup,$(MAKECMDGOALS)),)

GOALS := $(filter-out setup,$(MAKECMDGOALS))
.NOTPARALLEL:
.PHONY: setup $(GOALS)
setup:
	@platform/setup/setup.sh
$(GOALS): setup
	@$(MAKE) $@

else

.PHONY: all all-targets setup
setup: ## install what is missing on a Debian 12 machine; a second run needs no network

.PHONY: setup-debian
setup-debian: ## the disk of a whole Debian guest (40 MB to fetch, some minutes), which `make setup` leaves out
	@platform/setup/debian.sh
	@+$(MAKE) -s $(GUEST_KERNEL) $(GUEST_VIRTIO)
	@platform/setup/debian-disk.sh $(GUEST_KERNEL) $(GUEST_VIRTIO)

# Below src/, files other than build.mk define what the build.mk files use.
FOUND := $(sort $(shell find src tests proofs -name '*.mk' 2>/dev/null))
PARTS := $(wildcard platform/*.mk) $(filter-out %/build.mk,$(FOUND)) $(filter %/build.mk,$(FOUND))
include platform/toolchain/toolchain.mk
include $(PARTS)

all: ## build everything: kernel, servers, images
	@+$(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) all-targets

# A rule's targets and prerequisites are expanded as they are read, so the lists' rules stand behind all parts.
.PHONY: bench fuzz
all-targets: $(ALL_TARGETS)
	@:
bench: $(BENCH_TARGETS) ## instructions of each row of the table, beside other hypervisors
fuzz: $(FUZZ_TARGETS) ## the fuzzers of `make check`, for longer

endif
