# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Compilers and flags, the same for every part. Read before all other parts.

PYTHON   := /usr/bin/python3
CROSS    ?= riscv64-unknown-elf-
CLANG    ?= clang
HOST_CC  ?= gcc
OBJCOPY  := $(CROSS)objcopy
READELF  := $(CROSS)readelf
SIZE     := $(CROSS)size

WARNINGS := -std=c11 -Wall -Wextra -Werror -Wconversion -Wshadow -Wswitch-enum -Wvla -Wcast-qual \
            -Wmissing-prototypes -Wundef

# Servers run without floating point; so does the kernel. gcc 12 names the CSR and fence.i instructions' extensions
# apart, clang 14 counts them in.
MARCH_GCC   := -march=rv64imac_zicsr_zifencei
MARCH_CLANG := -march=rv64imac
TARGET_ABI  := -mabi=lp64 -mcmodel=medany
# The same bits wherever the tree lies: debug information names files from its top.
SAME_BITS   := -ffile-prefix-map=$(CURDIR)=. -fdebug-prefix-map=$(CURDIR)=.

KERNEL_COMMON := $(WARNINGS) $(TARGET_ABI) $(SAME_BITS) -O2 -g -ffreestanding -fno-common -fno-builtin -fno-pic \
                 -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
                 -Iinclude
KERNEL_CC     := $(CROSS)gcc
KERNEL_CFLAGS := $(KERNEL_COMMON) $(MARCH_GCC)
KERNEL_LDFLAGS := $(MARCH_GCC) $(TARGET_ABI) -nostdlib -static -Wl,--gc-sections -Wl,--build-id=none \
                  -Wl,--no-warn-rwx-segments

# The second compiler: what it says is an error, what it makes is not shipped. COMPILER=clang builds the kernel with it,
# in a BUILD of its own: `make test-clang` boots that.
COMPILER ?= gcc
KERNEL_CLANG_CFLAGS := $(KERNEL_COMMON) $(MARCH_CLANG)

PICOLIBC      := /usr/lib/picolibc/riscv64-unknown-elf
SERVER_CC     := $(CROSS)gcc
SERVER_CFLAGS := --specs=picolibc.specs $(WARNINGS) $(MARCH_GCC) $(TARGET_ABI) $(SAME_BITS) -O2 -g -fno-common -fno-pic \
                 -ffunction-sections -fdata-sections -Iinclude
SANITIZE    := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_CFLAGS := $(WARNINGS) -O1 -g -fno-omit-frame-pointer -Iinclude

LIBFDT := $(BUILD)/src/libfdt

# $(call say,TOOL) FILE: the one line a rule prints; V=1 shows commands in full, too.
ifeq ($(V),1)
.SHELLFLAGS := -xeuo pipefail -c
endif
say = @printf '  %-8s %s\n' '$(1)'

# $(call needs-setup,what): the recipe of files that only `make setup` brings.
needs-setup = @printf 'make: error: %s are missing\n   fix: make setup\n' "$(1)" >&2; exit 1
