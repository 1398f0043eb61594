/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "hart.h"

#include "console.h"
#include "ops.h"
#include "sbi.h"

#include <riscv/csr.h>
#include <string.h>

#define COUNTEREN_TIME 7u /* what the kernel and the hart allow of cycle, time, instret */

/* Others must see the interrupt before we look whether the hart sleeps. */
static void hart_nudge(struct hart *h, uint32_t to)
{
    struct hart *target = &h->monitor->hart[to];

    if (target == h)
        return;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&target->state, __ATOMIC_RELAXED) == HART_SUSPENDED)
        ops_wake(to);
    else
        ops_kick(to);
}

void hart_software(struct hart *h, uint32_t to)
{
    struct hart *target = &h->monitor->hart[to];
    uint32_t state = __atomic_load_n(&target->state, __ATOMIC_RELAXED);

    if (state != HART_STARTED && state != HART_SUSPENDED)
        return;
    __atomic_fetch_or(&target->page->inject, INJECT_SOFTWARE, __ATOMIC_RELEASE);
    hart_nudge(h, to);
}

void hart_external(struct hart *h)
{
    struct monitor *m = h->monitor;
    uint32_t lines = m->devices.plic.lines;
    uint32_t changed = lines ^ m->driven;

    m->driven = lines;
    for (uint32_t to = 0; changed != 0; to++, changed >>= 1) {
        uint64_t *inject = &m->hart[to].page->inject;

        if ((changed & 1u) == 0)
            continue;
        if ((lines >> to & 1u) != 0) {
            __atomic_fetch_and(inject, ~((uint64_t)INJECT_EXTERNAL << 32), __ATOMIC_RELAXED);
            __atomic_fetch_or(inject, INJECT_EXTERNAL, __ATOMIC_RELEASE);
            hart_nudge(h, to);
        } else {
            __atomic_fetch_or(inject, (uint64_t)INJECT_EXTERNAL << 32, __ATOMIC_RELEASE);
        }
    }
}

void hart_input(struct hart *h)
{
    struct monitor *m = h->monitor;
    int byte;

    while (!m->speaks_virtio && uart_room(&m->devices.uart) > 0) {
        byte = console_input(m);
        if (byte < 0)
            break;
        (void)devices_receive(&m->devices, (uint8_t)byte);
    }
    hart_external(h);
}

void hart_speaks(struct hart *h, bool virtio)
{
    struct monitor *m = h->monitor;

    if (__atomic_load_n(&m->speaks_virtio, __ATOMIC_RELAXED) == virtio)
        return;
    lock_take(&m->device_lock, h);
    __atomic_store_n(&m->speaks_virtio, virtio, __ATOMIC_RELAXED);
    hart_input(h);
    lock_drop(&m->device_lock);
}

void hart_clock(struct hart *h)
{
    struct monitor *m = h->monitor;
    uint64_t due = devices_tick(&m->devices);

    if (m->retry != 0 && (due == 0 || m->retry < due))
        due = m->retry;
    hart_external(h);
    if (due == m->ring->alarm)
        return;
    __atomic_store_n(&m->ring->alarm, due, __ATOMIC_RELEASE);
    if (due != 0)
        ops_console();
}

int64_t hart_start(struct hart *h, uint64_t to, uint64_t pc, uint64_t argument)
{
    struct monitor *m = h->monitor;
    int64_t error = SBI_SUCCESS;
    struct hart *target;

    if (to >= m->cpus)
        return SBI_ERR_INVALID_PARAM;
    if ((pc & 1) != 0 || memory_at(&m->memory, pc, 2) == NULL)
        return SBI_ERR_INVALID_ADDRESS;
    target = &m->hart[to];
    lock_take(&m->hart_lock, h);
    if (target->state != HART_STOPPED) {
        error = SBI_ERR_ALREADY_AVAILABLE;
    } else {
        target->start_pc = pc;
        target->start_argument = argument;
        __atomic_store_n(&target->state, (uint32_t)HART_START_PENDING, __ATOMIC_RELAXED);
    }
    lock_drop(&m->hart_lock);
    if (error == SBI_SUCCESS && target != h)
        ops_wake((uint32_t)to);
    return error;
}

void hart_stop(struct hart *h)
{
    lock_take(&h->monitor->hart_lock, h);
    __atomic_store_n(&h->state, (uint32_t)HART_STOPPED, __ATOMIC_RELAXED);
    h->parked = true;
    lock_drop(&h->monitor->hart_lock);
    if (h->index != 0 && __atomic_load_n(&h->monitor->halt, __ATOMIC_ACQUIRE) != 0)
        ops_wake(0); /* it waits for us */
}

