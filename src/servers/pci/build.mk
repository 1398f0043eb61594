# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors

include src/servers/lib/server.mk
$(eval $(call server_program,pci,$(sort $(wildcard src/servers/pci/*.c)),-Isrc/servers))
