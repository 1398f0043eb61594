/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A line that is being typed, with the keys people expect and the lines typed before. Pure: it shows nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LINE_MOST    66u /* with its prompt it fits into a row */
#define LINE_HISTORY 16u

struct line {
    char text[LINE_MOST + 1];
    uint32_t bytes;
    uint32_t at;         /* where the cursor stands */
    uint32_t escape;     /* bytes of a key's escape sequence so far */
    uint8_t parameter;   /* of it: the digit, or 0 */
    bool returned;       /* a carriage return came: a newline that follows belongs to it */
    uint32_t kept;       /* lines ever entered */
    uint32_t back;       /* how many lines back is shown; 0: the new one */
    char fresh[LINE_MOST + 1]; /* the new one, meanwhile */
    char history[LINE_HISTORY][LINE_MOST + 1];
};

enum line_event {
    LINE_SAME,
    LINE_CHANGED,
    LINE_BELL,     /* that cannot be */
    LINE_ENTER,    /* text is complete: line_next() begins the next */
    LINE_COMPLETE, /* the word before the cursor is to be completed */
    LINE_LEAVE,    /* an empty line was ended: nothing more is to come */
};

enum line_event line_key(struct line *l, uint8_t byte);

/* Text at the cursor, as if it were typed; what does not fit is left out. */
void line_insert(struct line *l, const char *text);

/* An empty line; the one before goes to the history if it says something new. */
void line_next(struct line *l);
