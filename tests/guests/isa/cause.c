/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Each exception a guest can raise: cause, stval, sepc and sstatus, from both privileges. */
#include "isa.h"

static const struct {
    const char *name;
    uint32_t word;
} instructions[] = {
    {"zero", 0x00000000},       {"ones", 0xffffffff},        {"zero-16", 0x00010000}, {"reserved-16", 0x00018000},
    {"csrr-mstatus", 0x30002573}, {"csrw-mstatus", 0x30051073}, {"csrr-mhartid", 0xf1402573},
    {"csrr-hstatus", 0x60002573}, {"csrr-vsatp", 0x28002573},  {"csrr-absent", 0x5c002573},
    {"csrw-time", 0xc0151073},  {"csrrwi-cycle", 0xc000d073}, {"csrrs-time-x0", 0xc0102073},
    {"mret", 0x30200073},       {"uret", 0x00200073},        {"sret", 0x10200073},    {"dret", 0x7b200073},
    {"mnret", 0x70200073},      {"hfence.vvma", 0x22000073}, {"hfence.gvma", 0x62000073},
    {"hlv.d", 0x6c054573},      {"hsv.d", 0x6eb54073},       {"ebreak", 0x00100073},  {"c.ebreak", 0x00019002},
    {"sfence.vma", 0x12000073}, {"sfence.vma-a1-a2", 0x12c58073}, {"sfence-rd", 0x120000f3}, {"wfi-rd", 0x105000f3},
    {"system-4", 0x00004073},   {"system-fff", 0xfff00073},  {"custom-0", 0x0000000b}, {"custom-1", 0x0000002b},
    {"custom-2", 0x0000005b},   {"custom-3", 0x0000007b},    {"vsetvli", 0x00007057}, {"fence.i", 0x0000100f},
    {"fence", 0x0ff0000f},      {"fence.tso", 0x8330000f},   {"pause", 0x0100000f},   {"load-7", 0x00007003},
    {"amo-bad", 0xf8b5252f},    {"jalr-1", 0x00001067},      {"branch-2", 0x00002063}, {"ecall-rd", 0x000000f3},
};

/* sret is run elsewhere (return.c): in S mode it would leave the probe. */
static void run_words(uint64_t privilege, const char *who)
{
    char name[40];

    for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++) {
        struct probe p = {.sstatus = privilege, .satp = home_satp};
        size_t n = 0;

        if (privilege == SSTATUS_SUPERVISOR && instructions[i].word == 0x10200073)
            continue;
        for (const char *c = who; *c; c++)
            name[n++] = *c;
        for (const char *c = instructions[i].name; *c; c++)
            name[n++] = *c;
        name[n] = 0;
        probe_words(&p, &instructions[i].word, 1);
        row_trap(name, &p);
    }
}

/* An ecall from user mode goes to the program's own handler; registers and stval as the architecture says. */
static void calls(void)
{
    static const uint32_t call[] = {NOP, ECALL};

    for (unsigned spie = 0; spie < 2; spie++) {
        struct probe p = {.sstatus = spie ? SSTATUS_SPIE : 0, .satp = home_satp, .a = {1, 2, 3, 4, 5, 6}};

        probe_words(&p, call, 2);
        row_begin("cause.user.ecall.spie-%u", spie);
        row_hex(p.scause);
        row_hex(p.stval);
        row_hex(p.sstatus);
        for (unsigned i = 0; i < 6; i++)
            row_hex(p.a[i]);
        row_end();
    }
}

/* Loads, stores and jumps to where nothing is mapped, from both privileges, at odd places of a page, too. */
static void absent(void)
{
    static const uint64_t at[] = {0, 8, 0x7f8, 0xff8, 0x201000, 0x40000000};

    for (unsigned user = 0; user < 2; user++)
        for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
            struct space s;
            struct probe p = {.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR};

            space_reset();
            s = space_new();
            s.middle->pte[1] = 0;
            p.satp = satp_of(s.top, 0);
            p.fence = 1;
            row_begin("cause.%s.absent.%lx", user ? "user" : "supervisor", at[i]);
            for (unsigned kind = 0; kind < 3; kind++) {
                p.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR;
                p.a[1] = TEST_VA + at[i];
                if (kind == 2) {
                    p.pc = TEST_VA + at[i];
                    probe_run(&p);
                } else {
                    probe_at(&p, kind == 0 ? do_load : do_store);
                }
                row_hex(p.scause);
                row_hex(p.stval);
                row_hex(p.sstatus);
            }
            row_end();
        }
}

/* Misaligned loads and stores within a page and across two, of which the second may be absent or read-only. */
static void misaligned(void)
{
    static const uint64_t second[] = {0, PTE_V | PTE_R | PTE_A | PTE_D, PTE_RWXAD};
    static const char *const name[] = {"absent", "read-only", "there"};

    for (unsigned i = 0; i < 3; i++)
        for (uint64_t offset = 0xff4; offset <= 0xfff; offset++) {
            struct space s;
            struct table *one, *two;
            struct probe p = {.fence = 1};

            space_reset();
            s = space_new();
            one = page_new();
            two = page_new();
            one->pte[511] = UINT64_C(0x1122334455667788);
            two->pte[0] = UINT64_C(0x99aabbccddeeff00);
            s.low->pte[0] = pte_of(one, PTE_RWXAD);
            s.low->pte[1] = second[i] ? pte_of(two, second[i]) : 0;
            p.satp = satp_of(s.top, 0);
            row_begin("cause.misaligned.%s.%lx", name[i], offset);
            p.a[1] = TEST_VA + offset;
            p.sstatus = SSTATUS_SUPERVISOR;
            probe_at(&p, do_load);
            row_hex(p.scause);
            row_hex(p.scause == CAUSE_BREAK ? p.a[0] : p.stval);
            p.a[0] = UINT64_C(0x0123456789abcdef);
            p.a[1] = TEST_VA + offset;
            p.sstatus = SSTATUS_SUPERVISOR;
            probe_at(&p, do_store);
            row_hex(p.scause);
            row_hex(p.scause == CAUSE_BREAK ? 0 : p.stval);
            row_hex(one->pte[511]);
            row_hex(two->pte[0]);
            row_end();
        }
}

/* An instruction of four bytes across two pages: the second half faults with its own address in stval. */
static void across(void)
{
    for (unsigned user = 0; user < 2; user++)
        for (unsigned there = 0; there < 2; there++) {
            uint64_t flags = PTE_RWXAD | (user ? PTE_U : 0);
            struct probe p = {.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR, .fence = 1};
            struct space s;
            struct table *one, *two;

            space_reset();
            s = space_new();
            one = page_new();
            two = page_new();
            ((volatile uint16_t *)one)[2047] = (uint16_t)EBREAK;
            ((volatile uint16_t *)two)[0] = (uint16_t)(EBREAK >> 16);
            __asm__ volatile("fence.i" ::: "memory");
            s.low->pte[0] = pte_of(one, flags);
            s.low->pte[1] = there ? pte_of(two, flags) : 0;
            p.satp = satp_of(s.top, 0);
            p.pc = TEST_VA + 0xffe;
            probe_run(&p);
            row_begin("cause.%s.across.%s", user ? "user" : "supervisor", there ? "there" : "absent");
            row_hex(p.scause);
            row_hex(p.stval);
            row_hex(p.sepc);
            row_end();
        }
}

void group_cause(const void *tree)
{
    (void)tree;
    run_words(SSTATUS_SUPERVISOR, "cause.supervisor.");
    run_words(SSTATUS_USER, "cause.user.");
    calls();
    absent();
    misaligned();
    across();
}
