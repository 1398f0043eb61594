/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The crash card: all that is known about the end of a guest, for the person who reads the console. */
#pragma once

#include "monitor.h"

#define CARD_BYTES 5120u

/*
 * Writes the card of a hart that left its guest by `exit` (enum septum_exit or a negative enum septum_status), all
 * of its state being on its page; `rule` is what it broke, or NULL. Returns the length, NUL apart.
 */
size_t card_write(struct hart *h, int64_t exit, const char *rule, char *to, size_t bytes);

/* Writes and prints it. */
void card_print(struct hart *h, int64_t exit, const char *rule);
