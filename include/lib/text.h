/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Text for messages: a small printf without stdio. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most bytes - 1 characters and a NUL; returns how many characters stand there. Knows %s %c %d %u %x %%,
 * with `l` (64 bits), a field width, and the flags `0` and `-`. Precision only for strings (%.Ns, %.*s).
 */
__attribute__((format(printf, 3, 4))) size_t text_format(char *to, size_t bytes, const char *format, ...);
__attribute__((format(printf, 3, 0))) size_t text_format_list(char *to, size_t bytes, const char *format, va_list list);
