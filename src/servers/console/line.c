/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "line.h"

#include <string.h>

#define CONTROL(letter) ((letter)-0x40)
#define ESC             0x1bu
#define DELETE          0x7fu

static enum line_event line_remove(struct line *l, uint32_t from, uint32_t to)
{
    if (from == to)
        return LINE_BELL;
    memmove(l->text + from, l->text + to, l->bytes - to + 1);
    l->bytes -= to - from;
    l->at = from;
    return LINE_CHANGED;
}

static enum line_event line_move(struct line *l, uint32_t to)
{
    if (to == l->at || to > l->bytes)
        return LINE_BELL;
    l->at = to;
    return LINE_CHANGED;
}

static enum line_event line_type(struct line *l, char byte)
{
    if (l->bytes == LINE_MOST)
        return LINE_BELL;
    memmove(l->text + l->at + 1, l->text + l->at, l->bytes - l->at + 1);
    l->text[l->at++] = byte;
    l->bytes++;
    return LINE_CHANGED;
}

void line_insert(struct line *l, const char *text)
{
    while (*text != '\0')
        (void)line_type(l, *text++);
}

static void line_set(struct line *l, const char *text)
{
    l->bytes = (uint32_t)strlen(text);
    l->at = l->bytes;
    memmove(l->text, text, l->bytes + 1);
}

/* To the line that was entered `back` lines ago. */
static enum line_event line_recall(struct line *l, uint32_t back)
{
    uint32_t held = l->kept < LINE_HISTORY ? l->kept : LINE_HISTORY;

    if (back > held) /* also one before the new line */
        return LINE_BELL;
    if (l->back == 0)
        memcpy(l->fresh, l->text, sizeof l->fresh);
    l->back = back;
    line_set(l, back == 0 ? l->fresh : l->history[(l->kept - back) % LINE_HISTORY]);
    return LINE_CHANGED;
}

void line_next(struct line *l)
{
    const char *last = l->history[(l->kept - 1) % LINE_HISTORY];

    if (l->bytes > 0 && (l->kept == 0 || strcmp(last, l->text) != 0))
        memcpy(l->history[l->kept++ % LINE_HISTORY], l->text, sizeof l->text);
    line_set(l, "");
    l->back = 0;
}

static uint32_t word_begin(const struct line *l)
{
    uint32_t at = l->at;

    while (at > 0 && l->text[at - 1] == ' ')
        at--;
    while (at > 0 && l->text[at - 1] != ' ')
        at--;
    return at;
}

static enum line_event line_control(struct line *l, uint8_t byte)
{
    switch (byte) {
    case CONTROL('A'):
        return line_move(l, 0);
    case CONTROL('B'):
        return line_move(l, l->at - 1);
    case CONTROL('C'):
        return l->bytes == 0 ? LINE_LEAVE : line_remove(l, 0, l->bytes);
    case CONTROL('D'):
        return l->bytes == 0 ? LINE_LEAVE : line_remove(l, l->at, l->at + (l->at < l->bytes));
    case CONTROL('E'):
        return line_move(l, l->bytes);
    case CONTROL('F'):
        return line_move(l, l->at + 1);
    case CONTROL('K'):
        return line_remove(l, l->at, l->bytes);
    case CONTROL('N'):
        return line_recall(l, l->back - 1);
    case CONTROL('P'):
        return line_recall(l, l->back + 1);
    case CONTROL('U'):
        return line_remove(l, 0, l->at);
    case CONTROL('W'):
        return line_remove(l, word_begin(l), l->at);
    case CONTROL('H'):
    case DELETE:
        return line_remove(l, l->at - (l->at > 0), l->at);
    case '\t':
        return LINE_COMPLETE;
    default:
        return LINE_BELL;
    }
}

/* The last byte of a key's sequence, as the control key that does the same. */
static uint8_t key_meant(uint8_t parameter, uint8_t byte)
{
    static const struct {
        uint8_t parameter, byte, meant;
    } key[] = {
        {0, 'A', CONTROL('P')}, {0, 'B', CONTROL('N')},   {0, 'C', CONTROL('F')},   {0, 'D', CONTROL('B')},
        {0, 'H', CONTROL('A')}, {0, 'F', CONTROL('E')},   {'1', '~', CONTROL('A')}, {'7', '~', CONTROL('A')},
        {'4', '~', CONTROL('E')}, {'8', '~', CONTROL('E')}, {'3', '~', CONTROL('D')},
    };

    for (uint32_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        if (key[i].parameter == parameter && key[i].byte == byte)
            return key[i].meant;
    }
    return 0;
}

static enum line_event line_escape(struct line *l, uint8_t byte)
{
    uint8_t meant;

    if (l->escape == 1) {
        l->escape = byte == '[' || byte == 'O' ? 2 : 0;
        l->parameter = 0;
        return l->escape == 0 ? LINE_BELL : LINE_SAME;
    }
    if ((byte >= '0' && byte <= '9') || byte == ';') {
        l->parameter = l->parameter == 0 ? byte : 1; /* of more than one digit: no key of ours */
        return LINE_SAME;
    }
    l->escape = 0;
    meant = key_meant(l->parameter, byte);
    if (meant == 0 || (meant == CONTROL('D') && l->bytes == 0))
        return LINE_BELL;
    return line_control(l, meant);
}

enum line_event line_key(struct line *l, uint8_t byte)
{
    bool returned = l->returned;

    l->returned = byte == '\r';
    if (l->escape > 0)
        return line_escape(l, byte);
    if (byte == '\r' || byte == '\n')
        return byte == '\n' && returned ? LINE_SAME : LINE_ENTER;
    if (byte == ESC) {
        l->escape = 1;
        return LINE_SAME;
    }
    if (byte >= 0x80)
        return LINE_BELL;
    return byte >= 0x20 && byte != DELETE ? line_type(l, (char)byte) : line_control(l, byte);
}
