/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "reach.h"

#include <lib/sys.h>
#include <septum/proto.h>

#include <string.h>

#define FRAMES_TRIED UINT64_C(65536) /* 256 MiB: all of the test's machine */
#define MAPPED_EVERY 4u /* rounds: it is most of the work of one */
#define FREE_VA      UINT64_C(0x3fe01000) /* nothing is there, and a table is: it is that of the stack */
#define SPARE        120u /* a slot that no server has anything in */

struct reach reach __attribute__((aligned(FRAME_BYTES)));

/* One way to use a capability: the slot goes to argument `at`. Frame 0 is the firmware's. */
struct way {
    uint32_t call;
    uint32_t at;
    uint64_t argument[5];
};

static const struct way way[] = {
    {SEPTUM_CALL, 0, {0}},
    {SEPTUM_NOTIFY, 0, {0}},
    {SEPTUM_VCPU_KICK, 0, {0}},
    {SEPTUM_VCPU_BIND, 0, {0, MONITOR_CAP_GUEST, 0, 0}},
    {SEPTUM_VCPU_ARENA, 0, {0, 0}},
    {SEPTUM_DOMAIN_CREATE, 1, {SEPTUM_SERVER, 0}},
    {SEPTUM_DOMAIN_DESTROY, 0, {0}},
    {SEPTUM_DOMAIN_PEER, 0, {0, CAP_SELF}},
    {SEPTUM_DOMAIN_PEER, 1, {CAP_SELF, 0}},
    {SEPTUM_CAP_GRANT, 0, {0, SPARE, CAP_SELF, CAP_RIGHTS, 0}},
    {SEPTUM_CAP_GRANT, 2, {CAP_SELF, SPARE, 0, CAP_RIGHTS, 0}},
    {SEPTUM_THREAD_CREATE, 0, {0, SPARE, 0, PRIORITIES - 1, 0}},
    {SEPTUM_THREAD_START, 0, {0, SERVER_VA_BASE, SERVER_VA_STACK, 0}},
    {SEPTUM_THREAD_STOP, 0, {0}},
    {SEPTUM_THREAD_INFO, 0, {0}},
    {SEPTUM_FRAME_GIVE, 1, {0, 0}},
    {SEPTUM_FRAME_LEND, 0, {0, 0, CAP_SELF}},
    {SEPTUM_FRAME_LEND, 2, {CAP_SELF, 0, 0}},
    {SEPTUM_FRAME_REVOKE, 0, {0, 0}},
    {SEPTUM_FRAME_RELEASE, 0, {0, 0}},
    {SEPTUM_AUDIT_READ, 0, {0, AUDIT_FRAME, 0, 0}},
    {SEPTUM_SPACE_ROOT, 0, {0, 0}},
    {SEPTUM_SPACE_TABLE, 0, {0, FREE_VA, 0, 0}},
    {SEPTUM_SPACE_UNTABLE, 0, {0, 0}},
    {SEPTUM_SPACE_MAP, 0, {0, FREE_VA, 0, 0, MAP_READ | MAP_WRITE}},
    {SEPTUM_SPACE_UNMAP, 0, {0, 0}},
    {SEPTUM_SPACE_SPLIT, 0, {0, 0, 0}},
    {SEPTUM_SPACE_PROTECT, 0, {0, 0, MAP_READ}},
    {SEPTUM_WINDOW_MAP, 0, {0, CAP_SELF, FREE_VA}},
    {SEPTUM_WINDOW_UNMAP, 0, {0}},
    {SEPTUM_IRQ_BIND, 0, {0, CONSOLE_CAP_SELF_THREAD, 1}},
    {SEPTUM_IRQ_ACK, 0, {0}},
    {SEPTUM_DEVICE_ASSIGN, 1, {8, 0}},
    {SEPTUM_DEVICE_TAKE, 0, {0}},
    {SEPTUM_DEVICE_FAULT, 0, {0}},
    {SEPTUM_SYSTEM_OFF, 0, {0}},
    {SEPTUM_SYSTEM_LOG, 0, {0}},
};

void reach_begin(const char *name)
{
    strncpy(reach.name, name, REACH_NAME - 1);
    memcpy(reach.magic, "septum reach", 12);
    reach.magic[12] = 0x5a;
}

static void reach_calls(void)
{
    for (uint32_t i = 0; i < sizeof way / sizeof way[0]; i++) {
        for (uint64_t slot = 0; slot < CAPS; slot++) {
            uint64_t a[6] = {0};
            int64_t status;

            memcpy(a, way[i].argument, sizeof way[i].argument);
            a[way[i].at] = slot;
            status = sys_status(way[i].call, a[0], a[1], a[2], a[3], a[4], a[5]);
            if (status != SEPTUM_BAD_CAP && status != SEPTUM_DENIED && status != SEPTUM_BAD_CALL)
                reach.passed[way[i].call][slot / 64] |= UINT64_C(1) << slot % 64;
        }
        reach.alive++;
    }
}

/* A frame that can be had is one that can be read and written. */
static uint64_t map_try(uint64_t frame)
{
    if (sys_space_map(CAP_SELF, FREE_VA, frame, 0, MAP_READ | MAP_WRITE) != SEPTUM_OK)
        return 0;
    *(volatile uint64_t *)(uintptr_t)FREE_VA ^= UINT64_MAX;
    sys_space_unmap(CAP_SELF, frame);
    return 1;
}

/* How many of the frames are his to change in his own tables; each as often as the next. */
static void reach_mapped(void)
{
    uint64_t count = 0;

    for (uint64_t f = 0; f < FRAMES_TRIED; f++)
        count += sys_space_protect(CAP_SELF, f, MAP_READ | MAP_WRITE | MAP_EXECUTE) == SEPTUM_OK;
    reach.frames[REACH_PROTECT] = count;
}

/* Others' frames, in each round other ones; what was had is never forgotten. */
static void reach_frames(uint64_t step)
{
    for (uint64_t f = reach.turns % step; f < FRAMES_TRIED; f += step) {
        reach.frames[REACH_MAP] += map_try(f);
        reach.frames[REACH_RELEASE] += sys_frame_release(CAP_SELF, f) == SEPTUM_OK;
        reach.frames[REACH_REVOKE] += sys_frame_revoke(CAP_SELF, f) == SEPTUM_OK;
        reach.frames[REACH_GIVE] += sys_frame_give(f, CAP_SELF) == SEPTUM_OK;
        reach.frames[REACH_RECLAIM] += sys_frame_reclaim(f) == SEPTUM_OK;
        reach.alive++;
        reach.tried++;
    }
}

void reach_round(uint64_t step)
{
    reach_calls();
    reach_frames(step);
    if (step <= STEP && reach.turns % MAPPED_EVERY == 0)
        reach_mapped();
    __atomic_store_n(&reach.turns, reach.turns + 1, __ATOMIC_RELEASE);
}

void reach_pause(uint64_t ticks)
{
    for (const uint64_t end = sys_time() + ticks; sys_time() < end;)
        (void)sys_wait(end);
}
