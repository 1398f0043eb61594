/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Answers to programs on the build host: JSON in an operating system command, ESC ] 5380 ; … BEL, which terminals do
 * not show and which no guest can write (screen.c lets none through). All bytes of it are printable ASCII.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Given by who uses this: bytes for the line. */
void reply_put(const void *text, size_t bytes);

/* An object begins, with its number and its status: 0 done, 1 failed, 2 no such command. reply_end ends it. */
void reply_begin(uint32_t number, uint32_t status);
void reply_end(void);

/* As it stands; at most 255 bytes. */
__attribute__((format(printf, 1, 2))) void reply_text(const char *format, ...);

/* A string with its quotes. A byte that is not printable ASCII stands as \u00XX. */
void reply_string(const char *text, size_t bytes);

/* A list of strings: the lines of the text, each ended by a newline. */
void reply_lines(const char *text, size_t bytes);
