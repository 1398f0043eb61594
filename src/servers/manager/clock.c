/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What guests are told of the world's time and chance: the machine's goldfish RTC, and the seed its firmware gave. */
#include "manager.h"

#include <lib/seed.h>

#include <string.h>

#define RTC_TIME_LOW  0u /* reading it keeps the high half */
#define RTC_TIME_HIGH 4u

static bool clock_there;
static struct seed machine_seed;

static uint64_t rtc_half(uint64_t offset)
{
    return *(volatile uint32_t *)(uintptr_t)(SELF_VA_CLOCK + offset);
}

static uint64_t rtc_window(void)
{
    const struct bootinfo *boot = boot_info();
    uint64_t i = 0;

    while (i < boot->window_count && i < WINDOWS && strcmp(boot->window[i].compatible, "google,goldfish-rtc") != 0)
        i++;
    return i < boot->window_count ? i : WINDOWS;
}

void world_find(void)
{
    const struct place self = {CAP_SELF, &self_estate};
    const uint8_t *given = (const uint8_t *)(uintptr_t)(BOOT_VA_INFO + BOOT_SEED);
    const uint64_t window = rtc_window();

    machine_seed.there = given[0] != 0;
    memcpy(machine_seed.key, given + 1, SEED_BYTES);
    clock_there = window < WINDOWS && place_window(&self, BOOT_CAP_WINDOW + window, SELF_VA_CLOCK);
    if (!clock_there)
        say("the machine has no goldfish RTC: the guests' clocks count from zero, which is the machine's start");
    if (!machine_seed.there)
        say("the machine's device tree has no rng-seed of %u bytes: the guests get none", SEED_BYTES);
}

bool world_seed(uint8_t *to)
{
    return seed_take(&machine_seed, to);
}

void world_tell(struct monitor_start *start)
{
    start->clock_time = sys_time();
    if (clock_there) {
        start->clock_ns = rtc_half(RTC_TIME_LOW);
        start->clock_ns |= rtc_half(RTC_TIME_HIGH) << 32;
    } else {
        start->clock_time = 0;
    }
    start->seeded = world_seed(start->seed) ? 1 : 0;
}
