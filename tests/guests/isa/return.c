/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* sret from every state of sstatus and to odd addresses; traps within a handler; instructions changed in memory. */
#include "isa.h"

/*
 * Where sret lands, sstatus tells what it made of its fields; in U mode the trap does. sepc may be odd: bit 0 does not
 * count. A machine that counts it finds an ebreak there, between two halves of harmless instructions.
 */
static void states(void)
{
    static const uint32_t landing[] = {0x00900201, 0x10002573, EBREAK};

    for (unsigned state = 0; state < 8; state++)
        for (unsigned odd = 0; odd < 3; odd++) {
            uint64_t sstatus = (state & 1 ? SSTATUS_SPP : 0) | (state & 2 ? SSTATUS_SPIE : 0) |
                               (state & 4 ? SSTATUS_SIE : 0);
            struct probe p = {.sstatus = sstatus, .satp = home_satp};
            uint64_t at = (uint64_t)landing;

            p.pc = (state & 1 ? at : user_alias((void *)at)) + odd;
            probe_run(&p);
            row_begin("return.state.%u.odd-%u", state, odd);
            row_hex(p.a[0]);
            row_hex(p.scause);
            row_hex(p.stval);
            row_hex(p.sepc);
            row_hex(p.sstatus);
            row_end();
        }
}

/* Random values of sstatus: what sret does not name stays. User mode stays little-endian and at 64 bits. */
static void random_states(void)
{
    static const uint32_t read[] = {0x10002573};
    uint64_t seed = UINT64_C(0x5e9d1c2b3a495867);

    for (unsigned i = 0; i < 24; i++) {
        uint64_t sstatus = (random_next(&seed) & ~UINT64_C(0x300000040)) | UINT64_C(2) << 32;
        struct probe p = {.sstatus = sstatus, .satp = home_satp};

        probe_words(&p, read, 1);
        row_begin("return.random.%u", i);
        row_hex(sstatus);
        row_hex(p.a[0]);
        row_hex(p.scause);
        row_hex(p.stval);
        row_hex(p.sstatus);
        row_end();
    }
}

/* handler.S: writes a5 to stvec, reads what the first trap left to a2, a3, a4, and traps again in several ways. */
extern const char nested_load[], nested_illegal[], nested_break[], nested_return[];

static void nested(void)
{
    static const struct {
        const char *name;
        const char *handler;
    } second[] = {{"load", nested_load}, {"illegal", nested_illegal}, {"break", nested_break}};
    static const uint32_t first[] = {EBREAK, ECALL, 0x0005b503 /* ld a0, (a1) */, 0};

    for (unsigned user = 0; user < 2; user++)
        for (size_t i = 0; i < sizeof second / sizeof second[0]; i++)
            for (size_t k = 0; k < 4; k++) {
                struct probe p = {.sstatus = SSTATUS_SPIE | (user ? SSTATUS_USER : SSTATUS_SUPERVISOR),
                                  .satp = home_satp,
                                  .a = {0, TEST_VA + 0x10, 0, 0, 0, (uint64_t)probe_vector},
                                  .vector = (uint64_t)second[i].handler};

                if (!user && first[k] == ECALL)
                    continue;
                probe_words(&p, &first[k], 1);
                row_begin("return.nested.%s.%s.%lu", user ? "user" : "supervisor", second[i].name, k);
                row_hex(p.a[2]);
                row_hex(p.a[3]);
                row_hex(p.a[4]);
                row_hex(p.scause);
                row_hex(p.stval);
                row_hex(p.sepc - (uint64_t)second[i].handler);
                row_hex(p.sstatus);
                row_end();
            }
}

/* The handler steps over an ecall, forty times, and comes back to the same privilege. */
static void many_returns(void)
{
    static const uint32_t calls[] = {ECALL, 0x00150513 /* addi a0, a0, 1 */, ECALL, 0x00150513, ECALL, 0x00150513, 0};

    for (unsigned user = 0; user < 2; user++) {
        struct probe p = {.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR, .satp = home_satp,
                          .vector = (uint64_t)nested_return, .a = {100, 0, 0, 0, 0, (uint64_t)probe_vector}};

        probe_words(&p, user ? calls : calls + 6, user ? 7 : 1);
        row_begin("return.handler.%s", user ? "user" : "supervisor");
        row_hex(p.a[0]);
        row_hex(p.a[2]);
        row_hex(p.scause);
        row_hex(p.stval);
        row_hex(p.sepc - p.pc);
        row_hex(p.sstatus);
        row_end();
    }
}

/* Code is changed through one mapping and run through another, with fence.i between. */
static void self_modifying(void)
{
    struct space s;
    struct table *page;
    struct probe p = {.fence = 1};

    space_reset();
    s = space_new();
    page = page_new();
    s.low->pte[0] = pte_of(page, PTE_RWXAD);
    s.low->pte[1] = pte_of(page, PTE_RWXAD | PTE_U);
    p.satp = satp_of(s.top, 0);
    for (unsigned user = 0; user < 2; user++) {
        row_begin("return.modified.%s", user ? "user" : "supervisor");
        for (uint32_t i = 1; i <= 8; i++) {
            ((volatile uint32_t *)page)[0] = i << 20 | 0x00000513; /* li a0, i */
            ((volatile uint32_t *)page)[1] = EBREAK;
            __asm__ volatile("fence.i" ::: "memory");
            p.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR;
            p.pc = TEST_VA + (user ? PAGE : 0);
            probe_run(&p);
            row_hex(p.a[0]);
        }
        row_end();
    }
}

void group_return(const void *tree)
{
    (void)tree;
    states();
    random_states();
    nested();
    many_returns();
    self_modifying();
}
