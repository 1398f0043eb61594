# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
#
# How servers are built. A server's build.mk says
#     include src/servers/lib/server.mk
#     $(eval $(call server_program,NAME,SOURCES,EXTRA_CFLAGS,EXTRA_OBJECTS))
# and gets $(BUILD)/servers/NAME.elf (stripped, for the bundle) and $(BUILD)/servers/NAME/NAME.elf (with symbols).

ifndef SERVER_LIB

SERVER_LIB := src/servers/lib/crt0.S $(addprefix src/servers/lib/,crc32.c libc.c memory.c seed.c segment.c server.c text.c)

# gcc finds picolibc's library for this target by the plain name only, so the link names it so.
SERVER_LINK := --specs=picolibc.specs -march=rv64imac $(TARGET_ABI) $(SAME_BITS) -nostartfiles -static -Wl,--gc-sections \
               -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings -T src/servers/lib/server.ld

# $(1) server name, $(2) source, $(3) extra flags
define server_object
$(BUILD)/servers/$(1)/$(2).o: $(2)
	$$(call say,CC) $$<
	@mkdir -p $$(@D)
	@$$(SERVER_CC) $$(SERVER_CFLAGS) -fno-asynchronous-unwind-tables $(3) -MMD -MP -c $$< -o $$@
-include $(BUILD)/servers/$(1)/$(2).d
endef

# $(1) server name, $(2) sources, $(3) extra flags, $(4) extra objects
define server_program
ALL_TARGETS += $(BUILD)/servers/$(1).elf
$$(foreach s,$$(SERVER_LIB) $(2),$$(eval $$(call server_object,$(1),$$(s),$(3))))
$(BUILD)/servers/$(1)/$(1).elf: $$(patsubst %,$(BUILD)/servers/$(1)/%.o,$$(SERVER_LIB) $(2)) $(4) \
		src/servers/lib/server.ld
	$$(call say,LD) $$@
	@$$(SERVER_CC) $$(SERVER_LINK) $$(filter %.o,$$^) -o $$@
$(BUILD)/servers/$(1).elf: $(BUILD)/servers/$(1)/$(1).elf
	@$$(CROSS)strip --strip-all $$< -o $$@
endef

endif
