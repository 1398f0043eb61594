/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Text to the firmware's console. */
#pragma once

#include <stdint.h>

/* One byte to the console; the target sends it by SBI, a test keeps it. */
void say_byte(char c);

/* '@' in the text stands for a in hexadecimal, '#' for a in decimal, '%' for a in MiB, rounded up; the next such sign for b. */
void say(const char *text, uint64_t a, uint64_t b);
