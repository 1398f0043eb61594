# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
#
# How servers are built. A server's build.mk says
#     $(eval $(call server_program,NAME,SOURCES,EXTRA_CFLAGS,EXTRA_OBJECTS))
# and gets build/servers/NAME.elf (stripped, for the bundle) and build/servers/NAME/NAME.elf (with symbols, for gdb).

SERVER_CC ?= riscv64-unknown-elf-gcc
SERVER_STRIP ?= riscv64-unknown-elf-strip
SERVER_WARNINGS := -Wall -Wextra -Werror -Wconversion -Wshadow -Wswitch-enum -Wvla -Wcast-qual \
	-Wmissing-prototypes -Wundef
SERVER_CFLAGS ?= -std=c11 -O2 -g $(SERVER_WARNINGS)
# What makes code a server; not for the top Makefile to change: no F, D or V (the kernel keeps none of it for servers).
SERVER_TARGET := --specs=picolibc.specs -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -fno-pic \
	-fno-common -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
# The linker finds picolibc's library for this by the plain name only.
SERVER_LINK := --specs=picolibc.specs -march=rv64imac -mabi=lp64 -mcmodel=medany -nostartfiles -static \
	-Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings
SERVER_INCLUDES := -Iinclude -Isrc/servers
SERVER_LIB := src/servers/lib/crt0.S src/servers/lib/server.c src/servers/lib/text.c
SERVER_ELFS :=

# $(1) server name, $(2) source, $(3) extra flags
define server_object
build/servers/$(1)/$(2).o: $(2)
	@mkdir -p $$(@D)
	$$(SERVER_CC) $$(SERVER_CFLAGS) $$(SERVER_TARGET) $$(SERVER_INCLUDES) $(3) -MMD -MP -c $$< -o $$@
-include build/servers/$(1)/$(2).d
endef

# $(1) server name, $(2) sources, $(3) extra flags, $(4) extra objects
define server_program
SERVER_ELFS += build/servers/$(1).elf
$$(foreach s,$$(SERVER_LIB) $(2),$$(eval $$(call server_object,$(1),$$(s),$(3))))
build/servers/$(1)/$(1).elf: $$(patsubst %,build/servers/$(1)/%.o,$$(SERVER_LIB) $(2)) $(4) src/servers/lib/server.ld
	$$(SERVER_CC) $$(SERVER_LINK) -T src/servers/lib/server.ld $$(filter %.o,$$^) -o $$@
build/servers/$(1).elf: build/servers/$(1)/$(1).elf
	$$(SERVER_STRIP) --strip-all $$< -o $$@
endef
