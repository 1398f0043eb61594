/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * T2, its subset part: no shadow leaf exceeds the guest's stage 2 (INV-31). Predicates of spec/model/shadow.acsl.
 *
 * Shadow tables change without a call, by the hart of their vCPU. But a table that is in use stays one of its level until
 * all are given up, which the kernel counts: between two equal counts, what was read is of that table. An entry that was
 * read once is judged against the stage 2 of the same moment, which changes by calls only.
 */
#include "audit.h"
#include "books.h"

/* The levels of a shadow table, as a frame's at_borrower has them. */
enum { LEAVES_4K = 0, LEAVES_2M = 1, LOW_HALF = 2, HIGH_HALF = 3, TOP = 4 };

static bool in_use(const struct shadow_record *s, uint64_t f)
{
    return f >= s->first && f - s->first < s->used;
}

/* Guests: the entries that lead on to what the guest may reach; the others are the kernel's, or zero. */
static bool is_guests(uint64_t level, uint64_t i)
{
    switch (level) {
    case LOW_HALF:
        return i < 256;
    case HIGH_HALF:
        return i >= 256;
    case TOP:
        return i == 0 || i == 511;
    default:
        return true;
    }
}

static uint64_t level_below(uint64_t level, uint64_t i)
{
    if (level == TOP)
        return i == 0 ? LOW_HALF : HIGH_HALF;
    return level == LEAVES_2M ? LEAVES_4K : LEAVES_2M;
}

/* PointerOk; its bit 8 is the kernel's own mark. */
static bool pointer_ok(const struct shadow_record *s, uint64_t level, uint64_t i, uint64_t e)
{
    const uint64_t f = frame(e, books_base);

    if (level == LEAVES_4K || (e % 1024 != 1 && e % 1024 != 257) || e / 1024 != page(e) || !in_use(s, f))
        return false;
    return book_frame(f).at_borrower == level_below(level, i);
}

/* Staged, of frame q under the leaf e. */
static bool is_staged(const struct shadow_record *s, uint64_t e, uint64_t q)
{
    const struct frame_record f = book_frame(q);
    const uint64_t at = place_for(&f, s->guest);
    const uint64_t t = at / FRAME_WORDS;
    struct frame_record table;
    uint64_t stage;

    if (t >= books_count)
        return false;
    table = book_table(t);
    if (at % FRAME_WORDS >= entries(table.kind) || table.owner != s->guest || !book_live(s->guest))
        return false;
    stage = book_entry(t, at % FRAME_WORDS);
    return is_leaf(stage) && q - frame(stage, books_base) < span(table.kind) && within(e, stage);
}

/* LeafOk, and Staged of each frame under it. */
static bool leaf_ok(const struct shadow_record *s, uint64_t level, uint64_t e)
{
    const uint64_t first = frame(e, books_base);

    if (level > LEAVES_2M || !user_leaf(e) || first >= books_count || pages(level) > books_count - first ||
        first % pages(level) != 0)
        return false;
    for (uint64_t k = 0; k < pages(level); k++) {
        if (!is_staged(s, e, first + k) || !piece_is_whole())
            return false;
    }
    return true;
}

/* What does not depend on stage 2. */
static bool entry_ok(const struct shadow_record *s, uint64_t level, uint64_t i, uint64_t e)
{
    if (is_guests(level, i))
        return !is_pointer(e) || pointer_ok(s, level, i, e);
    return e == (level == LOW_HALF ? book_kernel(i) : 0);
}

/* Four entries, as they were while the table was one of its level. */
struct quad {
    struct shadow_record s;
    struct frame_record f;
    uint64_t word[4];
    bool ok[4];
};

/* ShadowArenas, ShadowLevels */
static bool table_ok(const struct quad *q, uint64_t t)
{
    return q->f.kind == FRAME_SHADOW && q->f.owner == q->s.guest && q->f.at_owner == t && q->f.at_borrower <= TOP;
}

/* False: it is not in use any more, or changed meanwhile. */
static bool quad_read(struct quad *q, uint64_t t, uint64_t f, uint64_t index)
{
    struct shadow_record after;

    q->s = book_shadow(t);
    if (q->s.guest == 0 || !in_use(&q->s, f))
        return false;
    q->f = book_frame(f);
    if (table_ok(q, t)) /* the kernel tells words of tables only */
        book_words(f, index, q->word);
    for (uint64_t k = 0; k < 4 && table_ok(q, t); k++)
        q->ok[k] = entry_ok(&q->s, q->f.at_borrower, index * 4 + k, q->word[k]);
    after = book_shadow(t);
    return after.emptied == q->s.emptied && after.guest == q->s.guest && after.first == q->s.first && piece_is_whole();
}

static void leaves_judge(struct quad *q, uint64_t index)
{
    const uint64_t level = q->f.at_borrower;

    for (uint64_t k = 0; k < 4; k++)
        if (is_guests(level, index * 4 + k) && is_leaf(q->word[k]))
            q->ok[k] = leaf_ok(&q->s, level, q->word[k]);
}

static void quad_report(const struct quad *q, uint64_t t, uint64_t f, uint64_t index)
{
    if (!table_ok(q, t)) {
        if (index == 0)
            report(BROKEN(31), q->s.guest, f, FRAME_WORDS, q->f.kind);
        return;
    }
    for (uint64_t k = 0; k < 4; k++) {
        report(q->ok[k] ? 0 : BROKEN(31), q->s.guest, f, index * 4 + k, q->word[k]);
        sums.shadows += is_guests(q->f.at_borrower, index * 4 + k) && is_leaf(q->word[k]);
    }
}

static void quad_check(uint64_t t, uint64_t f, uint64_t index)
{
    for (uint32_t tries = 0; tries < BOOKS_TRIES; tries++) {
        const struct shadow_record now = book_shadow(t);
        struct quad q;

        if (now.guest == 0 || !in_use(&now, f))
            return;
        piece_begin();
        if (quad_read(&q, t, f, index)) {
            if (table_ok(&q, t))
                leaves_judge(&q, index);
            if (piece_is_whole()) {
                quad_report(&q, t, f, index);
                return;
            }
        }
        sums.again++;
    }
    sums.given_up++;
}

void audit_shadows(void)
{
    for (uint64_t t = 0; t < THREADS; t++) {
        struct shadow_record s = book_shadow(t);

        for (uint64_t k = 0; s.guest != 0 && k < s.used && k < books_count; k++) {
            for (uint64_t index = 0; index < FRAME_WORDS / 4; index++)
                quad_check(t, s.first + k, index);
            s = book_shadow(t);
        }
    }
}
