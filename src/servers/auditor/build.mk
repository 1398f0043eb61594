# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors

include src/servers/lib/server.mk
$(eval $(call server_program,auditor,$(sort $(wildcard src/servers/auditor/*.c))))
