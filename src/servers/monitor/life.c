/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "life.h"

#include "console.h"
#include "hart.h"
#include "load.h"
#include "ops.h"

#include <string.h>

#define OFF_SHUTDOWN 0u
#define OFF_CRASHED  1u

void life_init(struct monitor *m, const struct monitor_start *start, struct console_ring *ring, const uint8_t *staging,
               uint8_t *memory, struct vcpu_page *const *pages)
{
    m->start = start;
    m->ring = ring;
    m->staging = staging;
    m->devices.clock = (struct clock){start->timebase, start->clock_ns, start->clock_time};
    m->seed.there = start->seeded != 0;
    memcpy(m->seed.key, start->seed, SEED_BYTES);
    m->memory = (struct memory){memory, GUEST_RAM_BASE, start->guest.memory_bytes, NULL};
    m->cpus = start->guest.cpus < GUEST_CPUS ? start->guest.cpus : GUEST_CPUS;
    for (uint32_t i = 0; i < m->cpus; i++) {
        m->hart[i] = (struct hart){.page = pages[i], .monitor = m, .exits = ring->exits[i], .index = i,
                                   .state = HART_STOPPED, .parked = true};
    }
    memcpy(ring->name, start->guest.name, sizeof ring->name);
    __atomic_store_n(&m->ready, 1u, __ATOMIC_RELEASE);
}

/* As after power on; the line stays as it was put: what is in the ring is not taken back. */
static void life_reset(struct monitor *m)
{
    devices_reset(&m->devices, m->cpus);
    virtio_reset(&m->virtio);
    m->driven = 0;
    m->speaks_virtio = false;
    m->ring->alarm = 0;
    m->retry = 0;
    for (uint32_t i = 0; i < m->cpus; i++) {
        m->hart[i].state = HART_STOPPED;
        m->hart[i].records = 0;
        memset(m->hart[i].record, 0, sizeof m->hart[i].record);
    }
}

bool life_begin(struct hart *h)
{
    struct monitor *m = h->monitor;
    struct load load;
    const char *error;

    console_state(m, GUEST_LOADING);
    life_reset(m);
    bal_restore(h);
    virtio_await(h);
    error = load_guest(h, &load);
    if (error != NULL) {
        console_say(h, "not started: %s", error);
        console_state(m, GUEST_CRASHED);
        (void)ops_manager(MANAGER_OFF, OFF_SHUTDOWN, 0, 0); /* to try again would not help */
        return false;
    }
    lock_take(&m->hart_lock, h);
    m->wish = WISH_NONE;
    __atomic_store_n(&m->halt, 0u, __ATOMIC_RELEASE);
    lock_drop(&m->hart_lock);
    (void)hart_start(h, 0, load.entry, load.tree);
    console_state(m, GUEST_RUNNING);
    (void)ops_manager(MANAGER_RUNNING, 0, 0, 0);
    return true;
}

bool life_end(struct hart *h)
{
    struct monitor *m = h->monitor;
    uint32_t wish;

    hart_await_parked(h);
    lock_take(&m->hart_lock, h);
    wish = m->wish;
    lock_drop(&m->hart_lock);
    if (wish == WISH_RESET)
        return true;
    console_state(m, wish == WISH_CRASH ? GUEST_CRASHED : GUEST_OFF);
    (void)ops_manager(MANAGER_OFF, wish == WISH_CRASH ? OFF_CRASHED : OFF_SHUTDOWN, 0, 0);
    return false;
}
