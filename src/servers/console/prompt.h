/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console's own prompt: a line is typed on the screen, completed, explained, and at last a command. Pure. */
#pragma once

#include "command.h"
#include "line.h"
#include "screen.h"

struct prompt {
    bool open;
    struct line line;
};

enum prompt_event {
    PROMPT_STAYS,
    PROMPT_COMMAND, /* there is one to be done; prompt_show() goes on */
    PROMPT_LEAVES,  /* who types wants no more of it; prompt_close() */
};

/* The prompt takes the focus, or leaves it to voice v. */
void prompt_open(struct prompt *p, struct screen *s, uint64_t now);
void prompt_close(struct prompt *p, struct screen *s, uint32_t v);

void prompt_show(const struct prompt *p, struct screen *s, uint64_t now);

/* A byte was typed. Help and mistakes are served here. */
enum prompt_event prompt_key(struct prompt *p, struct screen *s, const struct command_names *names, uint8_t byte, uint64_t now,
                             struct command *command);
