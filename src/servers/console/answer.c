/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "answer.h"

enum answer_event answer_take(struct answer *a, uint8_t byte)
{
    const enum answer_part part = a->part;

    a->part = ANSWER_WORDS;
    switch (part) {
    case ANSWER_TICKET:
        a->ticket = (uint32_t)(byte - '0') % LINK_TICKETS;
        a->within = true;
        return ANSWER_MARK;
    case ANSWER_STATUS:
        a->within = false;
        return byte == '0' ? ANSWER_GOOD : ANSWER_FAILED;
    case ANSWER_WORDS:
        break;
    }
    if (byte != LINK_SAYS && byte != LINK_SAID)
        return ANSWER_TEXT;
    a->part = byte == LINK_SAYS ? ANSWER_TICKET : ANSWER_STATUS;
    return ANSWER_MARK;
}
