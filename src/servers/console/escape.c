/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "escape.h"

#include <string.h>

static bool is_one_of(uint8_t byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

bool escape_is_string(uint8_t second)
{
    return is_one_of(second, "]PX^_");
}

/* Of the modes of h and l those that change what is shown: no mouse, no focus reports, no keyboard lock. */
static bool mode_passes(uint32_t mode, bool is_private)
{
    /* 1 and 2004 change how keys and pastes are sent, which a person does. */
    static const uint32_t passes[] = {1, 5, 6, 7, 12, 25, 47, 1047, 1048, 1049, 2004, 2026};

    if (!is_private)
        return mode == 4;
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        if (passes[i] == mode)
            return true;
    }
    return false;
}

/* All of a list of decimal numbers with semicolons between. */
static bool modes_pass(const uint8_t *at, const uint8_t *end, bool is_private)
{
    uint32_t mode = 0;

    for (; at < end; at++) {
        if (*at == ';') {
            if (!mode_passes(mode, is_private))
                return false;
            mode = 0;
        } else if (*at < '0' || *at > '9' || mode > 9999) {
            return false;
        } else {
            mode = mode * 10 + (uint32_t)(*at - '0');
        }
    }
    return mode_passes(mode, is_private);
}

static bool parameters_are_plain(const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at++) {
        if (!is_one_of(*at, "0123456789;:"))
            return false;
    }
    return true;
}

bool escape_passes(const uint8_t *sequence, size_t bytes)
{
    const uint8_t *last = sequence + bytes - 1;
    const uint8_t *at = sequence + 2;
    bool is_private;

    if (bytes < 2)
        return false;
    if (sequence[1] != '[')
        return bytes == 2 ? is_one_of(sequence[1], "78DEMHc=>") : is_one_of(sequence[1], "()*+");
    if (bytes < 3)
        return false;
    is_private = *at == '?';
    at += is_private ? 1 : 0;
    if (*last == 'h' || *last == 'l')
        return modes_pass(at, last, is_private);
    return parameters_are_plain(at, last) && is_one_of(*last, is_private ? "JK" : "@ABCDEFGHIJKLMPSXZ`adefgmrsu");
}
