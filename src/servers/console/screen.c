/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "screen.h"

#include <lib/text.h>

#include <string.h>

#include "escape.h"

#define ESC           0x1bu
#define MESSAGE_BEGIN 0x01u
#define MESSAGE_END   0x02u
#define FOCUS_SHARE   16u /* the focus waits a sixteenth of what others wait */
#define ROW_SHORT     72u /* an unfinished line of this length surely fits into one row */

static void put_text(const char *text)
{
    display_put(text, strlen(text));
}

static void put_prefix(const struct screen *s, uint32_t v)
{
    static const uint8_t colour[] = {36, 33, 32, 35, 34, 31};
    char prefix[BUNDLE_NAME_BYTES + 24];
    unsigned code = v >= VOICE_SYSTEM ? 1 : colour[v % sizeof colour];

    text_format(prefix, sizeof prefix, "\x1b[%um[%.31s] \x1b[0m", code, s->voice[v].name);
    put_text(prefix);
}

/*
 * Leaves the unfinished line in the last row. `redraw`: it is drawn again later, so its row can be used: a newline
 * for those who read a log, then up again and the row is cleared.
 */
static void row_leave(struct screen *s, bool redraw)
{
    const struct voice *v;

    if (s->holder == NO_VOICE)
        return;
    v = &s->voice[s->holder];
    if (v->styled)
        put_text("\x1b[0m");
    put_text(redraw && v->plain_bytes < ROW_SHORT ? "\r\n\x1b[A\x1b[2K" : "\r\n");
    s->holder = NO_VOICE;
}

/* The voice's unfinished line is in the last row, all of it. */
static void row_show(struct screen *s, uint32_t n)
{
    struct voice *v = &s->voice[n];

    if (s->holder != n) {
        row_leave(s, s->holder == s->focus);
        put_prefix(s, n);
        s->holder = n;
        v->shown = 0;
    }
    display_put(v->raw + v->shown, v->raw_bytes - v->shown);
    v->shown = v->raw_bytes;
}

static void back_add(struct voice *v, uint8_t byte)
{
    v->back[v->back_head++ % BACK_BYTES] = byte;
}

static void line_keep(struct voice *v)
{
    for (uint32_t i = 0; i < v->plain_bytes; i++)
        back_add(v, v->plain[i]);
    back_add(v, '\n');
    v->plain_bytes = 0;
}

static void line_end(struct screen *s, uint32_t n)
{
    struct voice *v = &s->voice[n];

    /* What has already been shown as a line of its own is not shown once more. */
    if (s->holder == n || v->raw_bytes == 0 || v->raw_bytes > v->shown) {
        row_show(s, n);
        row_leave(s, false);
    }
    line_keep(v);
    v->raw_bytes = 0;
    v->shown = 0;
    v->styled = false;
}

static void raw_add(struct screen *s, uint32_t n, const uint8_t *bytes, uint32_t count)
{
    struct voice *v = &s->voice[n];

    if (count > LINE_BYTES - v->raw_bytes)
        line_end(s, n);
    memcpy(v->raw + v->raw_bytes, bytes, count);
    v->raw_bytes += count;
}

static bool style_resets(const struct voice *v)
{
    return v->escape_bytes == 3 || (v->escape_bytes == 4 && v->escape[2] == '0');
}

/*
 * A whole escape sequence: styles are part of the line; anything else is for the display of the focus alone, and only
 * what the terminal does not answer.
 */
static void escape_end(struct screen *s, uint32_t n)
{
    struct voice *v = &s->voice[n];
    uint8_t final = v->escape[v->escape_bytes - 1];

    if (!escape_passes(v->escape, v->escape_bytes)) {
        v->escape_bytes = 0;
        return;
    }
    if (v->escape[1] == '[' && final == 'm') {
        v->styled = !style_resets(v);
        raw_add(s, n, v->escape, v->escape_bytes);
    } else if (n == s->focus) {
        row_show(s, n);
        display_put(v->escape, v->escape_bytes);
    }
    v->escape_bytes = 0;
}

