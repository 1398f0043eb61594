/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "state.h"

#include <assert.h>
#include <string.h>

struct model model;
static struct host_walk walk;

static struct model_space *space_of(uint32_t d) { return &model.space[d % NAME_SLOTS]; }

int model_live(uint32_t name)
{
    return name != NOBODY && model.domain[name % NAME_SLOTS].kind != 0 &&
           model.domain[name % NAME_SLOTS].name == name;
}

struct model_view *model_view(uint32_t d, uint64_t p) { return &space_of(d)->view[p]; }

uint64_t model_span(uint64_t level) { return UINT64_C(4096) << 9 * level; }

static uint64_t down(uint64_t va, uint64_t level) { return va / model_span(level) * model_span(level); }

static struct model_table *table_at(uint32_t d, uint64_t va, uint64_t level)
{
    struct model_space *space = space_of(d);

    for (uint32_t k = 0; k < space->tables; k++)
        if (space->table[k].level == level && space->table[k].va == down(va, level + 1))
            return &space->table[k];
    return NULL;
}

static struct model_table *table_of_frame(uint32_t d, uint64_t p)
{
    struct model_space *space = space_of(d);

    for (uint32_t k = 0; k < space->tables; k++)
        if (space->table[k].frame == p)
            return &space->table[k];
    return NULL;
}

int model_covered(uint32_t d, uint64_t va, uint64_t level)
{
    if (level == 2)
        return model.domain[d % NAME_SLOTS].root != NO_ROOT;
    return table_at(d, va, level) != NULL;
}

static int leaf_between(uint32_t d, uint64_t from, uint64_t to, uint64_t level)
{
    for (uint64_t p = 0; p < WORLD_FRAMES; p++) {
        const struct model_view *view = model_view(d, p);

        if (view->level == level && view->va >= from && view->va < to)
            return 1;
    }
    for (uint32_t w = 0; w < WINDOWS; w++) {
        const struct model_window *window_ = &model.window[w];

        if (window_->owner == d && window_->view.level == level && window_->view.va >= from && window_->view.va < to)
            return 1;
    }
    return 0;
}

int model_taken(uint32_t d, uint64_t va, uint64_t level)
{
    uint64_t at = down(va, level);

    if (level > 0 && table_at(d, va, level - 1) != NULL)
        return 1;
    return leaf_between(d, at, at + model_span(level), level);
}

void model_map(uint32_t d, uint64_t va, uint64_t p, uint64_t level, uint64_t rights)
{
    uint64_t n = level == 0 ? 1 : 512;

    for (uint64_t q = p; q < p + n; q++)
        *model_view(d, q) = (struct model_view){va, (uint8_t)level, (uint8_t)rights};
    space_of(d)->views += (uint32_t)n;
}

void model_unmap(uint32_t d, uint64_t p)
{
    struct model_view old = *model_view(d, p);
    uint64_t first = old.level == 0 ? p : p / 512 * 512;
    uint64_t n = old.level == 0 ? 1 : 512;

    for (uint64_t q = first; q < first + n; q++)
        model_view(d, q)->level = UNMAPPED;
    space_of(d)->views -= (uint32_t)n;
}

void model_split(uint32_t d, uint64_t p, uint64_t f)
{
    struct model_view old = *model_view(d, p);
    uint64_t first = p / 512 * 512;

    for (uint64_t k = 0; k < 512; k++)
        *model_view(d, first + k) = (struct model_view){old.va + k * 4096, 0, old.rights};
    model_add_table(d, old.va, 0, f);
}

void model_add_table(uint32_t d, uint64_t va, uint64_t level, uint64_t p)
{
    struct model_space *space = space_of(d);

    assert(space->tables < TABLES);
    space->table[space->tables++] = (struct model_table){down(va, level + 1), p, (uint32_t)level};
    model.frame[p].kind = FRAME_TABLE0 + (uint32_t)level;
}

void model_drop_table(uint32_t d, uint64_t p)
{
    struct model_table *table = table_of_frame(d, p);

    if (table != NULL)
        *table = space_of(d)->table[--space_of(d)->tables];
    model.frame[p].kind = FRAME_DATA;
    model.frame[p].borrower = NOBODY;
}

int model_table_empty(uint32_t d, uint64_t p)
{
    const struct model_table *table = table_of_frame(d, p);

    if (table == NULL)
        return 1;
    if (table->level == 1)
        for (uint64_t k = 0; k < 512; k++)
            if (table_at(d, table->va + k * model_span(1), 0) != NULL)
                return 0;
    return !leaf_between(d, table->va, table->va + model_span(table->level + 1), table->level);
}

static void forget(uint32_t d)
{
    space_of(d)->tables = space_of(d)->views = 0;
    for (uint64_t p = 0; p < WORLD_FRAMES; p++)
        model_view(d, p)->level = UNMAPPED;
}

