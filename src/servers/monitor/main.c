/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The monitor's threads, and the loop that a guest's exits go through. */
#include "console.h"
#include "exits.h"
#include "fault.h"
#include "hart.h"
#include "life.h"
#include "ops.h"
#include "sbi.h"

#include <lib/server.h>
#include <lib/sys.h>

static struct monitor monitor;

void server_put(const char *text, size_t bytes)
{
    if (monitor.ready != 0)
        console_message(&monitor.hart[0], text, bytes);
}

/* Flags of the next entry. Without Sstc the timer is the kernel's, and a reload forgets it. */
static uint64_t main_flags(const struct hart *h, enum sbi_after after)
{
    bool sstc = monitor_in_shadow(h->monitor) || (h->monitor->start->features & BOOT_HAS_SSTC) != 0;

    if (after == SBI_RELOAD)
        return sstc ? VCPU_RUN_LOAD : VCPU_RUN_LOAD | VCPU_RUN_TIMER;
    if (after == SBI_FENCE)
        return VCPU_RUN_FENCE;
    return after == SBI_TIMER ? VCPU_RUN_TIMER : 0;
}

/*
 * Runs the guest on this hart until it parks. Nothing survives SEPTUM_VCPU_RUN in a register, so what the loop needs
 * comes from the stack: as little as can be.
 */
static void main_run(struct hart *h)
{
    struct vcpu_page *page = h->page;
    uint64_t *exits = h->exits;
    uint64_t flags = VCPU_RUN_LOAD | VCPU_RUN_TIMER | VCPU_RUN_CLEAR;

    for (;;) {
        bool timer = false;
        uint64_t bits;
        int64_t exit = sys_vcpu_run(flags, &bits);

        if (__builtin_expect(exit == EXIT_SBI, 1)) {
            page->pc += ECALL_BYTES;
            if (__builtin_expect(sbi_fast(page, &timer), 1)) {
                if (timer) {
                    exits[EXITS_TIMER]++;
                    flags = VCPU_RUN_TIMER;
                } else {
                    exits[EXITS_SBI]++;
                    flags = 0;
                }
                continue;
            }
        }
        if (exit == EXIT_FAULT && fault_fast(h, &monitor, page)) {
            flags = 0;
        } else {
            enum sbi_after after = exits_serve(h, exit, bits);

            if (after == SBI_PARK)
                break;
            flags = main_flags(h, after);
        }
    }
    hart_stop(h);
}

/* A thread other than the first: in the guest while its hart is started. */
static _Noreturn void main_follow(struct hart *h)
{
    for (;;) {
        if (hart_unpark(h))
            main_run(h);
        h->bits |= ops_wait(SEPTUM_FOREVER);
        h->bits = 0;
    }
}

/* The guest's life, until its harts are to stop and it is not to begin again. */
static bool main_live(struct hart *h)
{
    if (!life_begin(h))
        return false;
    for (;;) {
        if (hart_unpark(h))
            main_run(h);
        if (exits_bits(h))
            return life_end(h);
        h->bits |= ops_wait(SEPTUM_FOREVER);
    }
}

/* The first thread: vCPU 0, and the guest's life. When that is over, the manager ends this domain. */
static _Noreturn void main_lead(struct hart *h)
{
    while (main_live(h))
        continue;
    for (;;)
        (void)ops_wait(SEPTUM_FOREVER);
}

void server_main(uint64_t index)
{
    struct vcpu_page *pages[GUEST_CPUS];

    if (index == 0) {
        for (uint64_t i = 0; i < GUEST_CPUS; i++)
            pages[i] = (struct vcpu_page *)(MONITOR_VA_VCPU + i * FRAME_BYTES);
        virtio_init(&monitor.virtio, (const struct monitor_start *)(uintptr_t)MONITOR_VA_START,
                    (uint8_t *)(uintptr_t)MONITOR_VA_DEVICE);
        life_init(&monitor, (const struct monitor_start *)(uintptr_t)MONITOR_VA_START,
                  (struct console_ring *)(uintptr_t)MONITOR_VA_RING, (const uint8_t *)(uintptr_t)MONITOR_VA_STAGING,
                  (uint8_t *)(MONITOR_VA_GUEST + GUEST_RAM_BASE), pages);
        pages_init(&monitor, (uint8_t *)(uintptr_t)MONITOR_VA_BALLOON);
        main_lead(&monitor.hart[0]);
    }
    while (__atomic_load_n(&monitor.ready, __ATOMIC_ACQUIRE) == 0)
        (void)ops_wait(ops_time() + 1000);
    main_follow(&monitor.hart[index % GUEST_CPUS]);
}