static bool escape_is_whole(const struct voice *v)
{
    uint8_t last = v->escape[v->escape_bytes - 1];

    if (v->escape[1] == '[')
        return v->escape_bytes > 2 && last >= 0x40 && last <= 0x7e;
    if (escape_is_string(v->escape[1])) /* a title or the like: ends with a bell, or with ESC and a backslash */
        return last == 0x07 || (last == '\\' && v->escape_bytes > 2);
    if (v->escape[1] >= 0x20 && v->escape[1] <= 0x2f)
        return v->escape_bytes == 3;
    return true;
}

/* Is the byte part of the escape sequence that has begun? One that breaks off is dropped; what follows it is text. */
static bool escape_take(struct screen *s, uint32_t n, uint8_t byte)
{
    struct voice *v = &s->voice[n];
    bool string = v->escape_bytes > 1 && escape_is_string(v->escape[1]);

    if ((byte < 0x20 || byte > 0x7e) && !(string && (byte == 0x07 || byte == ESC || byte > 0x7e))) {
        v->escape_bytes = 0;
        return false;
    }
    v->escape[v->escape_bytes++] = byte;
    if (escape_is_whole(v))
        escape_end(s, n);
    else if (v->escape_bytes == ESCAPE_BYTES)
        v->escape_bytes = 0;
    return true;
}

/* A carriage return without newline: the line is written once more from its beginning. */
static void line_restart(struct screen *s, uint32_t n)
{
    struct voice *v = &s->voice[n];

    v->return_pending = false;
    if (s->holder == n) {
        put_text("\r");
        put_prefix(s, n);
    }
    v->raw_bytes = 0;
    v->shown = 0;
    v->plain_bytes = 0;
}

static void message_mark(struct screen *s, uint32_t n, bool begins)
{
    struct voice *v = &s->voice[n];

    if (v->plain_bytes > 0)
        line_end(s, n);
    v->message = begins;
}

static void text_add(struct screen *s, uint32_t n, uint8_t byte)
{
    static const uint8_t bold[4] = {ESC, '[', '1', 'm'};
    struct voice *v = &s->voice[n];

    /* In UTF-8 these two bytes are a control character, which can begin a sequence as ESC does. */
    if (byte >= 0x80 && byte <= 0x9f && v->raw_bytes > 0 && v->raw[v->raw_bytes - 1] == 0xc2)
        byte = 0xbf;
    if (v->message && v->raw_bytes == 0) {
        raw_add(s, n, bold, sizeof bold);
        v->styled = true;
    }
    raw_add(s, n, &byte, 1);
    if (byte == '\b' && v->plain_bytes > 0)
        v->plain_bytes--;
    else if (byte != '\b' && v->plain_bytes < LINE_BYTES)
        v->plain[v->plain_bytes++] = byte;
}

static void byte_take(struct screen *s, uint32_t n, uint8_t byte)
{
    struct voice *v = &s->voice[n];

    if (v->escape_bytes > 0 && escape_take(s, n, byte))
        return;
    if (byte == '\r') {
        v->return_pending = true;
        return;
    }
    if (byte == '\n')
        v->return_pending = false;
    if (v->return_pending)
        line_restart(s, n);
    if (byte == '\n')
        line_end(s, n);
    else if (byte == ESC)
        v->escape[v->escape_bytes++] = byte;
    else if (byte == MESSAGE_BEGIN || byte == MESSAGE_END)
        message_mark(s, n, byte == MESSAGE_BEGIN);
    else if (byte >= 0x20 ? byte != 0x7f : byte == '\b' || byte == '\t')
        text_add(s, n, byte);
    else if (byte == 0x07 && n == s->focus)
        put_text("\a");
}

void screen_take(struct screen *s, uint32_t v, const uint8_t *text, size_t bytes, uint64_t now)
{
    if (bytes == 0)
        return;
    for (size_t i = 0; i < bytes; i++)
        byte_take(s, v, text[i]);
    s->voice[v].touched = now;
    if (v == s->focus && s->voice[v].raw_bytes > 0 && s->holder == v)
        row_show(s, v);
}

/* How long the voice's unfinished line rests before it is shown; SEPTUM_FOREVER: there is nothing to show. */
static uint64_t row_delay(const struct screen *s, uint32_t n, uint64_t quiet)
{
    const struct voice *v = &s->voice[n];

    if (n == s->focus)
        return v->raw_bytes > 0 && (s->holder != n || v->shown < v->raw_bytes) ? quiet / FOCUS_SHARE : SEPTUM_FOREVER;
    return v->plain_bytes > 0 && v->shown < v->raw_bytes ? quiet : SEPTUM_FOREVER;
}

