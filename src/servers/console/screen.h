/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * One terminal for many guests: whose text stands where. Pure: what is to be shown goes to display_put(), which the
 * server gives (the UART) or a test (a buffer).
 *
 * The guest in focus is shown as it writes, so that prompts and editing work; the others line by line. Each line
 * begins with its guest's name. An unfinished line of the focus that another's line displaces is drawn again below.
 */
#pragma once

#include <septum/proto.h>

#include <stdbool.h>
#include <stddef.h>

#define LINE_BYTES   1024u
#define BACK_BYTES   32768u
#define BACK_LINES   200u
#define ESCAPE_BYTES 32u
#define VOICES       (BUNDLE_GUESTS + 2)
#define VOICE_SYSTEM BUNDLE_GUESTS       /* the manager's and the console's own messages */
#define VOICE_PROMPT (BUNDLE_GUESTS + 1) /* the line that is being typed for the console itself */
#define NO_VOICE     VOICES

/* One guest's output. */
struct voice {
    char name[BUNDLE_NAME_BYTES];
    uint32_t raw_bytes;   /* of the unfinished line, with its escape sequences */
    uint32_t shown;       /* how many of them have been on the display */
    uint32_t plain_bytes; /* of the same line without escape sequences: what is kept */
    uint32_t escape_bytes;
    uint32_t back_head;  /* bytes ever kept, modulo 2^32 */
    bool return_pending; /* a carriage return came: a newline may follow */
    bool styled;         /* colours or the like are on */
    bool message;        /* the monitor's own words: between \x01 and \x02 */
    uint64_t touched;    /* when the last byte came */
    uint8_t escape[ESCAPE_BYTES];
    uint8_t raw[LINE_BYTES];
    uint8_t plain[LINE_BYTES];
    uint8_t back[BACK_BYTES];
};

struct screen {
    uint32_t focus;  /* voice that has the keyboard */
    uint32_t holder; /* whose unfinished line stands in the last row, or NO_VOICE */
    struct voice voice[VOICES];
};

/* Given by who uses this. */
void display_put(const void *text, size_t bytes);

/* s is all zero, as static memory is: the scroll-backs are large. */
void screen_start(struct screen *s);
void screen_name(struct screen *s, uint32_t v, const char *name);

/* Output of voice v. */
void screen_take(struct screen *s, uint32_t v, const uint8_t *text, size_t bytes, uint64_t now);

/*
 * Unfinished lines that have rested for a while are shown: of the focus, if it is not in the last row already, after
 * a sixteenth of `quiet` ticks; of the others after `quiet`, once. Returns when to ask again.
 */
uint64_t screen_quiet(struct screen *s, uint64_t now, uint64_t quiet);

/* The guest is off: what it left unfinished is ended. */
void screen_finish(struct screen *s, uint32_t v);

void screen_focus(struct screen *s, uint32_t v);

/*
 * The line that is being typed for the console: the text, with the cursor before its byte `at`. The prompt has the focus
 * then. screen_prompt_end: the line is as it is to stay, a new row begins.
 */
void screen_prompt(struct screen *s, const char *text, uint32_t at, uint64_t now);
void screen_prompt_end(struct screen *s);

/* A line of the system's own. */
__attribute__((format(printf, 2, 3))) void screen_say(struct screen *s, const char *format, ...);

/* Shows the last lines of voice v again. */
void screen_back(struct screen *s, uint32_t v);

/* Where they begin, as a count of bytes of `back`. */
uint32_t screen_back_begin(const struct voice *v);
