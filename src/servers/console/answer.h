/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The manager's words, with the marks of what it says for a command. [lib/link.h] */
#pragma once

#include <lib/link.h>

#include <stdbool.h>

enum answer_part { ANSWER_WORDS, ANSWER_TICKET, ANSWER_STATUS };

struct answer {
    enum answer_part part; /* what comes next */
    bool within;           /* what is said is for `ticket` */
    uint32_t ticket;
};

enum answer_event {
    ANSWER_TEXT, /* the byte is text */
    ANSWER_MARK, /* it was part of a mark */
    ANSWER_GOOD, /* all was said for the command of `ticket`, which was done */
    ANSWER_FAILED,
};

enum answer_event answer_take(struct answer *a, uint8_t byte);
