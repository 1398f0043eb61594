/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A guest finds nothing that another one left: it looks at what it was started with, then fills all it has with its
 * own pattern, and ends by a crash, so that its frames come to whoever is made next (restart = "on-crash").
 */
#include "hostile.h"

#define OUTSIDE 0x1000
#define PAYLOAD UINT64_C(0x0000806700150513) /* addi a0, a0, 1; ret */

static uint64_t count_registers(uint64_t hart)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < 32; i++)
        if (i != 11 && boot_x[i] != (i == 10 ? hart : 0)) {
            say("RESIDUE x%u = 0x%lx\n", i, boot_x[i]);
            count++;
        }
    for (unsigned i = 0; i < 33; i++)
        if (boot_f[i] != 0) {
            say("RESIDUE f%u = 0x%lx\n", i, boot_f[i]);
            count++;
        }
    return count;
}

static uint64_t count_csrs(void)
{
    static const uint8_t zero[] = {B_SIE, B_STVEC, B_SENVCFG, B_SEPC, B_SCAUSE, B_STVAL, B_SIP, B_SATP};
    uint64_t count = 0;

    for (size_t i = 0; i < sizeof zero; i++)
        if (boot_csr[zero[i]] != 0) {
            say("RESIDUE csr %u = 0x%lx\n", zero[i], boot_csr[zero[i]]);
            count++;
        }
    /* The clock may be allowed to the user from the start. */
    if (boot_csr[B_SCOUNTEREN] & ~UINT64_C(2)) {
        say("RESIDUE scounteren = 0x%lx\n", boot_csr[B_SCOUNTEREN]);
        count++;
    }
    return count + (boot_csr[B_SSTATUS] & (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_SUM) ? 1 : 0);
}

static uint64_t count_memory(const struct range *range, size_t n)
{
    uint64_t count = boot_dirty;

    for (size_t r = 0; r < n; r++)
        for (uint64_t a = range[r].base; a < range[r].base + range[r].bytes; a += 8)
            if (read64(a) != 0 && count++ < 4)
                say("RESIDUE at 0x%lx: 0x%lx\n", a, read64(a));
    return count;
}

/* A fresh page holds no instruction: neither in memory nor in what the hart fetched before. */
static void run_fresh(uint64_t page)
{
    expect();
    __asm__ volatile("jalr ra, 0(%0)" ::"r"(page) : "ra", "a0", "memory");
    check(expected() && trap.scause == CAUSE_ILLEGAL, "executing a fresh page", trap.scause);
}

static void fill(const struct range *range, size_t n)
{
    for (size_t r = 0; r < n; r++)
        for (uint64_t a = range[r].base; a < range[r].base + range[r].bytes; a += 8)
            write64(a, PAYLOAD);
    __asm__ volatile("fence.i" ::: "memory");
    for (size_t r = 0; r < n; r++)
        for (uint64_t a = range[r].base; a < range[r].base + range[r].bytes; a += PAGE)
            __asm__ volatile("jalr ra, 0(%0)" ::"r"(a) : "ra", "a0", "memory");
}

void case_residue(uint64_t hart, const void *tree)
{
    struct range range[FREE_RANGES];
    size_t n = free_memory(tree, range);
    bool reboots = word_is(tree_argument(tree, "then"), "reboot");
    uint64_t registers = count_registers(hart), csrs = count_csrs();
    /* After a reboot of its own, a guest may find what it left itself. */
    uint64_t words = reboots ? 0 : count_memory(range, n);

    say("residue registers=%lu csrs=%lu words=%lu\n", registers, csrs, words);
    check(registers + csrs + words == 0, "residue", registers + csrs + words);
    if (!reboots)
        run_fresh(range[n - 1].base);
    if (time_is_up(tree))
        return;
    fill(range, n);
    if (reboots)
        sbi_reboot();
    say("probe 0x%x\n", OUTSIDE);
    csr_set("sstatus", SSTATUS_FS);
    fill_registers_and_store(PAYLOAD, OUTSIDE);
    say("SURVIVED\n");
}
