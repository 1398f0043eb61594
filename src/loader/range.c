/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "range.h"

uint64_t round_down(uint64_t x, uint64_t step)
{
    return x & ~(step - 1);
}

uint64_t round_up(uint64_t x, uint64_t step)
{
    return x > UINT64_MAX - (step - 1) ? round_down(UINT64_MAX, step) : round_down(x + step - 1, step);
}

static void delete_at(struct ranges *s, uint64_t i)
{
    s->count--;
    for (; i < s->count; i++)
        s->r[i] = s->r[i + 1];
}

static void insert_at(struct ranges *s, uint64_t i, struct range r)
{
    for (uint64_t k = s->count; k > i; k--)
        s->r[k] = s->r[k - 1];
    s->r[i] = r;
    s->count++;
}

bool ranges_add(struct ranges *s, uint64_t first, uint64_t end)
{
    if (first >= end)
        return true;
    uint64_t i = 0;
    while (i < s->count && s->r[i].end < first)
        i++;
    if (i == s->count || end < s->r[i].first) {
        if (s->count == RANGES)
            return false;
        insert_at(s, i, (struct range){first, end});
        return true;
    }
    if (first < s->r[i].first)
        s->r[i].first = first;
    if (end > s->r[i].end)
        s->r[i].end = end;
    while (i + 1 < s->count && s->r[i + 1].first <= s->r[i].end) {
        if (s->r[i + 1].end > s->r[i].end)
            s->r[i].end = s->r[i + 1].end;
        delete_at(s, i + 1);
    }
    return true;
}

bool ranges_remove(struct ranges *s, uint64_t first, uint64_t end)
{
    if (first >= end)
        return true;
    uint64_t i = 0;
    while (i < s->count) {
        struct range *r = &s->r[i];
        if (r->end <= first || end <= r->first) {
            i++;
        } else if (first <= r->first && r->end <= end) {
            delete_at(s, i);
        } else if (first <= r->first) {
            r->first = end;
        } else if (r->end <= end) {
            r->end = first;
        } else {
            if (s->count == RANGES)
                return false;
            insert_at(s, i + 1, (struct range){end, r->end});
            s->r[i].end = first;
            return true;
        }
    }
    return true;
}

bool ranges_hold(const struct ranges *s, uint64_t first, uint64_t end)
{
    for (uint64_t i = 0; i < s->count; i++)
        if (s->r[i].first <= first && first < end && end <= s->r[i].end)
            return true;
    return false;
}

bool ranges_touch(const struct ranges *s, uint64_t first, uint64_t end)
{
    for (uint64_t i = 0; i < s->count; i++)
        if (s->r[i].first < end && first < s->r[i].end && first < end)
            return true;
    return false;
}

bool ranges_find(const struct ranges *s, uint64_t bytes, uint64_t align, uint64_t *place)
{
    for (uint64_t i = 0; i < s->count; i++) {
        uint64_t first = round_up(s->r[i].first, align);
        if (first >= s->r[i].first && first < s->r[i].end && bytes <= s->r[i].end - first) {
            *place = first;
            return true;
        }
    }
    return false;
}

uint64_t ranges_total(const struct ranges *s)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < s->count; i++)
        total += s->r[i].end - s->r[i].first;
    return total;
}
