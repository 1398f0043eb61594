/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The manager's tables, and its own capability slots. */
#include "manager.h"

#define STOP_PATIENCE_US 5000000
#define STOP_PAUSE_US    500
#define HART_PATIENCE_US 1000000 /* the other harts start while the manager does */

struct frame_pool pool;
struct estate self_estate;
struct guest guest[BUNDLE_GUESTS];
uint32_t guest_count;
const struct bundle *bundle;
struct policy policy;
struct trouble trouble;
struct console_link *link_page;
uint64_t console_thread_cap;
uint64_t console_domain_cap;
uint64_t console_bell_cap;

static bool cap_taken[CAPS];

const struct bootinfo *boot_info(void)
{
    return (const struct bootinfo *)(uintptr_t)BOOT_VA_INFO;
}

/* Slots that hold what the kernel granted at the start. */
static bool cap_is_of_boot(uint64_t slot)
{
    const struct bootinfo *boot = boot_info();

    return slot <= BOOT_CAP_AUDIT || (slot >= BOOT_CAP_WINDOW && slot < BOOT_CAP_WINDOW + boot->window_count) ||
           (slot >= BOOT_CAP_IRQ && slot < BOOT_CAP_IRQ + boot->window_count && boot->window[slot - BOOT_CAP_IRQ].irq != 0);
}

bool cap_take(uint64_t *slot)
{
    for (uint64_t i = CAPS - 1; i > BOOT_CAP_AUDIT; i--) {
        if (!cap_taken[i] && !cap_is_of_boot(i)) {
            cap_taken[i] = true;
            *slot = i;
            return true;
        }
    }
    *slot = NO_CAP;
    return !refused("a free capability slot of the manager", SEPTUM_FULL);
}

void cap_free(uint64_t *slot)
{
    if (*slot == NO_CAP)
        return;
    sys_cap_drop(*slot);
    cap_taken[*slot] = false;
    *slot = NO_CAP;
}

bool cap_seal(uint64_t *slot)
{
    uint64_t sealed;

    if (!cap_take(&sealed))
        return false;
    if (refused("giving up its rights", sys_cap_grant(CAP_SELF, sealed, *slot, CAP_STOP, 0))) {
        cap_free(&sealed);
        return false;
    }
    cap_free(slot);
    *slot = sealed;
    return true;
}

uint64_t ticks(uint64_t microseconds)
{
    return microseconds * boot_info()->timebase / 1000000;
}

bool refused(const char *step, int64_t status)
{
    if (status == SEPTUM_OK)
        return false;
    trouble = (struct trouble){step, status};
    return true;
}

bool domains_join(const char *step, uint32_t a, uint64_t a_cap, uint32_t b, uint64_t b_cap)
{
    return !refused(step, policy_joins(&policy, a, b) ? sys_domain_peer(a_cap, b_cap) : SEPTUM_DENIED);
}

bool thread_make(uint64_t domain, uint64_t slot, uint64_t hart, const struct time_share *share)
{
    const uint64_t until = sys_time() + ticks(HART_PATIENCE_US);
    int64_t status;

    do {
        status = sys_thread_create(domain, slot, hart, share->priority, share->budget_us, share->period_us);
    } while (status == SEPTUM_BAD_ARGUMENT && sys_time() < until);
    if (status == SEPTUM_BAD_ARGUMENT && hart != boot_info()->boot_hart) {
        say("hart %lu does not start: its work goes to hart %lu", hart, boot_info()->boot_hart);
        status = sys_thread_create(domain, slot, boot_info()->boot_hart, share->priority, share->budget_us,
                                   share->period_us);
    }
    return !refused("creating a thread", status);
}

/* Between tries the thread's hart is left alone: each sends it an interrupt, and on QEMU both want the same lock. */
void thread_halt(uint64_t slot)
{
    const uint64_t end = sys_time() + ticks(STOP_PATIENCE_US);

    while (sys_thread_stop(slot) == SEPTUM_BUSY && sys_time() < end) {
        const uint64_t next = sys_time() + ticks(STOP_PAUSE_US);

        while (sys_time() < next)
            continue;
    }
}
