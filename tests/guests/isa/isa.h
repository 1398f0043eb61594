/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The instruction-set suite: each group of probes prints rows `name = values`, which must be the same on the bare
 * machine and below Septum. Everything a row shows is fixed by the program, the architecture and the machine's make;
 * addresses may stand in a row, because the program lies at the same place everywhere.
 */
#ifndef GUEST_ISA_H
#define GUEST_ISA_H

#include "rt/rt.h"

/* A probe: some instructions, run in a privilege and an address space of their own until they trap (probe.S). */
struct probe {
    uint64_t pc;
    uint64_t a[6];    /* in and out: a0 .. a5 */
    uint64_t sstatus; /* in: as sret finds it; out: as the trap left it */
    uint64_t satp;    /* while it runs */
    uint64_t fence;   /* 1: a fence for everything once satp is written */
    uint64_t scause, stval, sepc;
    uint64_t vector; /* in: stvec; 0: the one that ends the probe */
    uint64_t saved_sp, saved_sstatus, saved_satp;
};
void probe_run(struct probe *p);
extern const char probe_vector[], probe_vectors[];
extern volatile uint64_t probe_entry; /* which entry of probe_vectors was used last: its number */

/* Its own ends: an ebreak is how a probe that meets no other trap ends. */
#define CAUSE_FETCH_ACCESS  1u
#define CAUSE_ILLEGAL       2u
#define CAUSE_BREAK         3u
#define CAUSE_LOAD_ACCESS   5u
#define CAUSE_STORE_ACCESS  7u
#define CAUSE_ECALL_U       8u
#define CAUSE_FETCH_PAGE    12u
#define CAUSE_LOAD_PAGE     13u
#define CAUSE_STORE_PAGE    15u
#define INTERRUPT           (UINT64_C(1) << 63)
#define SSTATUS_MXR         0x80000u
#define SSTATUS_SUPERVISOR  SSTATUS_SPP
#define SSTATUS_USER        0u
#define EBREAK              0x00100073u
#define ECALL               0x00000073u
#define NOP                 0x00000013u

/* Runs those instructions and an ebreak behind them. */
void probe_words(struct probe *p, const uint32_t *word, size_t count);
/* The same for what stands in the program already, as seen in the privilege that p->sstatus says. */
void probe_at(struct probe *p, const void *code);
uint64_t user_alias(const volatile void *p); /* where user mode finds the program's memory */
extern const char do_load[], do_store[], do_load_byte[], do_store_byte[]; /* a0 = *a1, *a1 = a0, then ebreak */

/* Rows. row_text begins one, row_hex adds to it, row_end ends it; row does all three. */
void row_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void row_hex(uint64_t value);
void row_word(const char *word);
void row_end(void);
void row(const char *name, unsigned count, ...); /* count values of type uint64_t */
void row_trap(const char *name, const struct probe *p); /* cause, stval, sepc, sstatus */
void row_announce(const char *name); /* the next row may be the machine's end: say its name first */

extern uint64_t boot_hart;

/* Page tables (space.c). The home space maps: devices, the program for S mode, and for U mode at 4 GiB. */
#define PTE_V 0x01u
#define PTE_R 0x02u
#define PTE_W 0x04u
#define PTE_X 0x08u
#define PTE_U 0x10u
#define PTE_G 0x20u
#define PTE_A 0x40u
#define PTE_D 0x80u
#define PTE_RWXAD 0xcfu
#define PAGE        UINT64_C(4096)
#define TEST_VA     UINT64_C(0x200000000)          /* top entry 8: tables of the test's own */
#define HIGH_VA     UINT64_C(0xffffffc000000000)   /* top entry 256 */
#define OUTSIDE     UINT64_C(0x90000000)           /* no memory there */
#define PTES        512
struct table {
    uint64_t pte[PTES];
};
struct space {
    struct table *top, *middle, *low; /* middle is behind top entry 8, low behind middle entry 0 */
};
struct table *table_new(void); /* zeroed; there are enough, or the program ends */
struct table *page_new(void);  /* a page of memory to map */
void *area_new(void);          /* 2 MiB, aligned */
void space_reset(void);        /* all that was taken is free again */
struct space space_new(void);
uint64_t satp_of(const struct table *top, uint64_t asid);
uint64_t pte_of(const volatile void *p, uint64_t flags);
extern uint64_t home_satp;

/* Values to write: zero, ones, each bit alone, and random ones that are the same in every run. */
#define VALUES 80
uint64_t value_of(unsigned index);
uint64_t random_next(uint64_t *state);

typedef void isa_group(const void *tree);
isa_group group_csr, group_sweep, group_cause, group_pte, group_shape, group_live, group_asid, group_interrupt,
    group_chain, group_remote, group_random, group_return, group_float, group_atomic, group_device, group_stop;

#endif
