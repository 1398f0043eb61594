/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What is not answered in a few instructions: all other exits of a guest. */
#pragma once

#include "monitor.h"
#include "sbi.h"

/* Serves an exit (enum septum_exit, or a negative enum septum_status) with the notification bits that came. */
enum sbi_after exits_serve(struct hart *h, int64_t exit, uint64_t bits);

/* Acts on the bits that came so far; true: all harts are to park. */
bool exits_bits(struct hart *h);
