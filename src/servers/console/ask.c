/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "ask.h"

static void ask_begin(struct ask *a, bool begun)
{
    a->begun = begun;
    a->digits = 0;
    a->text[0] = '\0';
}

/* One that is too long is dropped, as is one with a byte that is no text. */
static void ask_digit(struct ask *a, uint32_t digit)
{
    const uint32_t at = a->digits / 3;
    uint8_t byte;

    if (at == ASK_BYTES) {
        ask_begin(a, false);
        return;
    }
    byte = (uint8_t)((a->digits % 3 == 0 ? 0u : (uint8_t)a->text[at]) << 3 | digit);
    a->text[at] = (char)byte;
    a->digits++;
    if (a->digits % 3 == 0 && (byte < 0x20 || byte > 0x7e))
        ask_begin(a, false);
}

enum ask_event ask_take(struct ask *a, uint8_t byte)
{
    bool whole;

    if (byte == ASK_BEGIN) {
        ask_begin(a, true);
        return ASK_TAKEN;
    }
    if (byte < ASK_END || byte == 0xf7u)
        return ASK_KEY;
    if (!a->begun)
        return ASK_TAKEN;
    if (byte != ASK_END) {
        ask_digit(a, byte - ASK_DIGIT);
        return ASK_TAKEN;
    }
    whole = a->digits % 3 == 0;
    a->text[a->digits / 3] = '\0';
    a->begun = false;
    return whole ? ASK_WHOLE : ASK_TAKEN;
}
