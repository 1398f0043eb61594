/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the system uses, written down for the console to show, and what it is. */
#include "balloon.h"
#include "copy.h"
#include "device.h"
#include "fetch.h"

#include <string.h>

#define MIB_BYTES UINT64_C(0x100000)

static uint64_t time_used(const struct guest *g)
{
    uint64_t used = 0;

    for (uint32_t cpu = 0; cpu < g->about->cpus; cpu++) {
        struct sys_thread_info info;

        if (g->thread_cap[cpu] == NO_CAP)
            continue;
        info = sys_thread_info(g->thread_cap[cpu]);
        if (info.status == SEPTUM_OK)
            used += info.time;
    }
    return used;
}

static void frame_count(uint64_t frame, struct link_usage *usage)
{
    const uint64_t kind = sys_frame_info(BOOT_CAP_AUDIT, frame).kind;
    enum frame_sort sort = FRAMES_SERVER;

    if (kind == FRAME_TABLE0 || kind == FRAME_TABLE1 || kind == FRAME_TABLE2 || kind == FRAME_PAD)
        sort = FRAMES_TABLES;
    usage->frames[sort]++;
}

void estate_count(const struct estate *estate, struct link_usage *usage)
{
    for (uint32_t i = 0; i < estate->count; i++) {
        for (uint64_t k = 0; k < estate->run[i].count; k++)
            frame_count(estate->run[i].first + k, usage);
    }
}

/* How many frames from this one on are of one run; 0: the run does not hold it. */
static uint64_t run_left(const struct frame_run *run, uint64_t frame)
{
    return frame - run->first < run->count ? run->first + run->count - frame : 0;
}

/* Likewise of the guest's memory, or of an arena; else 0. */
static uint64_t large_left(const struct guest *g, uint64_t frame, enum frame_sort *sort)
{
    const uint32_t arenas = g->mode == BUNDLE_SHADOW ? g->about->cpus : 0;
    uint64_t left = 0;

    *sort = FRAMES_RAM;
    for (uint32_t i = 0; i < g->ram_count && left == 0; i++)
        left = run_left(&g->ram[i], frame);
    for (uint32_t i = 0; i < arenas && left == 0; i++) {
        const struct frame_run arena = {g->arena[i], SHADOW_ARENA_FRAMES};

        *sort = FRAMES_SHADOW;
        left = run_left(&arena, frame);
    }
    return left;
}

/* Of an estate's runs the guest's memory and the arenas are counted as what they are, the rest frame by frame. */
static void frames_count(const struct guest *g, struct link_usage *usage)
{
    for (uint32_t i = 0; i < g->estate.count; i++) {
        const struct frame_run *run = &g->estate.run[i];

        for (uint64_t k = 0; k < run->count;) {
            enum frame_sort sort;
            uint64_t left = large_left(g, run->first + k, &sort);

            if (left > run->count - k)
                left = run->count - k;
            usage->frames[sort] += (uint32_t)left;
            if (left == 0)
                frame_count(run->first + k, usage);
            k += left == 0 ? 1 : left;
        }
    }
}

static void guest_usage(const struct guest *g, struct link_usage *usage)
{
    const bool on = g->phase == PHASE_LIVE || g->phase == PHASE_BUILD;

    usage->cpus = g->about->cpus;
    usage->mode = g->mode;
    usage->starts = g->starts;
    if (on) {
        usage->time = time_used(g);
        usage->age = sys_time() - g->began;
        usage->memory_mib = (uint32_t)(balloon_frames(g) * FRAME_BYTES / MIB_BYTES);
        usage->described_mib = (uint32_t)(g->about->memory_bytes / MIB_BYTES);
    }
    if (g->phase != PHASE_OFF && g->phase != PHASE_PAUSE)
        frames_count(g, usage);
    if (g->copy != NULL)
        estate_count(&g->copy->estate, usage);
}

static uint64_t frames_all(void)
{
    const struct bootinfo *boot = boot_info();
    uint64_t frames = 0;

    for (uint64_t i = 0; i < boot->region_count && i < BOOT_REGIONS; i++)
        frames += boot->region[i].count;
    return frames;
}

void stats_write(void)
{
    struct console_link *link = link_page;

    memset(link->usage, 0, sizeof link->usage);
    memset(&link->manager_usage, 0, sizeof link->manager_usage);
    memset(link->server_usage, 0, sizeof link->server_usage);
    for (uint32_t i = 0; i < guest_count; i++)
        guest_usage(&guest[i], &link->usage[i]);
    for (uint32_t i = 0; i < guest_count; i++)
        device_stats_say(&guest[i]);
    uplink_stats_say();
    estate_count(&self_estate, &link->manager_usage);
    fetch_count(&link->manager_usage);
    servers_usage(link);
    link->frames_free = pool.free;
    link->frames_all = frames_all();
    link->usage_time = sys_time();
    __atomic_store_n(&link->usages, link->usages + 1, __ATOMIC_RELEASE);
    console_wake();
}

void version_say(void)
{
    const struct bootinfo *boot = boot_info();
    const char *verdict = (const char *)boot + BOOT_VERDICT; /* its page ends with a zero */

    say("%.*s", (int)strcspn(verdict, "\n"), verdict);
    say("Septum, ABI %u; '%s' on %lu harts, Sv%u, %s H extension",
        SEPTUM_ABI_VERSION, bundle->description, boot->hart_count, (boot->features & BOOT_HAS_SV48) != 0 ? 48 : 39,
        (boot->features & BOOT_HAS_H) != 0 ? "with" : "without");
}
