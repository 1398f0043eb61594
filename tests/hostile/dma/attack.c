/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "attack.h"

#include <lib/device_server.h>
#include <lib/sys.h>

#define PAUSE_MS  4000u /* until the guests run */
#define LOOK_MS   100u
#define BELL_US   2000u
#define RAM       UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x10000000)

static void sleep_until(uint64_t end)
{
    while (sys_time() < end)
        (void)sys_wait(end);
}

void attack_wait(void)
{
    while (__atomic_load_n(&device_link_page()->client[0].wanted, __ATOMIC_ACQUIRE) % 2 == 0)
        sleep_until(sys_time() + device_ticks(1000 * LOOK_MS));
    sleep_until(sys_time() + device_ticks(1000 * PAUSE_MS));
}

void attack_ring(void)
{
    sys_notify(DEVICE_CAP_MANAGER);
    sleep_until(sys_time() + device_ticks(BELL_US));
}

uint32_t attack_registers(uint32_t *all)
{
    /* From the machine's to the functions' own; then what lies around what the device may reach. */
    static const uint64_t target[] = {0x100000,       0x101000,       0x2000000,      0x3010000,
                                      0xc000000,      0x10000000,     0x10001000,     0x20000000,
                                      0x38008000,     0x40000000,     0x26fff000,     0x27200000,
                                      DEVICE_VA_RING, DEVICE_VA_LINK, SERVER_VA_BASE, UINT64_C(0x1000000000),
                                      UINT64_C(0x1ffffff000), UINT64_C(0xffffffffff000)};
    uint32_t tries = 0;

    *all = sizeof target / sizeof target[0];
    for (uint32_t i = 0; i < *all; i++)
        tries += attempt(target[i], false) ? 1 : 0;
    return tries;
}

uint32_t attack_memory(uint64_t step, bool rude, uint32_t *all)
{
    uint32_t tries = 0;

    *all = 0;
    for (uint64_t at = 0; at < RAM_BYTES; at += step) {
        tries += attempt(RAM + at, rude) ? 1 : 0;
        (*all)++;
    }
    return tries;
}
