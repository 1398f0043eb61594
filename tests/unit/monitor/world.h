/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A monitor on the build host: memory, vCPU pages, ring and staging from the heap; kernel, manager, console acted. */
#ifndef MONITOR_WORLD_H
#define MONITOR_WORLD_H

#include "monitor.h"

#define WORLD_MEMORY (UINT64_C(4) << 20)
#define WORLD_FENCES 8u
#define WORLD_TICKS  1000u /* a millisecond */

struct world {
    struct monitor monitor;
    struct monitor_start start;
    struct console_ring *ring;
    uint8_t *memory;
    uint8_t *staging;
    struct vcpu_page *page[GUEST_CPUS];
    const uint8_t *file[3]; /* what the manager reads from: kernel, initrd, map */

    uint64_t time;
    uint32_t kicked; /* harts, as bits */
    uint32_t woken;
    uint32_t bells; /* notifications to the console */
    uint32_t waits;
    uint32_t saves;
    uint64_t bits;      /* what the next wait brings */
    uint32_t pause;     /* the console resumes the guest in the wait of that number; 0: it does not */
    bool console_takes; /* in a wait, the console takes all output */
    uint32_t fences;
    uint64_t fence[WORLD_FENCES][4];
    uint32_t calls[8]; /* to the manager, by operation */
    uint64_t last_off; /* argument of the last MANAGER_OFF */
    bool read_fails;
    uint8_t *rings; /* of the virtio devices; NULL: there are none */
    uint32_t device_bells[GUEST_DEVICES];
};

extern struct world world;

/* A fresh world with that many vCPUs. */
void world_make(uint32_t cpus);
void world_drop(void);

/* The guest has virtio devices of these kinds (enum device_kind), with rings that read zero. */
void world_devices(const uint32_t *kinds, uint32_t count);

/* The ring of a device, as the server's side has it. */
void *world_ring(uint32_t device);

/* A guest's access to a register of a device, by hart 0: through the fault that it causes. */
uint64_t world_load(uint64_t gpa, uint32_t bytes);
void world_store(uint64_t gpa, uint32_t bytes, uint64_t value);

/* Sets the SBI call of hart 0's page. */
void world_call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);

/* The output in the ring, NUL-terminated, taken out. */
const char *world_output(void);

/* The console brings input. */
void world_input(const char *text);

#endif
