/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the operator is told of a client's disk. */
#pragma once

#include <stdarg.h>
#include <stdint.h>

#define COMPLAINT_WHO_BYTES 256u

/* A line: whose disk, and what is wrong. *said counts those of this disk: the last of a few says so, then there are none. */
void complaint_say(uint32_t *said, const char *who, const char *format, va_list list);
