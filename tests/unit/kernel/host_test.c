/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The fake hart itself, where the kernel's tests count on more than a record of what was written. */
#include "suite.h"

/* Two arena frames of thread t: a top page, and below it the low half's table with the kernel's half in it. */
static uint64_t make_root(uint64_t t)
{
    uint64_t top = world_frame(MANAGER_NAME), low = world_frame(MANAGER_NAME);

    for (uint32_t i = 0; i < FRAME_WORDS; i++)
        ram[low].word[i] = kernel_root_table[i];
    ram[top].word[0] = (ram_base_pfn + low) << 10 | 1;
    info[top].kind = info[low].kind = FRAME_SHADOW;
    info[top].at_owner = info[low].at_owner = t;
    machine_features |= BOOT_HAS_SV48;
    return top;
}

static void the_way_back_is_the_last_servers_space(void **state)
{
    (void)state;
    struct host_hart *here = &host_hart[0];
    uint64_t root = dom[MANAGER_SLOT].root, top = make_root(MANAGER);

    assert_int_equal(here->shadow, NO_FRAME);
    hart_set_shadow(top, 64);
    assert_int_equal(here->shadow, top);
    assert_int_equal(here->asid, 64);
    hart_set_kernel_space();
    assert_int_equal(here->shadow, NO_FRAME);
    assert_int_equal(here->space, DOMAINS);
    hart_set_shadow(top, 65);
    hart_restore_space();
    assert_int_equal(here->shadow, NO_FRAME);
    assert_int_equal(here->space, MANAGER_SLOT);
    assert_int_equal(here->root, root);
    assert_int_equal(host_hart[1].last, DOMAINS); /* each hart has its own */
}

static void who_is_evicted_is_out(void **state)
{
    (void)state;
    uint32_t before = host_hart[1].ipis;

    hart_evict(1, 3);
    assert_int_equal(host_hart[1].ipis, before);
    running_publish(1, 3);
    hart_evict(1, 4);
    assert_int_equal(running_look(1), 3);
    assert_int_equal(host_hart[1].ipis, before);
    hart_evict(1, 3);
    assert_int_equal(running_look(1), NO_THREAD);
    assert_int_equal(host_hart[1].ipis, before + 1);
    assert_int_equal(host_hart[1].ipi, 1);
}

static void shadow_fences_are_counted_for_the_hart_that_asks(void **state)
{
    (void)state;
    host_self = 1;
    hart_fence_shadow(0x1000, 64, 2);
    hart_fence_shadow(0, 0, 0);
    assert_int_equal(host_hart[1].shadow_fences, 2);
    assert_int_equal(host_hart[0].shadow_fences, 0);
}

static const struct CMUnitTest tests[] = {
    TEST(the_way_back_is_the_last_servers_space),
    TEST(who_is_evicted_is_out),
    TEST(shadow_fences_are_counted_for_the_hart_that_asks),
};

SUITE_MAIN("kernel/host", tests)