/* When the guest's timer is due, if it waits for it: with Sstc or without. */
static uint64_t hart_deadline(const struct hart *h, uint64_t most)
{
    uint64_t due = h->page->deadline;

    if (monitor_in_shadow(h->monitor) || (h->monitor->start->features & BOOT_HAS_SSTC) != 0)
        due = h->page->vstimecmp;
    return due < most ? due : most;
}

void hart_suspend(struct hart *h)
{
    uint64_t longest = h->monitor->start->timebase / 10 + 1;
    uint64_t inject;

    ops_save();
    __atomic_store_n(&h->state, (uint32_t)HART_SUSPENDED, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    inject = __atomic_load_n(&h->page->inject, __ATOMIC_RELAXED) | h->page->hvip;
    if ((inject & UINT32_MAX) == 0)
        h->bits |= ops_wait(hart_deadline(h, ops_time() + longest));
    __atomic_store_n(&h->state, (uint32_t)HART_STARTED, __ATOMIC_RELAXED);
}

void hart_halt(struct hart *h, enum guest_wish wish)
{
    struct monitor *m = h->monitor;

    lock_take(&m->hart_lock, h);
    if (m->wish == WISH_NONE)
        m->wish = (uint32_t)wish;
    __atomic_store_n(&m->halt, 1u, __ATOMIC_RELEASE);
    lock_drop(&m->hart_lock);
    if (h->index != 0)
        ops_wake(0);
}

void hart_prepare(struct hart *h)
{
    struct monitor *m = h->monitor;
    struct vcpu_page *page = h->page;

    lock_take(&m->device_lock, h);
    memset(page, 0, sizeof *page);
    page->pc = h->start_pc;
    page->x[REG_A0 - 1] = h->index;
    page->x[REG_A0] = h->start_argument;
    page->supervisor = 1;
    page->deadline = UINT64_MAX;
    page->vstimecmp = UINT64_MAX;
    page->scounteren = COUNTEREN_TIME;
    m->driven &= ~(1u << h->index);
    hart_external(h);
    lock_drop(&m->device_lock);
}

void hart_trap(struct hart *h, uint64_t cause, uint64_t value)
{
    struct vcpu_page *page = h->page;
    uint64_t status = page->vsstatus & ~(uint64_t)(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP);

    if ((page->vsstatus & SSTATUS_SIE) != 0)
        status |= SSTATUS_SPIE;
    if (page->supervisor != 0)
        status |= SSTATUS_SPP;
    page->vsstatus = status;
    page->vsepc = page->pc;
    page->vscause = cause;
    page->vstval = value;
    page->pc = page->vstvec & ~UINT64_C(3);
    page->supervisor = 1;
    h->reload = true;
}

static bool hart_is_paused(const struct hart *h)
{
    return __atomic_load_n(&h->monitor->ring->paused, __ATOMIC_ACQUIRE) != 0 &&
           __atomic_load_n(&h->monitor->halt, __ATOMIC_ACQUIRE) == 0;
}

/* The console tells the first thread, which tells the others. */
static void hart_tell(const struct hart *h)
{
    for (uint32_t i = 1; h->index == 0 && i < h->monitor->cpus; i++)
        ops_wake(i);
}

void hart_pause(struct hart *h)
{
    if (!hart_is_paused(h))
        return;
    hart_tell(h);
    while (hart_is_paused(h))
        h->bits |= ops_wait(SEPTUM_FOREVER);
    hart_tell(h);
}

bool hart_unpark(struct hart *h)
{
    struct monitor *m = h->monitor;
    bool started = false;

    lock_take(&m->hart_lock, h);
    if (m->halt == 0 && h->state == HART_START_PENDING) {
        h->parked = false;
        started = true;
    }
    lock_drop(&m->hart_lock);
    if (started) {
        hart_prepare(h);
        __atomic_store_n(&h->state, (uint32_t)HART_STARTED, __ATOMIC_RELEASE);
    }
    return started;
}

static bool hart_all_parked(struct hart *h)
{
    struct monitor *m = h->monitor;
    bool all = true;

    lock_take(&m->hart_lock, h);
    for (uint32_t i = 1; i < m->cpus; i++)
        all = all && m->hart[i].parked;
    lock_drop(&m->hart_lock);
    return all;
}

void hart_await_parked(struct hart *h)
{
    struct monitor *m = h->monitor;
    uint64_t millisecond = m->start->timebase / 1000u + 1;

    for (uint32_t i = 1; i < m->cpus; i++)
        ops_wake(i);
    while (!hart_all_parked(h))
        h->bits |= ops_wait(ops_time() + millisecond);
}
