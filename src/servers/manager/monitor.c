/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A guest's monitor: its program, what it shares with others, its threads and its authority. */
#include "manager.h"

#include "balloon.h"
#include "device.h"

#include <string.h>


static bool start_page(struct guest *g, const struct place *place)
{
    static struct monitor_start start;
    const struct bootinfo *boot = boot_info();
    uint64_t frame;

    _Static_assert(sizeof start <= FRAME_BYTES, "the start page is one frame");
    memset(&start, 0, sizeof start);
    start.version = SEPTUM_ABI_VERSION;
    start.timebase = boot->timebase;
    start.features = boot->features;
    start.index = g->index;
    start.mode = g->mode;
    start.guest = *g->about;
    start.kernel = g->source->file[g->about->kernel];
    if (g->about->initrd != BUNDLE_NO_FILE)
        start.initrd = g->source->file[g->about->initrd];
    if (g->about->map != BUNDLE_NO_FILE)
        start.map = g->source->file[g->about->map];
    world_tell(&start);
    memcpy(start.isa, boot->isa, sizeof start.isa);
    start.isa[sizeof start.isa - 1] = '\0';
    devices_start_page(g, &start);
    balloon_tell(g, &start);
    return place_frame(place, &frame) && place_fill(place, frame, &start, sizeof start) &&
           place_map(place, MONITOR_VA_START, frame, 0, MAP_READ);
}

static bool staging(struct guest *g, const struct place *place)
{
    const struct place self = {CAP_SELF, &self_estate};
    const uint64_t count = STAGING_BYTES / FRAME_BYTES;

    if (!place_area(place, MONITOR_VA_STAGING, count, &g->staging))
        return false;
    g->staged = true;
    return place_lend(&self, "borrowing a frame", g->monitor_cap, SELF_VA_STAGING + STAGING_BYTES * g->index, g->staging,
                      count);
}

static bool vcpu_make(struct guest *g, const struct place *place, uint32_t cpu)
{
    const struct time_share share = {g->about->priority, g->about->budget_us, g->about->period_us};
    const uint64_t hart = (g->hart + cpu) % boot_info()->hart_count;
    const uint64_t mode = g->mode == BUNDLE_SHADOW ? VCPU_SHADOW : 0;
    uint64_t page;

    if (!cap_take(&g->thread_cap[cpu]) || !thread_make(g->monitor_cap, g->thread_cap[cpu], hart, &share))
        return false;
    if (!place_stack(place, SERVER_VA_STACK - (uint64_t)cpu * SERVER_STACK_STRIDE, NULL))
        return false;
    return place_frame(place, &page) &&
           place_map(place, MONITOR_VA_VCPU + (uint64_t)cpu * FRAME_BYTES, page, 0, MAP_READ | MAP_WRITE) &&
           !refused("binding a vCPU", sys_vcpu_bind(g->thread_cap[cpu], g->guest_cap, page, mode));
}

static bool grants(struct guest *g)
{
    const uint64_t to = g->monitor_cap;

    if (!policy_controls(&policy, POLICY_MONITOR(g->index), POLICY_GUEST(g->index)))
        return !refused("granting the guest", SEPTUM_DENIED);
    if (refused("granting the manager's door",
                sys_cap_grant(to, MONITOR_CAP_MANAGER, BOOT_CAP_THREAD, CAP_CALL, g->index + 1)) ||
        refused("granting the guest", sys_cap_grant(to, MONITOR_CAP_GUEST, g->guest_cap, CAP_MEMORY, 0)))
        return false;
    for (uint32_t i = 0; i < g->about->cpus; i++) {
        if (refused("granting a thread", sys_cap_grant(to, MONITOR_CAP_THREAD + i, g->thread_cap[i],
                                                       CAP_NOTIFY | CAP_KICK, MONITOR_BIT_WORK)))
            return false;
    }
    return true;
}

bool monitor_build(struct guest *g)
{
    const struct place place = {g->monitor_cap, &g->estate};

    if (!place_elf(&place, "monitor", &g->entry, NULL) || !balloon_build(g, &place) || !start_page(g, &place) || !staging(g, &place) ||
        !place_area(&place, MONITOR_VA_RING, RING_FRAMES, &g->ring))
        return false;
    for (uint32_t i = 0; i < g->about->cpus; i++) {
        if (!vcpu_make(g, &place, i))
            return false;
    }
    return true;
}

bool monitor_start(struct guest *g)
{
    if (!grants(g) || !console_attach(g) || !cap_seal(&g->guest_cap))
        return false;
    if (!balloon_is_there(g) && !cap_seal(&g->monitor_cap)) /* with one, memory is to reach it later (docs/decisions/0018) */
        return false;
    for (uint32_t i = 0; i < g->about->cpus; i++) {
        if (refused("starting a thread", sys_thread_start(g->thread_cap[i], g->entry,
                                                          SERVER_VA_STACK - (uint64_t)i * SERVER_STACK_STRIDE, i)) ||
            !cap_seal(&g->thread_cap[i]))
            return false;
    }
    return true;
}
