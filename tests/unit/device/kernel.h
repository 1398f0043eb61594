/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A kernel of books only, for the manager on the build host. Domain 1 is the manager's. */
#ifndef DEVICE_KERNEL_H
#define DEVICE_KERNEL_H

#include <lib/sys.h>

#include <stdbool.h>

#define KERNEL_FRAMES  8192u
#define KERNEL_DOMAINS 256u /* names are not used again */
#define KERNEL_THREADS 256u
#define MANAGER_DOMAIN 1u

struct kernel_frame {
    uint32_t owner;    /* domain */
    uint32_t borrower; /* 0: none */
    uint32_t kind;     /* enum septum_frame_kind */
    uint64_t at[2];    /* where its owner and its borrower map it; 0: nowhere */
};

struct kernel_cap {
    uint32_t type; /* enum septum_cap_type */
    uint32_t object;
    uint64_t rights;
    uint64_t badge;
};

struct kernel_thread {
    uint32_t domain;
    uint32_t state; /* enum septum_thread_state */
    uint64_t priority;
    uint64_t budget_us;
    uint64_t argument;
    uint64_t bits; /* notified */
};

/* A page of registers that the machine has; its capabilities are in the manager's slots of the boot information. */
struct kernel_window {
    uint32_t type;   /* virtio device id that it tells; 0: no such window */
    uint32_t domain; /* who maps it; 0: nobody */
    uint64_t at;
    uint32_t thread; /* that gets its interrupt */
    uint64_t bits;
};

extern struct kernel_window kernel_window[WINDOWS];
extern uint32_t kernel_device[DEVICES]; /* the domain that each is assigned to; 0: none */
extern struct sys_device_fault kernel_fault; /* what the IOMMU tells … */
extern uint32_t kernel_faults;               /* … so many times more */
extern void (*kernel_others)(void);          /* what others do while the manager waits */
extern uint64_t kernel_now; /* each look at the clock takes a tick */
extern struct kernel_frame kernel_frame[KERNEL_FRAMES];
extern struct kernel_thread kernel_thread[KERNEL_THREADS];

void kernel_begin(void);
struct kernel_cap *kernel_cap(uint32_t domain, uint64_t slot);
uint32_t kernel_caps(uint32_t domain);  /* how many slots are taken */
uint32_t kernel_owned(uint32_t domain); /* how many frames */
void *kernel_memory(uint64_t frame);    /* a frame's bytes */
/* The frame that the domain maps at that address; KERNEL_FRAMES: none. */
uint64_t kernel_mapped(uint32_t domain, uint64_t va);

#endif