uint64_t screen_quiet(struct screen *s, uint64_t now, uint64_t quiet)
{
    uint64_t next = SEPTUM_FOREVER;

    for (uint32_t i = 1; i <= VOICES; i++) {
        uint32_t n = (s->focus + i) % VOICES; /* the focus comes last: its line stays in the last row */
        uint64_t delay = row_delay(s, n, quiet);

        if (delay == SEPTUM_FOREVER)
            continue;
        if (now - s->voice[n].touched >= delay) {
            row_show(s, n);
            if (n != s->focus)
                row_leave(s, false);
        } else if (s->voice[n].touched + delay < next) {
            next = s->voice[n].touched + delay;
        }
    }
    return next;
}

void screen_finish(struct screen *s, uint32_t v)
{
    s->voice[v].escape_bytes = 0;
    s->voice[v].message = false;
    if (s->voice[v].raw_bytes > 0)
        line_end(s, v);
    s->voice[v].return_pending = false;
}

void screen_focus(struct screen *s, uint32_t v)
{
    row_leave(s, false);
    s->focus = v;
}

void screen_prompt(struct screen *s, const char *text, uint32_t at, uint64_t now)
{
    struct voice *v = &s->voice[VOICE_PROMPT];
    const uint32_t behind = (uint32_t)strlen(text) - at;
    char row[LINE_BYTES];
    size_t bytes = text_format(row, sizeof row, "> %s", text);

    v->plain_bytes = (uint32_t)bytes;
    memcpy(v->plain, row, bytes);
    if (behind > 0)
        bytes += text_format(row + bytes, sizeof row - bytes, "\x1b[%uD", behind);
    /* What only grew at its end needs no new row. */
    if (s->holder == VOICE_PROMPT && (bytes < v->shown || memcmp(row, v->raw, v->shown) != 0)) {
        put_text("\r\x1b[2K");
        s->holder = NO_VOICE;
    }
    memcpy(v->raw, row, bytes);
    v->raw_bytes = (uint32_t)bytes;
    v->touched = now;
    row_show(s, VOICE_PROMPT);
}

void screen_prompt_end(struct screen *s)
{
    s->voice[VOICE_PROMPT].raw_bytes = 0;
    s->voice[VOICE_PROMPT].plain_bytes = 0;
    if (s->holder == VOICE_PROMPT)
        row_leave(s, false);
}

void screen_say(struct screen *s, const char *format, ...)
{
    char line[256];
    va_list list;

    va_start(list, format);
    text_format_list(line, sizeof line, format, list);
    va_end(list);
    row_leave(s, s->holder == s->focus);
    put_prefix(s, VOICE_SYSTEM);
    put_text(line);
    put_text("\r\n");
}

/* Where the last BACK_LINES lines begin, as a count of bytes. */
uint32_t screen_back_begin(const struct voice *v)
{
    uint32_t held = v->back_head < BACK_BYTES ? v->back_head : BACK_BYTES;
    uint32_t at = v->back_head;
    uint32_t lines = 0;

    while (v->back_head - at < held) {
        if (v->back[(at - 1) % BACK_BYTES] == '\n' && lines++ == BACK_LINES)
            break;
        at--;
    }
    return at;
}

void screen_back(struct screen *s, uint32_t n)
{
    const struct voice *v = &s->voice[n];
    bool fresh = true;

    row_leave(s, false);
    for (uint32_t at = screen_back_begin(v); at != v->back_head; at++) {
        uint8_t byte = v->back[at % BACK_BYTES];

        if (fresh)
            put_prefix(s, n);
        fresh = byte == '\n';
        if (fresh)
            put_text("\r\n");
        else
            display_put(&byte, 1);
    }
}

void screen_name(struct screen *s, uint32_t v, const char *name)
{
    text_format(s->voice[v].name, BUNDLE_NAME_BYTES, "%.31s", name);
}

void screen_start(struct screen *s)
{
    s->holder = NO_VOICE;
    screen_name(s, VOICE_SYSTEM, "septum");
    screen_name(s, VOICE_PROMPT, "septum");
}
