/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "ops.h"

#include <lib/sys.h>
#include <septum/device.h>

uint64_t ops_time(void)
{
    return sys_time();
}

uint64_t ops_wait(uint64_t deadline)
{
    return sys_wait(deadline).bits;
}

void ops_wake(uint32_t hart)
{
    (void)sys_notify(MONITOR_CAP_THREAD + hart);
}

void ops_kick(uint32_t hart)
{
    (void)sys_vcpu_kick(MONITOR_CAP_THREAD + hart);
}

void ops_console(void)
{
    (void)sys_notify(MONITOR_CAP_CONSOLE);
}

void ops_device(uint32_t device)
{
    (void)sys_notify(MONITOR_CAP_DEVICE + device);
}

void ops_save(void)
{
    (void)sys_vcpu_save();
}

void ops_fence(uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid)
{
    (void)sys_vcpu_fence(what, va, bytes, asid);
}

int64_t ops_map(uint64_t space, uint64_t at, uint64_t frame)
{
    const uint64_t rights = space == MONITOR_CAP_GUEST ? MAP_READ | MAP_WRITE | MAP_EXECUTE : MAP_READ | MAP_WRITE;

    return sys_space_map(space, at, frame, 0, rights);
}

int64_t ops_unmap(uint64_t space, uint64_t frame)
{
    return sys_space_unmap(space, frame);
}

int64_t ops_split(uint64_t space, uint64_t frame, uint64_t table)
{
    return sys_space_split(space, frame, table);
}

int64_t ops_lend(uint64_t frame)
{
    return sys_frame_lend(CAP_SELF, frame, MONITOR_CAP_GUEST);
}

int64_t ops_revoke(uint64_t frame)
{
    return sys_frame_revoke(CAP_SELF, frame);
}

int64_t ops_tray_put(uint64_t frame)
{
    return sys_frame_give(frame, MONITOR_CAP_TRAY);
}

void ops_tray_drop(void)
{
    (void)sys_cap_drop(MONITOR_CAP_TRAY);
}

int64_t ops_chunk(uint64_t op, uint64_t *frame)
{
    struct sys_message message = {{op, *frame, 0, 0}};
    int64_t status = sys_call(MONITOR_CAP_MANAGER, &message);

    if (status != SEPTUM_OK)
        return status;
    *frame = message.m[1];
    return (int64_t)message.m[0];
}

int64_t ops_manager(uint64_t op, uint64_t m1, uint64_t m2, uint64_t m3)
{
    struct sys_message message = {{op, m1, m2, m3}};
    int64_t status = sys_call(MONITOR_CAP_MANAGER, &message);

    return status == SEPTUM_OK ? (int64_t)message.m[0] : status;
}
