/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The calls of the miniature kernel. */
#ifndef SEPTUM_ABI_H
#define SEPTUM_ABI_H

enum septum_call {
	SEPTUM_GIVE = 0,   /* frame */
	SEPTUM_UNMARK = 1, /* frame */
};

#endif
