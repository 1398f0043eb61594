/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Two CPUs: what one changes, the other sees behind the firmware's remote fence; without one, the old or the new. The
 * other CPU does what it is told: a probe, and says how it ended.
 */
#include "isa.h"

#define ASID      UINT64_C(9)
#define OTHER     1u /* its stack */
#define PATIENCE  (5 * TICKS_PER_SECOND)
#define FENCE_I   0u
#define FENCE_VMA 1u
#define FENCE_ASID 2u

static struct {
    volatile uint64_t asked, done; /* how many probes */
    struct probe probe;
    const void *volatile code; /* NULL: at probe.pc */
    volatile uint64_t sip;
} other;

static void barrier(void)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
}

void guest_second(uint64_t hart, uint64_t number)
{
    (void)hart;
    (void)number;
    csr_write("satp", home_satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    for (uint64_t n = 0;; n++) {
        while (other.asked == n) {
        }
        barrier();
        other.sip = csr_read("sip") & 1u << IRQ_SOFTWARE;
        csr_clear("sip", 1u << IRQ_SOFTWARE);
        if (other.code == NULL)
            probe_run(&other.probe);
        else
            probe_at(&other.probe, other.code);
        barrier();
        other.done = n + 1;
    }
}

static struct space space;
static struct table *first, *second;

static void tell(const void *code, bool user, uint64_t satp, uint64_t va)
{
    uint64_t end = now() + PATIENCE;

    other.code = code;
    other.probe = (struct probe){.pc = va, .sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR, .satp = satp,
                                 .a = {0, va}};
    barrier();
    other.asked++;
    while (other.done != other.asked && now() < end) {
    }
    barrier();
}

static void row_other(void)
{
    row_hex(other.done == other.asked);
    row_hex(other.probe.scause);
    row_hex(other.probe.scause == CAUSE_BREAK ? other.probe.a[0] : other.probe.stval);
}

static int64_t remote(uint64_t function, uint64_t va, uint64_t bytes)
{
    return sbi(SBI_RFENCE, function, 1, 1 - boot_hart, va, bytes, ASID).error;
}

/* The entry changes from one page to the other, to nothing, and back. */
static void fences(void)
{
    static const struct {
        const char *name;
        uint64_t function, va, bytes;
    } ways[] = {{"page", FENCE_VMA, TEST_VA, PAGE},
                {"all", FENCE_VMA, 0, UINT64_MAX},
                {"asid-page", FENCE_ASID, TEST_VA, PAGE},
                {"asid-all", FENCE_ASID, 0, UINT64_MAX}};
    uint64_t satp = satp_of(space.top, ASID);

    for (unsigned user = 0; user < 2; user++)
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            uint64_t flags = PTE_RWXAD | (user ? PTE_U : 0);
            const uint64_t entries[] = {pte_of(first, flags), pte_of(second, flags), 0, pte_of(first, flags & ~PTE_R & ~PTE_W),
                                        pte_of(second, flags)};

            row_begin("remote.%s.%s", user ? "user" : "supervisor", ways[i].name);
            for (size_t k = 0; k < sizeof entries / sizeof entries[0]; k++) {
                space.low->pte[0] = entries[k];
                barrier();
                row_hex((uint64_t)remote(ways[i].function, ways[i].va, ways[i].bytes));
                tell(do_load, user, satp, TEST_VA);
                row_other();
            }
            row_end();
        }
}

/* Code that this CPU writes and the other runs. */
static void code(void)
{
    volatile uint32_t *word = (volatile uint32_t *)first;

    space.low->pte[0] = pte_of(first, PTE_RWXAD);
    barrier();
    remote(FENCE_VMA, TEST_VA, PAGE);
    row_begin("remote.code");
    for (uint32_t i = 1; i <= 4; i++) {
        word[0] = i << 20 | 0x00000513; /* li a0, i */
        word[1] = EBREAK;
        barrier();
        row_hex((uint64_t)remote(FENCE_I, 0, 0));
        tell(NULL, false, satp_of(space.top, ASID), TEST_VA);
        row_other();
    }
    row_end();
}

static void calls(uint64_t hart)
{
    row_begin("remote.ipi");
    row_hex((uint64_t)sbi(SBI_IPI, 0, 1, hart, 0, 0, 0).error);
    for (unsigned i = 0; i < 200; i++) {
        tell(do_load, false, home_satp, (uint64_t)&other.sip);
        if (other.sip != 0)
            break;
    }
    row_hex(other.sip);
    tell(do_load, false, home_satp, (uint64_t)&other.sip);
    row_hex(other.sip);
    row_end();
    row_begin("remote.errors");
    row_hex((uint64_t)sbi(SBI_IPI, 0, 1, 77, 0, 0, 0).error);
    row_hex((uint64_t)sbi(SBI_RFENCE, FENCE_I, 1, 77, 0, 0, 0).error);
    row_hex((uint64_t)sbi(SBI_HSM, 0, hart, (uint64_t)start_second, OTHER, 0, 0).error);
    row_end();
}

void group_remote(const void *tree)
{
    uint64_t hart = 1 - boot_hart;

    (void)tree;
    space_reset();
    space = space_new();
    first = page_new();
    second = page_new();
    first->pte[0] = 0x1111;
    second->pte[0] = 0x2222;
    row("remote.start", 1, (uint64_t)sbi(SBI_HSM, 0, hart, (uint64_t)start_second, OTHER, 0, 0).error);
    tell(do_load, false, home_satp, (uint64_t)&home_satp);
    row_begin("remote.first");
    row_other();
    row_end();
    fences();
    code();
    calls(hart);
}
