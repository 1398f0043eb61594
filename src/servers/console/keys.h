/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the keyboard means: text for the guest in focus, or, after Ctrl-], a command to the console. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KEY_PREFIX 0x1du /* Ctrl-] */

enum key_kind {
    KEY_NONE,
    KEY_SEND,  /* byte, to the guest in focus */
    KEY_FOCUS, /* number: the guest's, from 0 */
    KEY_NEXT,
    KEY_PREVIOUS,
    KEY_LIST,
    KEY_HELP,
    KEY_BACK,
    KEY_QUIT,
    KEY_START,
    KEY_STOP,
    KEY_RESET,
    KEY_PROMPT,
    KEY_UNKNOWN, /* byte */
};

struct key {
    enum key_kind kind;
    uint8_t byte;
    uint32_t number;
};

/* *prefixed: the last byte was Ctrl-]; false at first. */
struct key key_take(bool *prefixed, uint8_t byte);