void model_end(uint32_t d)
{
    model.domain[d % NAME_SLOTS].kind = 0;
    forget(d);
    for (uint32_t w = 0; w < WINDOWS; w++)
        if (model.window[w].owner == d)
            model.window[w].view.level = UNMAPPED;
}

static void sync_space(uint32_t d)
{
    host_walk_root(dom[d % NAME_SLOTS].root, &walk);
    for (uint32_t k = 0; k < walk.count; k++) {
        const struct host_entry *e = &walk.entry[k];
        uint64_t p = (e->entry >> 10) - ram_base_pfn;

        if (e->entry % 16 == 1)
            model_add_table(d, e->va, e->level - 1, p);
        else
            model_map(d, e->va, p, e->level, e->entry >> 1 & 7);
    }
}

void model_sync(void)
{
    memset(&model, 0, sizeof(model));
    memcpy(model.peer, peer, sizeof(model.peer));
    for (uint32_t p = 0; p < WORLD_FRAMES; p++)
        model.frame[p] = (struct model_frame){info[p].owner, info[p].borrower, info[p].kind};
    for (uint32_t w = 0; w < WINDOWS; w++)
        model.window[w] = (struct model_window){window[w].owner, window[w].base_pfn, {0, UNMAPPED, 0}};
    for (uint32_t s = 0; s < DOMAINS; s++) {
        model.domain[s] = (struct model_domain){dom[s].kind, dom[s].name, dom[s].root, dom[s].sealed};
        forget(s);
        if (dom[s].kind != 0 && dom[s].root != NO_ROOT)
            sync_space(dom[s].name);
    }
}

static const char *compare_leaf(uint32_t s, const struct host_entry *e, uint32_t *views)
{
    uint64_t page = e->entry >> 10;
    struct model_view is = {e->va, (uint8_t)e->level, (uint8_t)(e->entry >> 1 & 7)};

    for (uint64_t k = 0; k < (e->level == 0 ? 1 : 512); k++) {
        uint64_t p = page + k - ram_base_pfn;
        const struct model_view *want = NULL;

        if (p < WORLD_FRAMES) {
            want = &model.space[s].view[p];
            ++*views;
        }
        for (uint32_t w = 0; w < WINDOWS; w++)
            if (model.window[w].owner == model.domain[s].name && model.window[w].page == page)
                want = &model.window[w].view;
        if (want == NULL || want->level != is.level || want->va != is.va || want->rights != is.rights)
            return "a leaf is not as the model has it";
    }
    return NULL;
}

static const char *compare_space(uint32_t s)
{
    uint32_t views = 0, tables = 0, windows = 0, want_windows = 0;

    host_walk_root(model.domain[s].root, &walk);
    for (uint32_t k = 0; k < walk.count; k++) {
        const struct host_entry *e = &walk.entry[k];
        const char *wrong = NULL;

        if (e->entry % 16 == 1) {
            const struct model_table *table = table_at(s, e->va, e->level - 1);

            tables++;
            wrong = table != NULL && table->frame == (e->entry >> 10) - ram_base_pfn ? NULL : "a table differs";
        } else {
            wrong = compare_leaf(s, e, &views);
            windows += (e->entry >> 10) - ram_base_pfn >= WORLD_FRAMES;
        }
        if (wrong != NULL)
            return wrong;
    }
    for (uint32_t w = 0; w < WINDOWS; w++)
        want_windows += model.window[w].owner == model.domain[s].name && model.window[w].view.level != UNMAPPED;
    if (views != model.space[s].views || tables != model.space[s].tables || windows != want_windows)
        return "a mapping of the model's is missing";
    return NULL;
}

static const char *compare_domain(uint32_t s)
{
    if (dom[s].kind != model.domain[s].kind)
        return "a domain lives or not";
    if (dom[s].kind == 0)
        return NULL;
    if (dom[s].name != model.domain[s].name || dom[s].root != model.domain[s].root)
        return "a domain's name or root";
    if (dom[s].sealed != model.domain[s].sealed)
        return "a domain's seal";
    for (uint32_t k = 0; k < DOMAINS; k++)
        if (model.domain[k].kind != 0 && (peer[s].with[k] != 0) != (model.peer[s].with[k] != 0))
            return "P";
    return dom[s].root == NO_ROOT ? NULL : compare_space(s);
}

const char *model_compare(void)
{
    for (uint32_t p = 0; p < WORLD_FRAMES; p++) {
        uint32_t is = model_live(info[p].borrower) ? info[p].borrower : NOBODY;
        uint32_t want = model_live(model.frame[p].borrower) ? model.frame[p].borrower : NOBODY;

        if (info[p].owner != model.frame[p].owner || info[p].kind != model.frame[p].kind || is != want)
            return "a frame's owner, borrower or kind";
    }
    for (uint32_t w = 0; w < WINDOWS; w++)
        if (window[w].owner != model.window[w].owner || window[w].base_pfn != model.window[w].page)
            return "a window's owner";
    for (uint32_t s = 0; s < DOMAINS; s++) {
        const char *wrong = compare_domain(s);

        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}
