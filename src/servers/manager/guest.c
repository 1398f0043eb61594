/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A guest's domain and its memory. Memory is given frame by frame, in slices between messages. */
#include "manager.h"

#include "balloon.h"
#include "device.h"
#include "mode.h"

#define SLICE_FRAMES 256
#define MIB_FRAMES   256
#define ARENA_CHUNKS (SHADOW_ARENA_FRAMES / CHUNK_FRAMES)

_Static_assert(SHADOW_ARENA_FRAMES % CHUNK_FRAMES == 0, "arenas take whole chunks, so that chunks are what counts");

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

/* One that never ran in its room goes again. */
static void guest_fail(struct guest *g, uint32_t state)
{
    g->leaves = guest_is_in_room(g) && g->starts == 1;
    guest_end(g, state, false);
}

static void guest_build_failed(struct guest *g)
{
    say("guest '%s' cannot be built: %s: %s (%ld); see docs/guide.md, the other guests go on", g->about->name,
        trouble.step, status_text(trouble.status), trouble.status);
    guest_fail(g, GUEST_CRASHED);
}

static bool mode_take(struct guest *g)
{
    const char *lack = "";
    const char *remedy = "";

    g->mode = mode_choose(g->about->mode, boot_info()->features, &lack, &remedy);
    if (g->mode == BUNDLE_AUTO)
        say("guest '%s' needs %s: %s, in '%s'; the other guests go on", g->about->name, lack, remedy,
            bundle->description);
    else if (g->mode == BUNDLE_SHADOW)
        say("guest '%s' runs in shadow mode", g->about->name);
    return g->mode != BUNDLE_AUTO;
}

/* Is there enough for the guest's memory and its arenas? Counts in chunks. */
static bool memory_suffices(const struct guest *g, uint64_t ram, uint64_t arenas)
{
    const uint64_t there = pool_chunks(&pool);

    if (there >= ram + arenas)
        return true;
    say("guest '%s' needs %lu MiB of memory%s, but only %lu MiB are free: give the machine more (MEMORY=) "
        "or lower memory-mib in '%s'; the other guests go on",
        g->about->name, (ram + arenas) * CHUNK_FRAMES / MIB_FRAMES, arenas > 0 ? " with its shadow tables" : "",
        there * CHUNK_FRAMES / MIB_FRAMES, bundle->description);
    return false;
}

static bool arenas_take(struct guest *g)
{
    for (uint32_t i = 0; g->mode == BUNDLE_SHADOW && i < g->about->cpus; i++) {
        if (!pool_take(&pool, SHADOW_ARENA_FRAMES, CHUNK_FRAMES, &g->arena[i]))
            return !refused("finding memory for shadow tables (it is too fragmented)", SEPTUM_FULL);
        g->estate.run[g->estate.count++] = (struct frame_run){g->arena[i], SHADOW_ARENA_FRAMES};
    }
    return true;
}

/* Takes the guest's memory out of the pool; false: there is too little, and nothing is taken. */
static bool ram_take(struct guest *g)
{
    uint64_t wanted = g->about->memory_bytes / FRAME_BYTES / CHUNK_FRAMES;

    if (!memory_suffices(g, wanted, g->mode == BUNDLE_SHADOW ? g->about->cpus * ARENA_CHUNKS : 0))
        return false;
    if (!arenas_take(g))
        return false;
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
    if (!domains_join("joining guest and monitor", POLICY_GUEST(g->index), g->guest_cap, POLICY_MONITOR(g->index),
                      g->monitor_cap))
        return false;
    if (console_domain_cap != NO_CAP && !domains_join("joining monitor and console", POLICY_MONITOR(g->index),
                                                      g->monitor_cap, POLICY_CONSOLE, console_domain_cap))
        return false;
    if (!devices_join(g))
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
    g->starts++;
    g->began = sys_time();
    g->stage = STAGE_MEMORY;
    g->estate.count = 0;
    g->ram_count = 0;
    g->cursor_run = 0;
    g->cursor = 0;
    g->again = false;
    g->stopped = false;
    g->entered = false;
    trouble = (struct trouble){NULL, SEPTUM_OK};
    guest_state(g, GUEST_LOADING);
    if (!devices_are_served(g) || !mode_take(g) || !ram_take(g)) {
        if (trouble.step != NULL)
            guest_build_failed(g);
        else
            guest_fail(g, GUEST_OFF);
        return;
    }
    if (!domains_make(g))
        guest_build_failed(g);
}

void guest_entered(struct guest *g)
{
    if (g->entered)
        g->starts++;
    g->entered = true;
    guest_state(g, GUEST_RUNNING);
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

/* With a balloon the monitor is the owner: a guest's domain has no thread that could give anything away. */
static bool frame_hand_over(struct guest *g, uint64_t frame)
{
    if (balloon_is_there(g))
        return !refused("giving memory", sys_frame_give(frame, g->monitor_cap)) &&
               !refused("lending memory to the guest", sys_frame_lend(g->monitor_cap, frame, g->guest_cap));
    return !refused("giving memory", sys_frame_give(frame, g->guest_cap)) &&
           !refused("lending memory to the monitor", sys_frame_lend(g->guest_cap, frame, g->monitor_cap));
}

static void stage_next(struct guest *g)
{
    g->stage++;
    g->cursor_run = 0;
    g->cursor = 0;
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
    if (g->cursor_run == g->ram_count)
        stage_next(g);
    return true;
}

/* cursor_run counts the vCPUs here, cursor the frames of one's arena. */
static bool arenas_slice(struct guest *g)
{
    const uint32_t cpus = g->mode == BUNDLE_SHADOW ? g->about->cpus : 0;

    for (uint32_t i = 0; i < SLICE_FRAMES && g->cursor_run < cpus; i++) {
        const uint64_t frame = g->arena[g->cursor_run] + g->cursor;

        if (refused("giving a frame for shadow tables", sys_frame_give(frame, g->guest_cap)) ||
            refused("making it part of a vCPU's arena", sys_vcpu_arena(g->thread_cap[g->cursor_run], frame)))
            return false;
        if (++g->cursor == SHADOW_ARENA_FRAMES) {
            g->cursor = 0;
            g->cursor_run++;
        }
    }
    if (g->cursor_run == cpus)
        stage_next(g);
    return true;
}

/* One device; cursor_run counts them. *later: its server is busy. */
static bool devices_slice(struct guest *g, bool *later)
{
    if (g->cursor_run == device_count(g->index)) {
        stage_next(g);
        return true;
    }
    if (!device_attach(g, g->cursor_run, later))
        return false;
    if (!*later)
        g->cursor_run++;
    return true;
}

static bool build_slice(struct guest *g, bool *later)
{
    switch ((enum build_stage)g->stage) {
    case STAGE_MEMORY:
        return ram_slice(g);
    case STAGE_MONITOR:
        stage_next(g);
        return monitor_build(g);
    case STAGE_ARENAS:
        return arenas_slice(g);
    case STAGE_DEVICES:
        return devices_slice(g, later);
    case STAGE_START:
        g->phase = PHASE_LIVE;
        return monitor_start(g);
    }
    return false;
}

bool guest_slice(struct guest *g)
{
    bool later = false;

    if (g->phase == PHASE_END)
        return guest_end_slice(g);
    if (!build_slice(g, &later))
        guest_build_failed(g);
    return !later;
}
