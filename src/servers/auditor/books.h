/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The kernel's books and tables as they are read, four words a call. Each call tells how many calls have been made that
 * may have changed something: what was read while that number stood still was so at one moment. A *piece* is what is
 * judged at once: it is begun, read, and judged only if nothing changed meanwhile; else it is read again.
 */
#pragma once

#include "theory.h"

#define BOOKS_TRIES 1000u /* that a piece is read at most */

struct device_record {
    uint64_t owner;
    uint64_t tc;
    uint64_t iohgatp;
    bool plain; /* all the rest of its context is 0 */
};
struct window_record {
    uint64_t page;
    uint64_t at;
    uint64_t owner;
};
struct shadow_record {
    uint64_t guest; /* name; 0: the thread has no vCPU in shadow mode */
    uint64_t first;
    uint64_t used;
    uint64_t emptied;
};

void books_begin(uint64_t frames, uint64_t first_page);
extern uint64_t books_count; /* of ram and books */
extern uint64_t books_base;  /* page of frame 0 */

/* A piece begins; it is to be read again. Has nothing changed since it began, so that what was read is all of one moment? */
void piece_begin(void);
void piece_tear(void);
bool piece_is_whole(void);

/* Records. A frame's that the kernel refuses to tell is of nobody, and of kind none. */
struct frame_record book_frame(uint64_t p);
struct slot_record book_slot(uint64_t s);
struct window_record book_window(uint64_t w);
struct device_record book_device(uint64_t n);
struct shadow_record book_shadow(uint64_t t);
bool book_live(uint64_t name);
bool book_has(uint64_t p); /* does the kernel know that frame? */

/* Entry i of a table's frame and of the kernel's root, and the table's own record: not read again as long as nothing has
 * changed. What the kernel refuses to tell makes the piece a torn one. */
uint64_t book_entry(uint64_t p, uint64_t i);
struct frame_record book_table(uint64_t p);
/* Words 4 * index and on of a table that changes without a call: a shadow table. */
void book_words(uint64_t p, uint64_t index, uint64_t word[4]);
uint64_t book_kernel(uint64_t i);
