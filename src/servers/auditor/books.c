/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "books.h"

#include <lib/sys.h>
#include <septum/audit.h>

#define SLOTS 64u

uint64_t books_count;
uint64_t books_base;

static uint64_t count; /* of calls, as the last answer told */
static bool torn;      /* it was another one within this piece */

/* What was read last of each slot, of the kernel's root and of one table, and at which count: as long as that stands still,
 * it is so still. */
static struct slot_record slot[SLOTS];
static uint64_t slot_count[SLOTS];
static uint64_t root[FRAME_WORDS];
static bool root_known[FRAME_WORDS / 4];
static uint64_t line[4];
static uint64_t line_frame;
static uint64_t line_index;
static uint64_t line_count;
static struct frame_record table;
static uint64_t table_frame;
static uint64_t table_count;

void books_begin(uint64_t frames, uint64_t first_page)
{
    books_count = frames;
    books_base = first_page;
    for (uint32_t s = 0; s < SLOTS; s++)
        slot_count[s] = UINT64_MAX;
    for (uint32_t i = 0; i < FRAME_WORDS / 4; i++)
        root_known[i] = false;
    line_count = UINT64_MAX;
    table_count = UINT64_MAX;
}

void piece_begin(void)
{
    torn = false;
}

void piece_tear(void)
{
    torn = true;
}

bool piece_is_whole(void)
{
    return !torn;
}

static bool told(uint64_t what, uint64_t number, uint64_t index, uint64_t word[4])
{
    const struct sys_result r = sys_audit_read(AUDITOR_CAP_BOOKS, what, number, index);

    for (uint32_t i = 0; i < 4; i++)
        word[i] = r.status == SEPTUM_OK ? r.value[i] : 0;
    if (r.status == SEPTUM_OK && r.value[4] != count) {
        count = r.value[4];
        torn = true;
    }
    return r.status == SEPTUM_OK;
}

bool book_has(uint64_t p)
{
    uint64_t word[4];

    return told(AUDIT_FRAME, p, 0, word);
}

struct frame_record book_frame(uint64_t p)
{
    uint64_t word[4];

    (void)told(AUDIT_FRAME, p, 0, word);
    return (struct frame_record){word[0], word[1], (uint32_t)(word[2] % AUDIT_HIGH), (uint32_t)(word[2] / AUDIT_HIGH),
                                 word[3]};
}

struct slot_record book_slot(uint64_t s)
{
    uint64_t word[4];

    if (slot_count[s % SLOTS] != count) {
        (void)told(AUDIT_DOMAIN, s, 0, word);
        slot[s % SLOTS] = (struct slot_record){word[0], word[1], word[2]};
        slot_count[s % SLOTS] = count;
    }
    return slot[s % SLOTS];
}

bool book_live(uint64_t name)
{
    const struct slot_record s = book_slot(slot_of(name));

    return is_live(&s, name);
}

struct window_record book_window(uint64_t w)
{
    uint64_t word[4];

    (void)told(AUDIT_WINDOW, w, 0, word);
    return (struct window_record){word[0], word[1], word[2]};
}

struct device_record book_device(uint64_t n)
{
    struct device_record d = {.plain = true};

    for (uint64_t i = 0; i < 6; i++) {
        uint64_t word[4];

        (void)told(AUDIT_DEVICE, n, i, word);
        d.owner = word[0];
        d.tc = word[1];
        d.iohgatp = word[2];
        d.plain = d.plain && word[3] == 0;
    }
    return d;
}

struct shadow_record book_shadow(uint64_t t)
{
    uint64_t word[4];

    (void)told(AUDIT_SHADOW, t, 0, word);
    return (struct shadow_record){word[0], word[1], word[2], word[3]};
}

void book_words(uint64_t p, uint64_t index, uint64_t word[4])
{
    if (!told(AUDIT_TABLE, p, index, word))
        torn = true;
}

uint64_t book_entry(uint64_t p, uint64_t i)
{
    if (line_count != count || line_frame != p || line_index != i / 4) {
        book_words(p, i / 4, line);
        line_frame = p;
        line_index = i / 4;
        line_count = count;
    }
    return line[i % 4];
}

struct frame_record book_table(uint64_t p)
{
    if (table_count != count || table_frame != p) {
        table = book_frame(p);
        table_frame = p;
        table_count = count;
    }
    return table;
}

/* The kernel's root never changes while the machine runs: it is read once an audit. */
uint64_t book_kernel(uint64_t i)
{
    if (!root_known[i / 4])
        root_known[i / 4] = told(AUDIT_KERNEL, 0, i / 4, &root[i / 4 * 4]);
    return root[i % FRAME_WORDS];
}
