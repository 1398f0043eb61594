/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the parts of the console server share that are not pure. */
#pragma once

#include <lib/link.h>

#include "command.h"
#include "prompt.h"
#include "screen.h"

/* main.c */
extern struct screen screen;
extern struct prompt prompt;
extern bool attached[BUNDLE_GUESTS];

struct console_link *link_page(void);
struct console_ring *ring_of(uint32_t guest);
struct command_names names_now(void);
uint64_t milliseconds(uint64_t count);
void focus(uint32_t guest);
bool guest_is_there(uint32_t guest); /* it is no empty room */
uint32_t chosen_guest(void);         /* that has the keyboard, or had it before the prompt */
void screen_hold(bool held);         /* while held, nothing of the screen goes to the line */
void line_put(const void *text, size_t bytes); /* to the line, whatever is held */

/* control.c: commands, typed at the prompt or asked for by a program on the build host. */
void command_do(const struct command *c);
void command_list(void);
void command_back(uint32_t guest);
void request_do(const char *text);                          /* "NUMBER COMMAND" of a program */
void manager_ask(uint32_t op, uint32_t guest, const char *what); /* what: said before, or NULL */
void manager_words(const uint8_t *text, size_t bytes);      /* what came from the manager's log */

/* watch.c: `stats`, once or again and again. */
void stats_want(bool watch, uint32_t number); /* number: of a program's request, 0: of nobody's */
bool stats_watched(void);
void stats_unwatch(void);
uint64_t stats_serve(uint64_t now); /* returns when to come back */
