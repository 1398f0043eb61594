/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The RTC and the power switch, by a driver that knows QEMU's virt machine only: reads the time, is woken by the
 * alarm, sets the clock to 1970 and resets itself by the switch; in its second life it finds the clock so, and turns
 * itself off.
 */
#include "rt/rt.h"

#define POWER           UINT64_C(0x100000)
#define POWER_OFF       0x5555u
#define POWER_RESET     0x7777u
#define RTC             UINT64_C(0x101000)
#define RTC_IRQ         11u
#define TIME_LOW        (RTC + 0x00)
#define TIME_HIGH       (RTC + 0x04)
#define ALARM_LOW       (RTC + 0x08)
#define ALARM_HIGH      (RTC + 0x0c)
#define IRQ_ENABLED     (RTC + 0x10)
#define CLEAR_INTERRUPT (RTC + 0x1c)
#define PLIC            UINT64_C(0x0c000000)
#define PLIC_ENABLE     (PLIC + 0x2080) /* of hart 0's context of S mode */
#define PLIC_THRESHOLD  (PLIC + 0x201000)
#define PLIC_CLAIM      (PLIC + 0x201004)
#define SECOND_NS       UINT64_C(1000000000)
#define ALARM_NS        UINT64_C(200000000)

static volatile uint32_t claimed;

void guest_interrupt(uint64_t cause)
{
    if (cause != IRQ_EXTERNAL)
        return;
    claimed = read32(PLIC_CLAIM);
    write32(CLEAR_INTERRUPT, 1);
    write32(PLIC_CLAIM, claimed);
}

static uint64_t rtc_now(void)
{
    uint64_t low = read32(TIME_LOW);

    return (uint64_t)read32(TIME_HIGH) << 32 | low;
}

static void set_alarm(uint64_t at)
{
    write32(ALARM_HIGH, (uint32_t)(at >> 32));
    write32(ALARM_LOW, (uint32_t)at);
    write32(IRQ_ENABLED, 1);
}

/* How long the alarm took, in nanoseconds of the RTC. Interrupts come between the two lines only, so wfi loses none. */
static uint64_t wait_for_alarm(void)
{
    uint64_t began = rtc_now();

    write32(PLIC + 4 * RTC_IRQ, 1);
    write32(PLIC_ENABLE, 1u << RTC_IRQ);
    write32(PLIC_THRESHOLD, 0);
    csr_set("sie", 1u << IRQ_EXTERNAL);
    set_alarm(began + ALARM_NS);
    while (claimed == 0) {
        wait_for_interrupt();
        csr_set("sstatus", SSTATUS_SIE);
        csr_clear("sstatus", SSTATUS_SIE);
    }
    return rtc_now() - began;
}

void guest_main(uint64_t hart, const void *tree)
{
    uint64_t start = rtc_now(), taken;

    (void)hart;
    (void)tree;
    say("clock: second %lu\n", start / SECOND_NS);
    if (start < 1000 * SECOND_NS) {
        say("clock: it was set before, and goes off by its switch\n");
        write32(POWER, POWER_OFF);
        say("clock: the switch does nothing\n");
    }
    taken = wait_for_alarm();
    say("clock: interrupt %u after %lu ms%s\n", claimed, taken / 1000000, taken < ALARM_NS ? " TOO EARLY" : "");
    write32(TIME_HIGH, 0);
    write32(TIME_LOW, 0);
    write32(POWER, POWER_RESET);
    say("clock: the switch does nothing\n");
}
