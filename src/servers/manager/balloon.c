/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Memory that a guest gives up, or gets back, while it runs: chunks of 2 MiB between its monitor and the pool. The monitor
 * owns them. It gives one up into a domain made for that, its tray, whose end makes the frames anybody's to reclaim.
 */
#include "balloon.h"

bool balloon_is_there(const struct guest *g)
{
    return (g->about->devices & BUNDLE_GUEST_BALLOON) != 0;
}

/* One for each chunk, the domain's, mapped nowhere. */
static bool tables_make(struct guest *g, uint64_t domain, uint64_t *first)
{
    const uint64_t chunks = g->about->memory_bytes / FRAME_BYTES / CHUNK_FRAMES;

    if (!estate_take(&g->estate, chunks, 1, first))
        return false;
    for (uint64_t i = 0; i < chunks; i++) {
        if (refused("giving a frame to split leaves with", sys_frame_give(*first + i, domain)))
            return false;
    }
    return true;
}

bool balloon_build(struct guest *g, const struct place *monitor)
{
    const uint64_t frames = (MONITOR_BALLOON_BYTES(g->about->memory_bytes) + FRAME_BYTES - 1) / FRAME_BYTES;
    uint64_t books;

    return !balloon_is_there(g) ||
           (tables_make(g, g->guest_cap, &g->guest_tables) && tables_make(g, g->monitor_cap, &g->monitor_tables) &&
            place_area(monitor, MONITOR_VA_BALLOON + FRAME_BYTES, frames, &books));
}

void balloon_tell(const struct guest *g, struct monitor_start *start)
{
    _Static_assert(ESTATE_RUNS <= MONITOR_RUNS && CHUNK_FRAMES == CHUNK_PAGES, "a start page has room for all runs");
    if (!balloon_is_there(g))
        return;
    start->balloon.guest_tables = (uint32_t)g->guest_tables;
    start->balloon.own_tables = (uint32_t)g->monitor_tables;
    start->balloon.run_count = g->ram_count;
    for (uint32_t i = 0; i < g->ram_count; i++) {
        start->balloon.run[i].first = (uint32_t)g->ram[i].first;
        start->balloon.run[i].count = (uint32_t)g->ram[i].count;
    }
}

uint64_t balloon_frames(const struct guest *g)
{
    uint64_t frames = 0;

    for (uint32_t i = 0; i < g->ram_count; i++)
        frames += g->ram[i].count;
    return frames;
}

/* The run that holds all of the chunk; *count: none. */
static uint32_t run_find(const struct frame_run *run, uint32_t count, uint64_t first)
{
    uint32_t i = 0;

    while (i < count && (first < run[i].first || first + CHUNK_FRAMES > run[i].first + run[i].count))
        i++;
    return i;
}

/* The chunk, which is in one of the runs, is in none any more. There is room for one run more. */
static void run_cut(struct frame_run *run, uint32_t *count, uint64_t first)
{
    const uint32_t i = run_find(run, *count, first);
    const struct frame_run before = {run[i].first, first - run[i].first};
    const struct frame_run after = {first + CHUNK_FRAMES, run[i].count - before.count - CHUNK_FRAMES};

    run[i] = before.count > 0 ? before : after;
    if (before.count > 0 && after.count > 0)
        run[(*count)++] = after;
    else if (before.count == 0 && after.count == 0)
        run[i] = run[--*count];
}

/* Room for what cutting a chunk out, or adding one, may need. */
static bool lists_have_room(const struct guest *g)
{
    return g->ram_count + 2 <= ESTATE_RUNS && g->estate.count + 2 <= ESTATE_RUNS;
}

static int64_t tray_make(struct guest *g, uint64_t first)
{
    if (g->tray_cap != NO_CAP || run_find(g->ram, g->ram_count, first) == g->ram_count ||
        run_find(g->estate.run, g->estate.count, first) == g->estate.count)
        return SEPTUM_BAD_ARGUMENT;
    if (!lists_have_room(g))
        return SEPTUM_FULL;
    if (cap_take(&g->tray_cap) && !refused("creating a tray", sys_domain_create(SEPTUM_SERVER, g->tray_cap)) &&
        domains_join("joining monitor and tray", POLICY_GUEST(g->index), g->tray_cap, POLICY_MONITOR(g->index),
                     g->monitor_cap) &&
        !refused("granting the tray",
                 sys_cap_grant(g->monitor_cap, MONITOR_CAP_TRAY, g->tray_cap, CAP_MEMORY, 0))) {
        g->tray_chunk = first;
        return SEPTUM_OK;
    }
    balloon_tray_end(g);
    return SEPTUM_FULL;
}

void balloon_tray_end(struct guest *g)
{
    if (g->tray_cap == NO_CAP)
        return;
    (void)sys_domain_destroy(g->tray_cap);
    cap_free(&g->tray_cap);
}

/* A monitor that says what is not so is ended, as a guest that crashed. */
static int64_t cheated(struct guest *g, const char *how)
{
    say("guest '%s': its monitor %s: %s (%ld); the guest ends", g->about->name, how, status_text(trouble.status),
        trouble.status);
    guest_end(g, GUEST_CRASHED, g->about->restart == BUNDLE_RESTART_ON_CRASH);
    return SEPTUM_BAD_ARGUMENT;
}

/* What was put into the tray is the manager's. */
static int64_t tray_take(struct guest *g, uint64_t first)
{
    uint64_t k = 0;

    if (g->tray_cap == NO_CAP || first != g->tray_chunk)
        return SEPTUM_BAD_ARGUMENT;
    balloon_tray_end(g);
    run_cut(g->ram, &g->ram_count, first);
    run_cut(g->estate.run, &g->estate.count, first);
    while (k < CHUNK_FRAMES && !refused("taking a frame back", sys_frame_reclaim(first + k)))
        pool_give(&pool, first + k++, 1);
    if (k == CHUNK_FRAMES)
        return SEPTUM_OK;
    g->estate.run[g->estate.count++] = (struct frame_run){first + k, CHUNK_FRAMES - k};
    return cheated(g, "has not given up what it says");
}

static int64_t chunk_give(struct guest *g, uint64_t *first)
{
    if (balloon_frames(g) + CHUNK_FRAMES > g->about->memory_bytes / FRAME_BYTES)
        return SEPTUM_BAD_ARGUMENT;
    if (!lists_have_room(g) || !estate_take(&g->estate, CHUNK_FRAMES, CHUNK_FRAMES, first))
        return SEPTUM_FULL;
    g->ram[g->ram_count++] = (struct frame_run){*first, CHUNK_FRAMES};
    for (uint64_t i = 0; i < CHUNK_FRAMES; i++) {
        if (refused("giving memory", sys_frame_give(*first + i, g->monitor_cap)))
            return cheated(g, "cannot be given memory");
    }
    return SEPTUM_OK;
}

int64_t balloon_serve(struct guest *g, uint64_t op, uint64_t *first)
{
    if (!balloon_is_there(g))
        return SEPTUM_BAD_ARGUMENT;
    if (op == MANAGER_TRAY)
        return tray_make(g, *first);
    return op == MANAGER_PARTED ? tray_take(g, *first) : chunk_give(g, first);
}
