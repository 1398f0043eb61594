/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Floating point: what each state of FS lets through and becomes; registers across whatever may happen. */
#include "isa.h"

#define FS_SHIFT 13

void float_fill(uint64_t seed);
void float_store(uint64_t to[33]); /* [32]: fcsr */
void float_round(uint64_t mode);

static const struct {
    const char *name;
    uint32_t word;
} instructions[] = {
    {"fmv.d.x", 0xf2050053}, {"fmv.x.d", 0xe2000553}, {"fld", 0x0005b007},   {"fsd", 0x0005b027},
    {"flw", 0x0005a007},     {"fsw", 0x0005a027},     {"fadd.d", 0x02007053}, {"fdiv.s", 0x1820f053},
    {"fcvt.d.l", 0xd2257053}, {"feq.d", 0xa2002553},  {"fclass.d", 0xe2001553}, {"c.fld", 0x00012180},
    {"c.fsd", 0x0001a180},   {"csrr-fcsr", 0x00302573}, {"csrw-fcsr", 0x00301073}, {"csrr-fflags", 0x00102573},
    {"csrw-frm", 0x00201073}, {"fadd-rm-5", 0x02005053},
};

static void states(void)
{
    static uint64_t word[2];

    for (unsigned user = 0; user < 2; user++)
        for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++) {
            row_begin("float.%s.%s", user ? "user" : "supervisor", instructions[i].name);
            for (uint64_t fs = 0; fs < 4; fs++) {
                struct probe p = {.sstatus = fs << FS_SHIFT | (user ? SSTATUS_USER : SSTATUS_SUPERVISOR),
                                  .satp = home_satp};

                p.a[1] = user ? user_alias(word) : (uint64_t)word;
                probe_words(&p, &instructions[i].word, 1);
                row_hex(p.scause);
                row_hex(p.stval);
                row_hex(p.sstatus >> FS_SHIFT & 3);
                row_hex(p.sstatus >> 63);
            }
            row_end();
        }
}

/* A rounding mode that there is not makes instructions illegal that use it. */
static void rounding(void)
{
    static const uint32_t add[] = {0x02007053};

    for (uint64_t mode = 0; mode < 8; mode++) {
        struct probe p = {.sstatus = SSTATUS_SUPERVISOR | SSTATUS_FS, .satp = home_satp};

        float_round(mode);
        probe_words(&p, add, 1);
        row_begin("float.round.%lu", mode);
        row_hex(p.scause);
        row_hex(p.stval);
        row_end();
    }
    float_round(0);
}

/* A load whose walk leaves memory: below Septum, the monitor delivers the fault (QEMU alone calls it a page fault). */
static void through_no_table(uint64_t fs)
{
    struct space s;

    space_reset();
    s = space_new();
    s.middle->pte[0] = pte_of((void *)OUTSIDE, PTE_V);
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR | fs, .satp = satp_of(s.top, 0), .fence = 1, .a = {0, TEST_VA}};
    probe_at(&p, do_load);
    if (p.scause == CAUSE_BREAK)
        row("float.across.no-fault", 0);
}

static void happen(unsigned what)
{
    static const uint32_t call[] = {ECALL}, illegal[] = {0}, loop[] = {0x0000006f};
    struct probe p = {.sstatus = SSTATUS_USER, .satp = home_satp, .a = {0, TEST_VA}};

    if (what == 0)
        probe_words(&p, call, 1);
    else if (what == 1)
        probe_at(&p, do_load);
    else if (what == 2)
        probe_words(&p, illegal, 1);
    else if (what == 3)
        sbi(SBI_BASE, 0, 0, 0, 0, 0, 0);
    else if (what == 4)
        (void)read8(UINT64_C(0x10000007));
    else if (what == 5)
        sleep_ticks(TICKS_PER_SECOND / 100);
    else if (what == 6)
        csr_clear("sstatus", SSTATUS_FS);
    else if (what == 7)
        __asm__ volatile("sfence.vma" ::: "memory");
    else if (what == 9 || what == 10)
        through_no_table(what == 9 ? 0 : SSTATUS_FS);
    if (what == 8) {
        csr_write("sie", 1u << IRQ_TIMER);
        csr_write("stimecmp", now() + 300000);
        probe_words(&p, loop, 1);
        csr_write("stimecmp", UINT64_MAX);
        csr_write("sie", 0);
    }
}

/* All registers and fcsr are as they were left. */
static void across(void)
{
    static const char *const name[] = {"call", "page-fault", "illegal", "firmware", "device",
                                       "sleep", "off-and-on", "fence",   "interrupt", "table", "table-on"};
    uint64_t found[33];

    for (unsigned what = 0; what < sizeof name / sizeof name[0]; what++) {
        unsigned wrong = 0;
        uint64_t seed = UINT64_C(0x0102030405060708) * (what + 1);

        csr_set("sstatus", SSTATUS_FS);
        float_fill(seed);
        happen(what);
        csr_set("sstatus", SSTATUS_FS);
        float_store(found);
        for (unsigned i = 0; i < 32; i++)
            wrong += found[i] != seed + i;
        row_begin("float.across.%s", name[what]);
        row_hex(wrong);
        row_hex(found[32]);
        row_end();
    }
}

void group_float(const void *tree)
{
    (void)tree;
    csr_set("sstatus", SSTATUS_FS);
    float_round(0);
    states();
    rounding();
    across();
}
