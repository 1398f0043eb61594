/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "keys.h"

#include <stddef.h>

struct key key_take(bool *prefixed, uint8_t byte)
{
    static const struct {
        uint8_t byte;
        enum key_kind kind;
    } command[] = {
        {'n', KEY_NEXT}, {'p', KEY_PREVIOUS}, {'l', KEY_LIST},        {'h', KEY_HELP},
        {'?', KEY_HELP}, {'b', KEY_BACK},     {'q', KEY_QUIT},        {'s', KEY_START},
        {'k', KEY_STOP}, {'r', KEY_RESET},    {KEY_PREFIX, KEY_SEND}, {'c', KEY_PROMPT}, {':', KEY_PROMPT},
    };
    struct key key = {KEY_SEND, byte, 0};

    if (!*prefixed) {
        *prefixed = byte == KEY_PREFIX;
        if (*prefixed)
            key.kind = KEY_NONE;
        return key;
    }
    *prefixed = false;
    key.kind = KEY_UNKNOWN;
    if (byte >= '1' && byte <= '9') {
        key.kind = KEY_FOCUS;
        key.number = (uint32_t)byte - '1';
    }
    for (size_t i = 0; i < sizeof command / sizeof command[0]; i++) {
        if (command[i].byte == byte)
            key.kind = command[i].kind;
    }
    return key;
}
