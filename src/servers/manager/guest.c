/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A guest's domain and its memory. Memory is given frame by frame, in slices between messages. */
#include "manager.h"

#define SLICE_FRAMES 256
#define MIB_FRAMES   256

static struct place guest_place(struct guest *g)
{
    return (struct place){g->guest_cap, &g->estate};
}

void guest_state(const struct guest *g, uint32_t state)
{
    if (link_page == NULL)
        return;
    __atomic_store_n(&link_page->state[g->index], state, __ATOMIC_RELEASE);
    console_wake();
}

static void guest_build_failed(struct guest *g)
{
    say("guest '%s' cannot be built: %s: %s (%ld); see docs/guide.md, the other guests go on", g->about->name,
        trouble.step, status_text(trouble.status), trouble.status);
    guest_end(g, GUEST_CRASHED, false);
}

/* Takes the guest's memory out of the pool; false: there is too little, and nothing is taken. */
static bool ram_take(struct guest *g)
{
    uint64_t wanted = g->about->memory_bytes / FRAME_BYTES / CHUNK_FRAMES;

    if (pool_chunks(&pool) < wanted) {
        say("guest '%s' needs %lu MiB of memory, but only %lu MiB are free: give the machine more (MEMORY=) "
            "or lower memory-mib in '%s'; the other guests go on",
            g->about->name, wanted * CHUNK_FRAMES / MIB_FRAMES, pool_chunks(&pool) * CHUNK_FRAMES / MIB_FRAMES,
            bundle->description);
        return false;
    }
    while (wanted > 0) {
        struct frame_run run = pool_take_chunks(&pool, wanted);

        if (run.count == 0 || g->ram_count == ESTATE_RUNS || g->estate.count == ESTATE_RUNS) {
            pool_give(&pool, run.first, run.count);
            return !refused("finding memory (it is too fragmented)", SEPTUM_FULL);
        }
        g->ram[g->ram_count++] = run;
        g->estate.run[g->estate.count++] = run;
        wanted -= run.count / CHUNK_FRAMES;
    }
    return true;
}

static bool domains_make(struct guest *g)
{
    struct place place;

    if (!cap_take(&g->guest_cap) ||
        refused("creating the guest's domain", sys_domain_create(SEPTUM_GUEST, g->guest_cap)))
        return false;
    if (!cap_take(&g->monitor_cap) ||
        refused("creating the monitor's domain", sys_domain_create(SEPTUM_SERVER, g->monitor_cap)))
        return false;
    if (refused("joining guest and monitor", sys_domain_peer(g->guest_cap, g->monitor_cap)))
        return false;
    if (console_domain_cap != NO_CAP &&
        refused("joining monitor and console", sys_domain_peer(g->monitor_cap, console_domain_cap)))
        return false;
    place = guest_place(g);
    if (!place_root(&place, 4))
        return false;
    place = (struct place){g->monitor_cap, &g->estate};
    return place_root(&place, 1);
}

void guest_begin(struct guest *g)
{
    g->phase = PHASE_BUILD;
    g->estate.count = 0;
    g->ram_count = 0;
    g->cursor_run = 0;
    g->cursor = 0;
    g->again = false;
    trouble = (struct trouble){NULL, SEPTUM_OK};
    guest_state(g, GUEST_LOADING);
    if (!ram_take(g)) {
        if (trouble.step != NULL)
            guest_build_failed(g);
        else
            guest_end(g, GUEST_OFF, false);
        return;
    }
    if (!domains_make(g))
        guest_build_failed(g);
}

/* The guest-physical address of the first frame of run `n`. */
static uint64_t ram_address(const struct guest *g, uint32_t n)
{
    uint64_t frames = 0;

    for (uint32_t i = 0; i < n; i++)
        frames += g->ram[i].count;
    return GUEST_RAM_BASE + frames * FRAME_BYTES;
}

static bool chunk_map(struct guest *g, uint64_t gpa, uint64_t first)
{
    const struct place guest_space = guest_place(g);
    const struct place monitor_space = {g->monitor_cap, &g->estate};

    return place_map(&guest_space, gpa, first, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE) &&
           place_map(&monitor_space, MONITOR_VA_GUEST + gpa, first, 1, MAP_READ | MAP_WRITE);
}

static bool frame_hand_over(struct guest *g, uint64_t frame)
{
    return !refused("giving memory", sys_frame_give(frame, g->guest_cap)) &&
           !refused("lending memory to the monitor", sys_frame_lend(g->guest_cap, frame, g->monitor_cap));
}

static bool ram_slice(struct guest *g)
{
    for (uint32_t i = 0; i < SLICE_FRAMES && g->cursor_run < g->ram_count; i++) {
        const struct frame_run *run = &g->ram[g->cursor_run];
        uint64_t chunk = g->cursor / CHUNK_FRAMES * CHUNK_FRAMES;

        if (!frame_hand_over(g, run->first + g->cursor))
            return false;
        g->cursor++;
        if (g->cursor % CHUNK_FRAMES == 0 &&
            !chunk_map(g, ram_address(g, g->cursor_run) + chunk * FRAME_BYTES, run->first + chunk))
            return false;
        if (g->cursor == run->count) {
            g->cursor = 0;
            g->cursor_run++;
        }
    }
    return true;
}

static void build_slice(struct guest *g)
{
    if (!ram_slice(g)) {
        guest_build_failed(g);
    } else if (g->cursor_run == g->ram_count) {
        if (monitor_build(g))
            g->phase = PHASE_LIVE;
        else
            guest_build_failed(g);
    }
}

bool guest_slice(struct guest *g)
{
    if (g->phase == PHASE_BUILD) {
        build_slice(g);
        return true;
    }
    return guest_end_slice(g);
}
