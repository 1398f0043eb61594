/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A monitor that looks at its registers: after each SEPTUM_VCPU_RUN there is nothing in them but its own, its guest's (which
 * stands on the vCPU page, too) and zeros; and while it computes beside others they stay as they are.
 */
#include "hold.h"
#include "run.h"

#include <lib/server.h>
#include <septum/proto.h>

#define SPIN_EACH  40u
#define SPIN_TURNS 700000u
#define TOLD_AT    100u

static uint64_t runs, letter;

static void complain(const char *what, unsigned n, uint64_t value)
{
    server_log("not ok server: %s x%u: 0x%lx\n", what, n, value);
}

static int is_foreign(uint64_t value)
{
    return value >> 48 == HOLD_MARK && HOLD_LETTER(value) != letter;
}

/* What the kernel keeps over the call, returns by it, and leaves the guest's. */
static int is_own(unsigned n)
{
    return n == 2 || n == 3 || n == 4 || n == 10;
}

static int is_guests(unsigned n)
{
    return n == 8 || n == 9 || (n >= 18 && n <= 27);
}

static void look(const struct run *run)
{
    const struct vcpu_page *page = (const struct vcpu_page *)(uintptr_t)MONITOR_VA_VCPU;
    int64_t exit = (int64_t)run->x[10];
    uint64_t gp, tp;

    __asm__ volatile("mv %0, gp\n\tmv %1, tp" : "=r"(gp), "=r"(tp));
    if (run->x[3] != gp || run->x[4] != tp)
        complain("gp or tp is another", 3, run->x[3]);
    for (unsigned n = 1; n < 32; n++) {
        if (is_own(n))
            continue;
        if (is_foreign(run->x[n]))
            complain("another's", n, run->x[n]);
        if (exit != EXIT_SBI && exit != EXIT_FAULT)
            continue;
        if (run->x[n] != (is_guests(n) ? page->x[n - 1] : 0))
            complain("neither zero nor the guest's", n, run->x[n]);
    }
}

static void spin(void)
{
    struct hold hold = {HOLD_PATTERN_OF(letter, 1, runs), HOLD_SPIN, SPIN_TURNS, {0}};
    int high = runs / SPIN_EACH % 2 == 0;

    if (high)
        hold_high(&hold);
    else
        hold_low(&hold);
    for (unsigned n = 1; n < 32; n++)
        if (!(high ? n == 31 || n == 30 : n == 5 || n == 6) && hold.x[n] != hold.pattern + n)
            complain("after a preemption", n, hold.x[n]);
}

int64_t run_checked(uint64_t flags, uint64_t *bits)
{
    const struct monitor_start *start = (const struct monitor_start *)(uintptr_t)MONITOR_VA_START;
    struct run run = {.flags = flags, .call = SEPTUM_VCPU_RUN};

    letter = (uint8_t)start->guest.name[0];
    run.pattern = HOLD_PATTERN_OF(letter, 1, runs);
    if (runs % SPIN_EACH == 0)
        spin();
    run_enter(&run);
    look(&run);
    if (++runs == TOLD_AT)
        server_log("server looked\n");
    *bits = run.x[11];
    return (int64_t)run.x[10];
}
