/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Device registers through translated addresses: the UART's scratch byte, words of the PLIC, in every form of access. */
#include "isa.h"

#define UART       UINT64_C(0x10000000)
#define SCRATCH    7u
#define PLIC       UINT64_C(0x0c000000)
#define PRIORITY   40u /* of source 10 */

static struct space space;

static struct probe run(const uint32_t *word, size_t count, unsigned user, uint64_t va, uint64_t value)
{
    struct probe p = {.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR, .satp = satp_of(space.top, 0), .fence = 1,
                      .a = {value, va}};

    probe_words(&p, word, count);
    return p;
}

static void row_value(const struct probe *p, uint64_t value)
{
    row_hex(p->scause);
    row_hex(p->scause == CAUSE_BREAK ? value : p->stval);
}

/* Written as bytes, read with and without the sign, to several registers; x0 as source and target. */
static void scratch(unsigned user)
{
    static const uint32_t store[] = {0x00a58023}, load[] = {0x00058503}, load_unsigned[] = {0x0005c503};
    static const uint32_t store_zero[] = {0x00058023}, load_zero[] = {0x00058003, 0x00000513};
    static const uint32_t load_sp[] = {0x0005c103 /* lbu sp */, 0x00010513 /* mv a0, sp */};
    static const uint64_t values[] = {0, 0x5a, 0xa5, 0xff, 0x1234};
    uint64_t va = TEST_VA + SCRATCH;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct probe p = run(store, 1, user, va, values[i]);

        row_begin("device.scratch.%s.%lx", user ? "user" : "supervisor", values[i]);
        row_value(&p, 0);
        p = run(load, 1, user, va, 0);
        row_value(&p, p.a[0]);
        p = run(load_unsigned, 1, user, va, 0);
        row_value(&p, p.a[0]);
        p = run(load_sp, 2, user, va, 0);
        row_value(&p, p.a[0]);
        p = run(load_zero, 2, user, va, 7);
        row_value(&p, p.a[0]);
        row_end();
    }
    row_begin("device.scratch.%s.zero", user ? "user" : "supervisor");
    struct probe p = run(store_zero, 1, user, va, 0xff);
    row_value(&p, 0);
    p = run(load, 1, user, va, 0);
    row_value(&p, p.a[0]);
    row_end();
}

/* Words: the priority of a source, in plain and compressed loads and stores. */
static void words(unsigned user)
{
    static const uint32_t store[] = {0x00a5a023}, load[] = {0x0005a503}, load_unsigned[] = {0x0005e503};
    static const uint32_t store_c[] = {0x0001c188}, load_c[] = {0x00014188}; /* c.sw a0, c.lw a0; c.nop */
    static const uint64_t values[] = {0, 1, 7, UINT64_C(0xffffffff)};
    uint64_t va = TEST_VA + PAGE + PRIORITY;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct probe p = run(i % 2 ? store_c : store, 1, user, va, values[i]);

        row_begin("device.word.%s.%lx", user ? "user" : "supervisor", values[i]);
        row_value(&p, 0);
        p = run(load, 1, user, va, 0);
        row_value(&p, p.a[0]);
        p = run(load_unsigned, 1, user, va, 0);
        row_value(&p, p.a[0]);
        p = run(load_c, 1, user, va, 0);
        row_value(&p, p.a[0]);
        row_end();
    }
    write32(PLIC + PRIORITY, 0);
}

/* The guest's own table decides first: rights, A and D of the device's page. */
static void rights(void)
{
    static const uint64_t flags[] = {0, PTE_V | PTE_R | PTE_A, PTE_V | PTE_R | PTE_W | PTE_A, PTE_V | PTE_X | PTE_A,
                                     PTE_V | PTE_R | PTE_W | PTE_D, PTE_RWXAD, PTE_RWXAD | PTE_U};
    static const uint32_t store[] = {0x00a58023}, load[] = {0x0005c503};

    write8(UART + SCRATCH, 0x3c);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        row_begin("device.rights.%02lx", flags[i]);
        space.low->pte[0] = pte_of((void *)UART, flags[i]);
        for (unsigned user = 0; user < 2; user++) {
            struct probe p = run(load, 1, user, TEST_VA + SCRATCH, 0);

            row_value(&p, p.a[0]);
            p = run(store, 1, user, TEST_VA + SCRATCH, 0x3c);
            row_value(&p, 0);
        }
        row_end();
    }
}

/* A superpage that holds the device, Bare mode, and SUM and MXR in between. */
static void other_ways(void)
{
    static const uint32_t load[] = {0x0005c503};
    struct probe p;

    write8(UART + SCRATCH, 0x66);
    space.middle->pte[1] = pte_of((void *)UART, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
    p = run(load, 1, 0, TEST_VA + UINT64_C(0x200000) + SCRATCH, 0);
    row("device.superpage", 2, p.scause, p.a[0]);
    p = (struct probe){.sstatus = SSTATUS_SUPERVISOR, .a = {0, UART + SCRATCH}, .pc = (uint64_t)do_load_byte};
    probe_run(&p);
    row("device.bare.supervisor", 2, p.scause, p.a[0]);
    p = (struct probe){.sstatus = SSTATUS_USER, .a = {0x99, UART + SCRATCH}, .pc = (uint64_t)do_store_byte};
    probe_run(&p);
    p.sstatus = SSTATUS_USER;
    p.pc = (uint64_t)do_load_byte;
    probe_run(&p);
    row("device.bare.user", 2, p.scause, p.a[0]);
    space.low->pte[0] = pte_of((void *)UART, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D | PTE_U);
    p = (struct probe){.sstatus = SSTATUS_SUPERVISOR | SSTATUS_SUM, .a = {0, TEST_VA + SCRATCH}, .fence = 1,
                       .satp = satp_of(space.top, 0)};
    probe_at(&p, do_load_byte);
    row("device.sum", 2, p.scause, p.a[0]);
    space.low->pte[0] = pte_of((void *)UART, PTE_V | PTE_X | PTE_A | PTE_D);
    p.sstatus = SSTATUS_SUPERVISOR | SSTATUS_MXR;
    p.a[0] = 0;
    probe_at(&p, do_load_byte);
    row("device.mxr", 2, p.scause, p.a[0]);
}

void group_device(const void *tree)
{
    (void)tree;
    for (unsigned user = 0; user < 2; user++) {
        uint64_t flags = PTE_V | PTE_R | PTE_W | PTE_A | PTE_D | (user ? PTE_U : 0);

        space_reset();
        space = space_new();
        space.low->pte[0] = pte_of((void *)UART, flags);
        space.low->pte[1] = pte_of((void *)PLIC, flags);
        scratch(user);
        words(user);
    }
    rights();
    other_ways();
}
