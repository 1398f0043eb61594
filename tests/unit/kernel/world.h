/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A small machine on which the kernel has booted: two harts, the manager's thread current on the first. */
#ifndef KERNEL_WORLD_H
#define KERNEL_WORLD_H

#include "host.h"

#include <kernel/frame.h>
#include <kernel/ipc.h>
#include <kernel/sched.h>

#define WORLD_FRAMES 2048
#define WORLD_RAM_BASE UINT64_C(0x80000000)
#define WORLD_KERNEL 512   /* the frame where the kernel's image begins */
#define WORLD_SEGMENTS 640 /* text (2 frames), data (2), bootinfo (1), stack (1) */
#define WORLD_BUNDLE 656   /* 4 frames */
#define WORLD_REGION 768   /* to 1023: the kernel takes the manager's tables from its front */
#define WORLD_BLOCKS 1024  /* two aligned blocks of 512 frames */
#define WORLD_UART UINT64_C(0x10000000)
#define WORLD_IOMMU UINT64_C(0x3010000)
#define WORLD_TICKS_PER_SECOND 10000000

#define MANAGER 0u /* the slot of its thread */

/* Good boot information for that machine, in `boot`. */
void world_boot(void);
/* Set-up of a test: the machine has booted, the second hart has joined and idles. */
int world_begin(void **state);

/* The next frame of the manager's, given to a domain; an aligned block of four, of 512. */
uint64_t world_frame(uint32_t owner);
uint64_t world_four(uint32_t owner);
uint64_t world_block(uint32_t owner);
/* A new domain, with a root. */
uint32_t world_domain(uint32_t kind);
/* Tables down to level 0 (or 1) for that address. */
void world_tables(uint32_t d, uint64_t va, uint64_t level);
/* A ready thread of a server domain. */
uint32_t world_thread(uint32_t d, uint32_t h, uint32_t priority);
/* A server domain's thread with a vCPU of a guest, and its page mapped nowhere. */
uint32_t world_vcpu(uint32_t d, uint32_t h, uint32_t guest);

/* Thread t's call, as the trap brings it; its a0. */
struct world_args {
    uint64_t a[6];
};
int64_t world_call(uint32_t t, uint64_t number, struct world_args args);
#define CALL(t, number, ...) world_call(t, number, (struct world_args){{__VA_ARGS__}})

/* Thread t's result registers: a1 .. a5 are 1 .. 5. */
uint64_t world_result(uint32_t t, uint32_t i);

/* Keeps memory, ownership and authority; has any of it changed since? */
void world_keep(void);
int world_same(void);

#endif
