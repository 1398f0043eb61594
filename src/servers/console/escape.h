/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Which escape sequences of a guest reach the terminal: those that move the cursor, clear, scroll and colour. None that
 * the terminal would answer, or that would make it send something by itself later: by then the keyboard may have gone
 * to another guest. [ECMA-48; xterm's control sequences]
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does what stands behind ESC begin a string, which ends with a bell or with ESC and a backslash? */
bool escape_is_string(uint8_t second);

/* A whole sequence, from its ESC to its last byte. */
bool escape_passes(const uint8_t *sequence, size_t bytes);
