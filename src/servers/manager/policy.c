/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "policy.h"

#include <septum/device.h>

#include <string.h>

static uint64_t only(uint32_t party) { return UINT64_C(1) << party; }

static bool in(uint64_t set, uint32_t party) { return (set & only(party)) != 0; }

static void join(struct policy *policy, uint32_t a, uint32_t b)
{
    policy->peers[a] |= only(b);
    policy->peers[b] |= only(a);
}

uint32_t policy_server(uint32_t kind)
{
    switch (kind) {
    case DEVICE_BLOCK:
        return POLICY_BLOCK;
    case DEVICE_NET:
        return POLICY_NET;
    case DEVICE_UPLINK:
        return POLICY_UPLINK;
    case DEVICE_DISK:
        return POLICY_DISK;
    default:
        return POLICY_ENTROPY;
    }
}

/* Each monitor and the servers of its guest's devices, or of those that a room allows; of a disk, the server's own device
 * moves the data. */
static void join_servers(struct policy *policy, const struct bundle *bundle)
{
    join(policy, POLICY_BLOCK, POLICY_BLOCK_DMA);
    join(policy, POLICY_ENTROPY, POLICY_ENTROPY_DMA);
    join(policy, POLICY_DISK, POLICY_DISK_DMA);
    join(policy, POLICY_UPLINK, POLICY_UPLINK_DMA);
    join(policy, POLICY_UPLINK, POLICY_NET); /* the one is a port of the other's */
    for (uint32_t i = 0; i < bundle->disk_count; i++) {
        const bool slice = (bundle->disk[i].flags & BUNDLE_DISK_SLICE) != 0;

        join(policy, POLICY_MONITOR(bundle->disk[i].guest), slice ? POLICY_DISK : POLICY_BLOCK);
        join(policy, POLICY_MONITOR(bundle->disk[i].guest), slice ? POLICY_DISK_DMA : POLICY_BLOCK_DMA);
    }
    for (uint32_t i = 0; i < bundle->net_count; i++)
        join(policy, POLICY_MONITOR(bundle->net[i].guest), POLICY_NET);
    for (uint32_t i = 0; i < bundle->guest_count; i++) {
        if ((bundle->guest[i].devices & BUNDLE_GUEST_DISKS) != 0) {
            join(policy, POLICY_MONITOR(i), POLICY_BLOCK);
            join(policy, POLICY_MONITOR(i), POLICY_BLOCK_DMA);
        }
        if (bundle->guest[i].networks != 0)
            join(policy, POLICY_MONITOR(i), POLICY_NET);
        if ((bundle->guest[i].devices & BUNDLE_GUEST_ENTROPY) != 0)
            join(policy, POLICY_MONITOR(i), POLICY_ENTROPY);
    }
}

void policy_of(struct policy *policy, const struct bundle *bundle, uint64_t windows, uint64_t console)
{
    memset(policy, 0, sizeof *policy);
    policy->parties = POLICY_MONITOR(bundle->guest_count);
    policy->system = only(POLICY_MANAGER);
    for (uint32_t p = POLICY_CONSOLE; p < policy->parties; p++) {
        join(policy, POLICY_MANAGER, p);
        policy->controls[POLICY_MANAGER] |= only(p);
    }
    for (uint32_t i = 0; i < bundle->guest_count; i++) {
        join(policy, POLICY_MONITOR(i), POLICY_GUEST(i));
        join(policy, POLICY_MONITOR(i), POLICY_CONSOLE);
        policy->controls[POLICY_MONITOR(i)] |= only(POLICY_GUEST(i));
    }
    join_servers(policy, bundle);
    for (uint64_t w = 0; w < windows && w < WINDOWS; w++)
        policy->device[w] = only(POLICY_MANAGER) | (w == console ? only(POLICY_CONSOLE) : 0);
}

/* Whom d may affect, itself included. */
static uint64_t reached(const struct policy *policy, uint32_t d) { return policy->peers[d] | only(d); }

/* a controls d: does whoever reaches d reach a, and a whomever d reaches? */
static enum policy_hypothesis control_fault(const struct policy *policy, uint32_t a, uint32_t d)
{
    for (uint32_t e = 0; e < policy->parties; e++) {
        if (in(reached(policy, e), d) && !in(reached(policy, e), a))
            return CONTROL_IN;
    }
    return (reached(policy, d) & ~reached(policy, a)) != 0 ? CONTROL_OUT : POLICY_HOLDS;
}

/* Who may have a window that a may have, too. */
static uint64_t sharers(const struct policy *policy, uint32_t a)
{
    uint64_t with = 0;

    for (uint64_t w = 0; w < WINDOWS; w++)
        with |= in(policy->device[w], a) ? policy->device[w] : 0;
    return with;
}

static enum policy_hypothesis pair_fault(const struct policy *policy, uint32_t a, uint32_t b, uint64_t shares)
{
    if (in(policy->system, a) && a != b && !in(policy->controls[a], b))
        return SYSTEM_CONTROLS;
    if (in(shares, b) && !in(reached(policy, a), b))
        return DEVICE_ONE;
    return in(policy->controls[a], b) ? control_fault(policy, a, b) : POLICY_HOLDS;
}

enum policy_hypothesis policy_fault(const struct policy *policy, uint32_t *a, uint32_t *b)
{
    for (*a = 0; *a < policy->parties; (*a)++) {
        const uint64_t shares = sharers(policy, *a);

        for (*b = 0; *b < policy->parties; (*b)++) {
            enum policy_hypothesis fault = pair_fault(policy, *a, *b, shares);

            if (fault != POLICY_HOLDS)
                return fault;
        }
    }
    return POLICY_HOLDS;
}

bool policy_give(struct policy *policy, uint64_t w, uint32_t a)
{
    const uint64_t before = w < WINDOWS ? policy->device[w] : 0;
    uint32_t one;
    uint32_t other;

    if (w >= WINDOWS)
        return false;
    policy->device[w] |= only(a);
    if (policy_fault(policy, &one, &other) == POLICY_HOLDS)
        return true;
    policy->device[w] = before;
    return false;
}

bool policy_joins(const struct policy *policy, uint32_t a, uint32_t b)
{
    return in(reached(policy, a), b) && in(reached(policy, b), a);
}

bool policy_controls(const struct policy *policy, uint32_t a, uint32_t b)
{
    return a == b || in(policy->controls[a], b);
}

bool policy_fits(const struct policy *policy, uint32_t a, uint64_t w)
{
    return w < WINDOWS && in(policy->device[w], a);
}
