/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The end of a guest: its threads stop, the console, the device servers and the manager let go of what they borrowed,
 * both domains die, and each frame comes back. Every step can be repeated, so a BUSY only means: later.
 */
#include "balloon.h"
#include "device.h"

#define SLICE_FRAMES       256
#define DETACH_PATIENCE_US 4000000 /* on a busy machine, or below another Septum, showing a ring takes a while */
#define RESTART_PAUSE_US   1000000

void guest_end(struct guest *g, uint32_t state, bool again)
{
    g->phase = PHASE_END;
    g->again = again;
    g->cursor_run = 0;
    g->cursor = 0;
    g->crashed = state == GUEST_CRASHED;
    guest_state(g, g->crashed ? GUEST_CRASHED : GUEST_ENDING);
}

static bool threads_stop(struct guest *g)
{
    for (uint32_t i = 0; i < GUEST_CPUS; i++) {
        if (g->thread_cap[i] != NO_CAP && sys_thread_stop(g->thread_cap[i]) == SEPTUM_BUSY)
            return false;
    }
    return true;
}

/* The console has said that it touches the ring no more; one that never says so is a fault of the console's. */
static bool console_detach(struct guest *g)
{
    uint32_t want;

    if (!g->attached)
        return true;
    want = link_page->wanted[g->index];
    if (console_thread_cap != NO_CAP && want % 2 == 1) {
        __atomic_store_n(&link_page->wanted[g->index], want + 1, __ATOMIC_RELEASE);
        g->due = sys_time() + ticks(DETACH_PATIENCE_US);
        console_wake();
        return false;
    }
    if (console_thread_cap != NO_CAP && __atomic_load_n(&link_page->seen[g->index], __ATOMIC_ACQUIRE) != want) {
        if (sys_time() > g->due) {
            console_restart(false);
            g->due = sys_time() + ticks(DETACH_PATIENCE_US);
        }
        return false;
    }
    for (uint64_t i = 0; i < RING_FRAMES; i++) {
        sys_space_unmap(console_domain_cap, g->ring + i);
        sys_frame_release(console_domain_cap, g->ring + i);
    }
    g->attached = false;
    return true;
}

static void staging_return(struct guest *g)
{
    if (!g->staged)
        return;
    for (uint64_t i = 0; i < STAGING_BYTES / FRAME_BYTES; i++) {
        sys_space_unmap(CAP_SELF, g->staging + i);
        sys_frame_release(CAP_SELF, g->staging + i);
    }
    g->staged = false;
}

static bool domain_destroy(uint64_t *cap)
{
    if (*cap == NO_CAP)
        return true;
    if (sys_domain_destroy(*cap) == SEPTUM_BUSY)
        return false;
    cap_free(cap);
    return true;
}

/* A bounded number of frames comes back; true when all are there. */
static bool frames_return(struct guest *g)
{
    for (uint32_t i = 0; i < SLICE_FRAMES && g->cursor_run < g->estate.count; i++) {
        const struct frame_run *run = &g->estate.run[g->cursor_run];

        if (!estate_reclaim(run->first + g->cursor))
            say("guest '%s': frame %lu is lost: %s (%ld)", g->about->name, run->first + g->cursor,
                status_text(trouble.status), trouble.status);
        if (++g->cursor == run->count) {
            g->cursor = 0;
            g->cursor_run++;
        }
    }
    return g->cursor_run == g->estate.count;
}

bool guest_end_slice(struct guest *g)
{
    bool work;

    if (!threads_stop(g) || !console_detach(g))
        return false;
    if (!devices_detach(g, &work))
        return work;
    staging_return(g);
    balloon_tray_end(g);
    if (!domain_destroy(&g->monitor_cap) || !domain_destroy(&g->guest_cap))
        return false;
    for (uint32_t i = 0; i < GUEST_CPUS; i++)
        cap_free(&g->thread_cap[i]);
    if (!frames_return(g))
        return true;
    g->estate.count = 0;
    g->cursor_run = 0;
    if (g->leaves && !room_empty(g))
        return true;
    g->phase = PHASE_OFF;
    g->due = sys_time() + (g->crashed ? ticks(RESTART_PAUSE_US) : 0);
    if (g->again)
        g->phase = PHASE_PAUSE;
    else
        guest_state(g, g->crashed && g->source != NULL ? GUEST_CRASHED : GUEST_OFF);
    return true;
}
