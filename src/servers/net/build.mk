# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors

include src/servers/lib/server.mk
$(eval $(call server_program,net,$(sort $(wildcard src/servers/net/*.c)) $(addprefix src/servers/lib/,device_link.c device_server.c)))
