/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* T1: every frame's record, and every entry of every table. Predicates of spec/model/memory.acsl. */
#include "audit.h"
#include "books.h"

/* An entry, with the record of the table it stands in and of the slot that owns it. */
struct spot {
    uint64_t t;
    uint64_t i;
    struct frame_record table;
    struct slot_record slot;
    uint64_t e;
};

static void spot_read(struct spot *s)
{
    s->table = book_table(s->t);
    s->slot = book_slot(slot_of(s->table.owner));
    s->e = is_table(s->table.kind) || s->table.kind == FRAME_PAD ? book_entry(s->t, s->i) : 0;
}

static bool spot_same(const struct spot *a, const struct spot *b)
{
    return a->table.kind == b->table.kind && a->table.owner == b->table.owner && a->slot.kind == b->slot.kind &&
           a->slot.name == b->slot.name && a->e == b->e;
}

/* Something has changed since the entry was read. Is it the same still, so that the rest of its pages can go on? */
static bool spot_stands(const struct spot *s)
{
    for (uint32_t tries = 0; tries < BOOKS_TRIES; tries++) {
        struct spot now = *s;

        piece_begin();
        spot_read(&now);
        sums.again++;
        if (piece_is_whole())
            return spot_same(&now, s);
    }
    return false;
}

static bool maps_window(const struct spot *s)
{
    for (uint64_t w = 0; w < WINDOWS; w++) {
        const struct window_record window = book_window(w);

        if (window.page == page(s->e) && window.owner == s->table.owner && window.at == place(s->t, s->i))
            return true;
    }
    return false;
}

/* LeafRange: INV-3 */
static bool leaf_range(const struct spot *s)
{
    const uint64_t first = frame(s->e, books_base);
    const uint64_t n = span(s->table.kind);

    if (s->table.kind == FRAME_TABLE2)
        return false;
    return (first < books_count && n <= books_count - first && first % n == 0) ||
           (s->table.kind == FRAME_TABLE0 && maps_window(s));
}

/* One page under the leaf. If it is not to be had at one moment with the entry, the piece is left torn. */
static bool page_place(const struct spot *s, uint64_t p)
{
    for (uint32_t tries = 0; tries < BOOKS_TRIES; tries++) {
        const struct frame_record f = book_frame(p);

        if (piece_is_whole())
            return maps(&f, place(s->t, s->i), s->table.owner);
        if (!spot_stands(s))
            break;
    }
    piece_tear();
    return false;
}

/* LeafPlace: INV-4, of each page under the leaf. */
static bool leaf_place(const struct spot *s)
{
    for (uint64_t k = 0; k < span(s->table.kind); k++) {
        const uint64_t p = frame(s->e, books_base) + k;

        if (p < books_count && !page_place(s, p))
            return false;
    }
    return true;
}

/* PointerPlace: INV-6 */
static bool pointer_place(const struct spot *s)
{
    const uint64_t c = frame(s->e, books_base);
    struct frame_record child;

    if (s->table.kind == FRAME_TABLE0 || c >= books_count)
        return false;
    child = book_frame(c);
    return is_child(&child, &s->table, place(s->t, s->i));
}

/* KernelHalf: INV-7 */
static bool kernel_half(const struct spot *s)
{
    return s->e == (s->slot.kind == SEPTUM_SERVER ? book_kernel(s->i) : 0);
}

static uint64_t leaf_judge(const struct spot *s)
{
    const uint64_t broken = (leaf_range(s) ? 0 : BROKEN(3)) | (user_leaf(s->e) ? 0 : BROKEN(5));

    return piece_is_whole() ? broken | (leaf_place(s) ? 0 : BROKEN(4)) : 0;
}

static uint64_t spot_judge(const struct spot *s)
{
    if (s->table.kind == FRAME_PAD)
        return s->e == 0 ? 0 : BROKEN(9);
    if (!is_table(s->table.kind) || !is_live(&s->slot, s->table.owner))
        return 0;
    if (s->i >= entries(s->table.kind))
        return kernel_half(s) ? 0 : BROKEN(7);
    if (is_leaf(s->e))
        return leaf_judge(s);
    return !is_pointer(s->e) || pointer_place(s) ? 0 : BROKEN(6);
}

static void spot_check(uint64_t t, uint64_t i)
{
    for (uint32_t tries = 0; tries < BOOKS_TRIES; tries++) {
        struct spot s = {.t = t, .i = i};
        uint64_t broken;

        piece_begin();
        spot_read(&s);
        broken = spot_judge(&s);
        if (piece_is_whole()) {
            report(broken, s.table.owner, t, i, s.e);
            sums.leaves += is_table(s.table.kind) && i < entries(s.table.kind) && is_leaf(s.e);
            return;
        }
        sums.again++;
    }
    sums.given_up++;
}

/* RootShape: INV-8 */
static bool root_shape(uint64_t t, const struct frame_record *f)
{
    if (t % 4 != 0 || t + 3 >= books_count)
        return false;
    for (uint64_t j = t + 1; j < t + 4; j++) {
        const struct frame_record pad = book_frame(j);

        if (pad.kind != FRAME_PAD || pad.owner != f->owner)
            return false;
    }
    return true;
}

/* TwoSides, Past, RootShape: INV-10, INV-12, INV-8 */
static uint64_t frame_judge(uint64_t p, const struct frame_record *f)
{
    const struct slot_record owner = book_slot(slot_of(f->owner));
    uint64_t broken = two_sides(f) ? 0 : BROKEN(10);

    if (f->owner > owner.name || f->borrower > book_slot(slot_of(f->borrower)).name)
        broken |= BROKEN(12);
    if (f->kind == FRAME_TABLE2 && is_live(&owner, f->owner) && owner.kind == SEPTUM_GUEST && !root_shape(p, f))
        broken |= BROKEN(8);
    return broken;
}

/* The frame's record is good, or reported. Its kind, or none if it never stands still. */
static uint64_t frame_check(uint64_t p)
{
    for (uint32_t tries = 0; tries < BOOKS_TRIES; tries++) {
        struct frame_record f;
        uint64_t broken;

        piece_begin();
        f = book_frame(p);
        broken = frame_judge(p, &f);
        if (piece_is_whole()) {
            report(broken, f.owner, p, FRAME_WORDS, f.kind);
            return f.kind;
        }
        sums.again++;
    }
    sums.given_up++;
    return FRAME_NONE;
}

void audit_frames(void)
{
    for (uint64_t p = 0; p < books_count; p++) {
        const uint64_t kind = frame_check(p);

        sums.frames++;
        sums.tables += is_table(kind);
        for (uint64_t i = 0; i < FRAME_WORDS && (is_table(kind) || kind == FRAME_PAD); i++)
            spot_check(p, i);
    }
}
