/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* For assembly: stores (op sd) or loads (op ld) what a function keeps for its caller, and gp and tp, in 15 words at sp. */
#pragma once

	.macro frame op
	\op x1, 0(sp)
	\op x3, 8(sp)
	\op x4, 16(sp)
	\op x8, 24(sp)
	\op x9, 32(sp)
	.irp n, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op x\n, (\n-13)*8(sp)
	.endr
	.endm
