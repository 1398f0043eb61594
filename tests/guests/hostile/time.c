/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guests that will not give the hart back, and guests that talk too much. */
#include "hostile.h"

void case_spin(uint64_t hart, const void *tree)
{
    (void)hart;
    csr_write("sie", 0);
    csr_clear("sstatus", SSTATUS_SIE);
    while (!time_is_up(tree)) {
    }
}

/* A trap vector whose first instruction traps: the guest never leaves it. */
void case_loop(uint64_t hart, const void *tree)
{
    static const uint32_t unimplemented[] __attribute__((aligned(4))) = {0xc0001073};

    (void)hart;
    (void)tree;
    csr_write("stvec", unimplemented);
    __asm__ volatile("fence.i\nunimp" ::: "memory");
}

static volatile uint64_t storm_count;
static const void *storm_tree;

/* Asks for the next one at once, so that the guest hardly leaves its handler. */
void guest_interrupt(uint64_t cause)
{
    storm_count++;
    if (storm_tree == NULL || time_is_up(storm_tree))
        csr_write("sie", 0);
    else if (cause == IRQ_TIMER)
        sbi_set_timer(now() + random() % 20);
    else
        csr_clear("sip", 1u << IRQ_SOFTWARE);
}

void case_storm(uint64_t hart, const void *tree)
{
    storm_tree = tree;
    csr_write("sie", 1u << IRQ_SOFTWARE | 1u << IRQ_TIMER);
    sbi_set_timer(0);
    csr_set("sstatus", SSTATUS_SIE);
    while (!time_is_up(tree))
        sbi(SBI_IPI, 0, 1, hart, 0, 0, 0);
    csr_clear("sstatus", SSTATUS_SIE);
    storm_tree = NULL;
    check(storm_count > 10, "interrupts came", storm_count);
    say("interrupts %lu\n", storm_count);
}

void case_flood(uint64_t hart, const void *tree)
{
    uint64_t n = 0;

    (void)hart;
    while (!time_is_up(tree)) {
        say("flood %lu ", n++);
        if (n % 16 == 0)
            say("\n");
    }
    say("\n");
}

/* Output that pretends to be another's: marks of the monitor, cursor movements, a line without an end. */
void case_spoof(uint64_t hart, const void *tree)
{
    (void)hart;
    (void)tree;
    say("\001spoofed as the monitor\002\n");
    say("\033[2J\033[Hspoofed screen\n");
    say("\rspoofed line start\n");
    for (unsigned i = 0; i < 3000; i++)
        put_char('y');
    say("\n\033]0;spoofed title\007\n");
}
