# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors

include src/servers/lib/server.mk
$(eval $(call server_program,block,$(sort $(wildcard src/servers/block/*.c src/servers/drivers/*.c)) \
	$(addprefix src/servers/lib/,device_link.c device_server.c),-Isrc/servers))
