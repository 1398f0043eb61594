/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Commands of programs on the build host (make ctl), on the line that the keyboard uses as well: ASK_BEGIN, three octal
 * digits for each byte, ASK_END. All are bytes that UTF-8 has not, so no key's byte is among them, and the two can come
 * in any order.
 */
#pragma once

#include "line.h"

#define ASK_BEGIN 0xf5u
#define ASK_END   0xf6u
#define ASK_DIGIT 0xf8u /* .. 0xff */
#define ASK_BYTES (LINE_MOST + 10u) /* a number of at most nine digits, a blank, a command */

struct ask {
    bool begun;
    uint32_t digits;
    char text[ASK_BYTES + 1];
};

enum ask_event {
    ASK_KEY,   /* the byte is none of this */
    ASK_TAKEN, /* more is to come, or it was dropped */
    ASK_WHOLE, /* text is a whole command, NUL-terminated */
};

enum ask_event ask_take(struct ask *a, uint8_t byte);
