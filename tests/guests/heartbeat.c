/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The witness beside a hostile guest: it wakes by the timer in a fixed rhythm, says LATE when it was woken late, and
 * CORRUPT when a word of the memory that it filled at start has changed. Boot arguments: beats=N ends it after N
 * beats, then=reboot reboots it instead.
 */
#include "rt/rt.h"

#ifndef BEATS_PER_SECOND
#define BEATS_PER_SECOND 1
#endif
#define PERIOD      (TICKS_PER_SECOND / BEATS_PER_SECOND)
#define LATE        (TICKS_PER_SECOND / 10)
#define SLICE_WORDS UINT64_C(65536) /* verified at a beat */

static volatile uint64_t deadline, woken;
static uint64_t seed;
static struct range range[FREE_RANGES];
static size_t ranges;
static uint64_t image_sum;

void guest_interrupt(uint64_t cause)
{
    if (cause != IRQ_TIMER)
        return;
    woken = now();
    sbi_set_timer(UINT64_MAX);
}

static uint64_t pattern(uint64_t address)
{
    return (address ^ seed) * UINT64_C(0x9e3779b97f4a7c15);
}

static void fill(void)
{
    for (size_t r = 0; r < ranges; r++)
        for (uint64_t a = range[r].base; a < range[r].base + range[r].bytes; a += 8)
            *(volatile uint64_t *)a = pattern(a);
}

/* The text and the constants of the image. */
static uint64_t sum_of_image(void)
{
    uint64_t sum = 0;

    for (uint64_t a = (uint64_t)_start; a < (uint64_t)boot_x; a += 8)
        sum = (sum ^ read64(a)) * UINT64_C(0x100000001b3);
    return sum;
}

/* The next slice of the memory; false when a word is not as it was left. */
static void verify(void)
{
    static size_t r;
    static uint64_t offset;

    for (uint64_t i = 0; i < SLICE_WORDS; i++) {
        if (offset == range[r].bytes) {
            offset = 0;
            r = (r + 1) % ranges;
        }
        uint64_t a = range[r].base + offset, value = read64(a);

        if (value != pattern(a)) {
            say("CORRUPT at 0x%lx: 0x%lx, not 0x%lx\n", a, value, pattern(a));
            write64(a, pattern(a));
        }
        offset += 8;
    }
    if (sum_of_image() != image_sum)
        say("CORRUPT image\n");
}

static uint64_t wait_until(uint64_t time)
{
    woken = 0;
    sbi_set_timer(time);
    csr_clear("sstatus", SSTATUS_SIE);
    while (woken == 0) {
        wait_for_interrupt();
        /* The interrupt comes here, not between the test and wfi. */
        csr_set("sstatus", SSTATUS_SIE);
        csr_clear("sstatus", SSTATUS_SIE);
    }
    return woken;
}

void guest_main(uint64_t hart, const void *tree)
{
    const char *beats = tree_argument(tree, "beats");
    uint64_t last = beats ? number_of(beats) : UINT64_MAX, started = now();

    (void)hart;
    say("heartbeat: entered at tick %lu, %lu MiB\n", boot_csr[B_TIME], tree_memory(tree).bytes >> 20);
    seed = started;
    ranges = free_memory(tree, range);
    fill();
    image_sum = sum_of_image();
    csr_set("sie", 1u << IRQ_TIMER);
    deadline = now();
    for (uint64_t n = 1; n <= last; n++) {
        deadline += PERIOD;
        uint64_t at = wait_until(deadline), ms = (at - started) / 10000;

        say("beat %lu t=%lu.%03lu%s\n", n, ms / 1000, ms % 1000, at - deadline > LATE ? " LATE" : "");
        if (at - deadline > LATE) {
            say("LATE by %lu us\n", (at - deadline) / 10);
            deadline = at;
        }
        verify();
    }
    /* Before the end, once all of it. */
    for (size_t r = 0; r < ranges; r++)
        for (uint64_t done = 0; done < range[r].bytes; done += SLICE_WORDS * 8)
            verify();
    verify();
    say("verified\n");
    if (word_is(tree_argument(tree, "then"), "reboot"))
        sbi_reboot();
}
