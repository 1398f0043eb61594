/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The monitor of one guest: a thread for each vCPU, and what they share. Only main.c and ops.c call the kernel; all
 * else also builds for the host, where tests stand in for ops.c.
 */
#pragma once

#include "lock.h"
#include "memory.h"
#include "mmio.h"
#include "pages.h"
#include "virtio.h"

#include <lib/seed.h>
#include <septum/proto.h>
#include <stdbool.h>
#include <stdint.h>

/* As SBI numbers them. [SBI 2.0 ch. 9] */
enum hart_state { HART_STARTED = 0, HART_STOPPED = 1, HART_START_PENDING = 2, HART_SUSPENDED = 4 };

/* What is to become of the guest once all of its harts stand still. */
enum guest_wish { WISH_NONE = 0, WISH_OFF = 1, WISH_RESET = 2, WISH_CRASH = 3 };

enum record_kind { RECORD_NONE = 0, RECORD_SBI, RECORD_READ, RECORD_WRITE, RECORD_FAULT, RECORD_OTHER };

/* An exit, for the crash card; or several alike: a guest that prints would fill it otherwise. */
struct record {
    uint32_t kind; /* enum record_kind */
    uint32_t times;
    uint64_t pc;
    uint64_t detail; /* SBI: extension; READ, WRITE, FAULT: guest-physical address; OTHER: scause */
    uint64_t more;   /* SBI: function; READ, WRITE: value, of the last; else stval */
};
#define RECORDS 8u

struct hart {
    struct vcpu_page *page;
    struct monitor *monitor;
    uint64_t *exits; /* EXIT_KINDS counts, in the ring */
    uint64_t bits; /* notifications that came while the thread waited for something else */
    bool reload;   /* the guest goes on with all of its page, which was changed */
    uint32_t index;
    uint32_t records; /* how many there were, ever */
    struct record record[RECORDS];
    /* guarded by hart_lock; state is also read without it */
    uint32_t state; /* enum hart_state */
    bool parked;    /* the thread stays out of the guest until the state is START_PENDING */
    uint64_t start_pc;
    uint64_t start_argument;
};

struct monitor {
    const struct monitor_start *start;
    struct console_ring *ring;
    const uint8_t *staging;
    struct memory memory;
    struct pages pages; /* its lock comes behind those of the devices, before device_lock */
    uint32_t cpus;
    uint32_t ready; /* set by thread 0: the other threads may look at the rest */
    bool used;      /* the guest's memory is not all zero any more */
    struct seed seed; /* each life of the guest gets bytes of its own */
    struct hart hart[GUEST_CPUS];

    struct lock hart_lock; /* guards wish and the harts' states */
    uint32_t halt;         /* all harts must park; read without the lock */
    uint32_t wish;         /* enum guest_wish */

    struct lock device_lock; /* guards the devices and the ring's input side */
    struct devices devices;
    bool speaks_virtio; /* the guest wrote to its virtio console last, not to the UART; also read without the lock */
    uint64_t retry;     /* when the balloon is to ask the manager again; 0: never */
    uint32_t driven;    /* the lines that are injected as external interrupts */

    struct virtio virtio; /* each device has its own lock */

    struct lock staging_lock; /* guards the staging area while the guest runs; before, thread 0 is alone */

    struct lock out_lock; /* guards the ring's output side */
    bool console_stuck;   /* it takes nothing: output is dropped until it does */
};

static inline bool monitor_in_shadow(const struct monitor *m)
{
    return m->start->mode == BUNDLE_SHADOW;
}

/* Is there a device at that address? */
static inline bool monitor_has_device(const struct monitor *m, uint64_t gpa)
{
    return devices_cover(gpa) || virtio_covers(&m->virtio, gpa);
}

static inline void monitor_record(struct hart *h, enum record_kind kind, uint64_t pc, uint64_t detail, uint64_t more)
{
    struct record *last = &h->record[(h->records - 1u) % RECORDS];

    if (last->kind == (uint32_t)kind && last->pc == pc && last->detail == detail) {
        last->times++;
        last->more = more;
    } else {
        h->record[h->records++ % RECORDS] = (struct record){(uint32_t)kind, 1, pc, detail, more};
    }
}

/* x0 .. x31 of the guest. */
static inline uint64_t page_get(const struct vcpu_page *page, uint64_t reg)
{
    return reg == 0 ? 0 : page->x[reg - 1u];
}

static inline void page_set(struct vcpu_page *page, uint64_t reg, uint64_t value)
{
    if (reg != 0)
        page->x[reg - 1u] = value;
}

#define REG_A0 10u
#define REG_A6 16u
#define REG_A7 17u
