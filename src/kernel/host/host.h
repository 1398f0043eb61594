/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The fake machine: every primitive of <kernel/hart.h> and <kernel/fence.h> for the build host, with all its state in
 * variables that tests set and see. Harts take turns: host_self says which one the code runs on.
 */
#pragma once

#include <kernel/boot.h>
#include <kernel/call.h>
#include <kernel/cap.h>
#include <kernel/device.h>
#include <kernel/domain.h>
#include <kernel/irq.h>
#include <kernel/shadow.h>
#include <kernel/trap.h>
#include <riscv/csr.h>

#include <setjmp.h>

enum host_mode { HOST_IDLE, HOST_IN_SERVER, HOST_IN_GUEST };
enum host_vector { HOST_VECTOR_NONE, HOST_VECTOR_SERVER, HOST_VECTOR_GUEST };

struct host_hart {
    uint64_t scause, stval, sepc, sstatus, hstatus, htval, htinst, senvcfg, scounteren;
    uint64_t hgatp, hedeleg, timer;
    uint64_t vs[VS_CSRS];
    uint64_t f[33]; /* the last is fcsr */
    uint64_t x[32]; /* x[0] is the pc that the last exit went to */
    enum host_mode mode;
    enum host_vector vector;
    uint32_t space;   /* slot that satp names, DOMAINS: the kernel's own root */
    uint64_t root;    /* first frame of that root */
    uint64_t shadow;  /* the top page that satp names in its stead, NO_FRAME: none */
    uint64_t asid;    /* of that */
    uint32_t last;    /* slot and root of the last server's space, for the way back from a shadow root */
    uint64_t last_root;
    uint32_t shadow_fences;
    uint64_t context; /* thread that server entries save to */
    uint64_t page;    /* frame that guest entries save to */
    uint32_t ipi;     /* one is pending */
    uint32_t ipis;    /* sent to it so far */
    uint32_t started;
    uint32_t vcpu_fences;
};

/* What hart_fence_guest was last asked for. */
struct host_guest_fence {
    uint32_t count, slot, remote;
    uint64_t what, va, bytes, asid;
};

#define HOST_OUTPUT 4096

extern struct host_hart host_hart[HARTS];
extern uint32_t host_self;
extern uint64_t host_time;
extern uint32_t host_locked;               /* 1 while kernel_lock is held */
extern uint32_t host_space_fences[DOMAINS];
extern uint32_t host_code_fences, host_store_fences;
extern struct host_guest_fence host_guest_fence;
extern uint64_t host_fp[THREADS][33];
extern char host_output[HOST_OUTPUT];      /* of the firmware's console */
extern jmp_buf host_off;                   /* where firmware_off() goes: it never returns */
extern uint64_t host_off_how;

/* A machine with all state zero and `frames` frames of memory; the kernel's statics are as at its start. */
void host_reset(uint64_t frames);

/* ---- entry.c: the entries, from trap to resume ---- */
/* Hart h joins, from the loader or from the firmware. */
uint64_t host_start(uint64_t h);
/* Hart h traps with that cause at sepc, in whatever it runs; the enum resume of where it went. */
uint64_t host_trap(uint64_t h, uint64_t cause);

/* ---- plic.c ---- */
void host_plic_reset(void);
/* The line of an interrupt goes up or down. */
void host_plic_line(uint32_t irq, uint32_t level);
int host_plic_enabled(uint32_t h, uint32_t irq);
int host_plic_wants(uint32_t h);

/* ---- device.c: the IOMMU ---- */
struct host_iommu {
    uint32_t invalidations, directories, fences; /* commands served */
    uint32_t silent;                             /* 1: it takes no command any more */
    uint32_t overflow;                           /* fqof, as it stands in fqcsr */
};
extern struct host_iommu host_iommu;
void host_iommu_reset(void);
/* From here on the IOMMU holds all contexts and all translations there are. */
void host_iommu_fill(void);
/* Does it hold a translation of that slot that its tables do not have any more? A context that is not as it is now? */
int host_iommu_stale(uint32_t slot);
int host_contexts_stale(void);
/* Device n accesses iova: the frame, or NO_FRAME, and the fault is reported. */
uint64_t host_dma(uint64_t n, uint64_t iova, uint32_t write);

/* ---- tlb.c: what harts may hold of each slot's tables ---- */
#define HOST_ENTRIES 16384

struct host_entry {
    uint64_t va;
    uint64_t entry; /* leaf or pointer */
    uint64_t at;    /* it is entry at % 512 of frame at / 512 */
    uint32_t level;
};

struct host_walk {
    uint32_t count;
    const char *wrong; /* what is not as the privileged specification wants it, or NULL */
    struct host_entry entry[HOST_ENTRIES];
};

/* All valid entries below 256 GiB that the hardware can reach from a root, in the order of their addresses. */
void host_walk_root(uint64_t root, struct host_walk *walk);
/* From here on all harts hold all translations there are. */
void host_tlb_fill(void);
/* Do harts hold a translation of that slot that its tables do not have any more? */
int host_tlb_stale(uint32_t slot);
void host_tlb_fence(uint32_t slot);
void host_tlb_reset(void);

/* ---- shadow_tlb.c: what a hart that walks ahead holds of shadow tables ---- */
struct host_held {
    uint64_t asid, va;
    uint64_t entry; /* leaf or pointer */
    uint32_t level; /* of its table: 3 is the top one */
};

/* From here on, until host_reset, the hart holds whatever it may. */
void host_shadow_tlb_start(void);
/* What the hart holds for a root of t's that its tables do not have; NULL: nothing. */
const struct host_held *host_shadow_tlb_wrong(uint64_t t);
