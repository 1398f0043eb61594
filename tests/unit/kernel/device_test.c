/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Devices behind the IOMMU: where their DMA goes, what a call leaves behind in its caches, and its queues. */
#include "suite.h"

#define VA UINT64_C(0x40000000)
#define DEVICE 8u /* 00:01.0 */
#define DEAD_NAME (5u * NAME_SLOTS + 9u)
#define RW (MAP_READ | MAP_WRITE)
#define DRIVER 60u /* slots of the manager's table */
#define GUEST 61u

/* A guest with a frame at VA. */
static uint32_t guest_with(uint64_t *p)
{
    uint32_t d = world_domain(SEPTUM_GUEST);

    world_tables(d, VA, 0);
    *p = world_frame(d);
    OK(space_map(d, VA, *p, 0, RW));
    return d;
}

static void at_first_dma_goes_nowhere(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < DEVICES; n++)
        assert_int_equal(host_dma(n, VA, 0), NO_FRAME);
    assert_int_equal(host_dma(DEVICES, VA, 0), NO_FRAME);
}

static void dma_goes_where_the_owner_s_stage_2_goes(void **state)
{
    (void)state;
    uint64_t p, other;
    uint32_t d = guest_with(&p);

    guest_with(&other);
    OK(device_assign(DEVICE, d));
    assert_int_equal(host_dma(DEVICE, VA, 0), p);
    assert_int_equal(host_dma(DEVICE, VA + 0xfff, 1), p);
    assert_int_equal(host_dma(DEVICE, VA + 0x1000, 0), NO_FRAME);
    assert_int_equal(host_dma(DEVICE, 0, 0), NO_FRAME);
    assert_int_equal(host_dma(DEVICE + 1, VA, 0), NO_FRAME);
    OK(space_protect(d, p, MAP_READ));
    assert_int_equal(host_dma(DEVICE, VA, 0), p);
    assert_int_equal(host_dma(DEVICE, VA, 1), NO_FRAME);
}

static void what_is_unmapped_no_device_reaches(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t d = guest_with(&p);

    OK(device_assign(DEVICE, d));
    host_iommu_fill();
    uint32_t before = host_iommu.fences;
    OK(space_unmap(d, p));
    assert_int_equal(host_iommu.fences, before + 1);
    assert_false(host_iommu_stale(d % NAME_SLOTS));
    assert_int_equal(host_dma(DEVICE, VA, 0), NO_FRAME);
}

static void a_fence_is_for_one_slot(void **state)
{
    (void)state;
    uint64_t p, q;
    uint32_t d = guest_with(&p);
    uint32_t e = guest_with(&q);

    host_iommu_fill();
    table_clear(walk_find(d, VA, 0) / 512, walk_find(d, VA, 0) % 512);
    table_clear(walk_find(e, VA, 0) / 512, walk_find(e, VA, 0) % 512);
    assert_true(host_iommu_stale(d % NAME_SLOTS));
    iommu_forget(d % NAME_SLOTS);
    assert_true(host_iommu_stale(d % NAME_SLOTS)); /* told, but not done */
    iommu_finish(d % NAME_SLOTS);
    assert_false(host_iommu_stale(d % NAME_SLOTS));
    assert_true(host_iommu_stale(e % NAME_SLOTS));
}

static void what_is_taken_leads_nowhere(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t d = guest_with(&p);

    OK(device_assign(DEVICE, d));
    assert_false(host_contexts_stale());
    host_iommu_fill();
    OK(device_take(DEVICE));
    assert_false(host_contexts_stale());
    assert_int_equal(host_dma(DEVICE, VA, 0), NO_FRAME);
    REFUSED(SEPTUM_BAD_ARGUMENT, device_take(DEVICE));
    OK(device_assign(DEVICE, d));
    assert_int_equal(host_dma(DEVICE, VA, 0), p);
}

/* The first fence comes before the context is valid: the IOMMU cannot read it valid with the root before. */
static void a_context_is_complete_before_it_is_valid(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t d = guest_with(&p);
    uint32_t before = host_iommu.directories;

    OK(device_assign(DEVICE, d));
    assert_int_equal(host_iommu.directories, before + 2);
    assert_int_equal(device_context[DEVICE].tc, 1);
    assert_int_equal(device_context[DEVICE].iohgatp, UINT64_C(8) << 60 | (uint64_t)(d % NAME_SLOTS) << 44 |
                                                         (WORLD_RAM_BASE / FRAME_BYTES + dom[d % NAME_SLOTS].root));
}

static void devices_end_with_their_domain(void **state)
{
    (void)state;
    uint64_t p, q;
    uint32_t d = guest_with(&p);
    uint32_t e = guest_with(&q);

    OK(device_assign(DEVICE, d));
    OK(device_assign(0, d));
    OK(device_assign(DEVICES - 1, d));
    OK(device_assign(DEVICE + 1, e));
    host_iommu_fill();
    domain_end(d);
    assert_false(host_contexts_stale());
    assert_false(host_iommu_stale(d % NAME_SLOTS));
    assert_int_equal(host_dma(DEVICE, VA, 0), NO_FRAME);
    assert_int_equal(host_dma(0, VA, 0), NO_FRAME);
    assert_int_equal(host_dma(DEVICES - 1, VA, 0), NO_FRAME);
    assert_int_equal(host_dma(DEVICE + 1, VA, 0), q);
    uint32_t next = guest_with(&p);
    assert_int_equal(next % NAME_SLOTS, d % NAME_SLOTS);
    assert_int_equal(host_dma(DEVICE, VA, 0), NO_FRAME);
    OK(device_assign(DEVICE, next));
    assert_int_equal(host_dma(DEVICE, VA, 0), p);
}

static void assignments_are_refused(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t d = guest_with(&p);
    uint32_t server = world_domain(SEPTUM_SERVER);
    uint32_t rootless = domain_new(SEPTUM_GUEST);

    REFUSED(SEPTUM_BAD_ARGUMENT, device_assign(DEVICES, d));
    REFUSED(SEPTUM_BAD_STATE, device_assign(DEVICE, server));
    REFUSED(SEPTUM_BAD_STATE, device_assign(DEVICE, rootless));
    REFUSED(SEPTUM_BAD_STATE, device_assign(DEVICE, DEAD_NAME));
    REFUSED(SEPTUM_BAD_STATE, device_assign(DEVICE, NOBODY));
    OK(device_assign(DEVICE, d));
    REFUSED(SEPTUM_BUSY, device_assign(DEVICE, d));
    REFUSED(SEPTUM_BAD_ARGUMENT, device_take(DEVICES));
    REFUSED(SEPTUM_BAD_ARGUMENT, device_take(DEVICE + 1));
    OK(device_take(DEVICE));
    boot.iommu = 0;
    REFUSED(SEPTUM_BAD_STATE, device_assign(DEVICE, d));
}

static void faults_are_read_in_order(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t d = guest_with(&p);

    OK(device_assign(DEVICE, d));
    OK(CALL(MANAGER, SEPTUM_DEVICE_FAULT, 0));
    assert_int_equal(world_result(MANAGER, 2), 0);
    host_dma(DEVICE, VA + 0x2000, 1);
    host_dma(DEVICE + 1, 0x1234, 0);
    OK(CALL(MANAGER, SEPTUM_DEVICE_FAULT, 0));
    assert_int_equal(world_result(MANAGER, 1), DEVICE);
    assert_int_equal(world_result(MANAGER, 2), 23);
    assert_int_equal(world_result(MANAGER, 3), VA + 0x2000);
    OK(CALL(MANAGER, SEPTUM_DEVICE_FAULT, 0));
    assert_int_equal(world_result(MANAGER, 1), DEVICE + 1);
    assert_int_equal(world_result(MANAGER, 2), 258);
    assert_int_equal(world_result(MANAGER, 3), 0x1234);
    OK(CALL(MANAGER, SEPTUM_DEVICE_FAULT, 0));
    assert_int_equal(world_result(MANAGER, 2), 0);
}

static void the_fault_queue_wraps_and_overflows(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t k = 0; k < IOMMU_FAULTS + 5; k++)
            host_dma(DEVICE, k, 0);
        for (uint64_t k = 0; k < IOMMU_FAULTS - 1; k++) {
            struct device_fault f = iommu_fault();

            assert_int_equal(f.device, DEVICE);
            assert_int_equal(f.cause, 258);
            assert_int_equal(f.address, k);
        }
        assert_int_equal(iommu_fault().cause, 0);
    }
}

static void the_command_queue_wraps(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t d = guest_with(&p);

    for (uint32_t k = 0; k < 3 * IOMMU_COMMANDS; k++) {
        host_iommu_fill();
        if (k % 2 == 0)
            OK(space_unmap(d, p));
        else
            OK(space_map(d, VA, p, 0, RW));
        assert_false(host_iommu_stale(d % NAME_SLOTS));
    }
}

static void without_an_iommu_nothing_is_asked(void **state)
{
    (void)state;
    uint64_t p;

    boot.iommu = 0;
    uint32_t before = host_iommu.fences;
    uint32_t d = guest_with(&p);
    OK(space_unmap(d, p));
    assert_int_equal(host_iommu.fences, before);
    assert_int_equal(iommu_fault().cause, 0);
}

static void an_iommu_that_is_silent_ends_the_machine(void **state)
{
    (void)state;
    static uint64_t p;
    static uint32_t d;

    d = guest_with(&p);
    host_iommu.silent = 1;
    if (setjmp(host_off) == 0) {
        space_unmap(d, p);
        fail();
    }
    assert_non_null(strstr(host_output, "the IOMMU is silent"));
}

/* Only who holds CAP_SYSTEM assigns, and only to a domain whose memory it may arrange. */
static void calls_want_the_capabilities(void **state)
{
    (void)state;
    uint64_t p;
    uint32_t g = guest_with(&p);
    uint32_t server = world_domain(SEPTUM_SERVER);
    uint32_t t = world_thread(server, 0, 3);

    OK(cap_put(MANAGER_SLOT, GUEST, CAP_DOMAIN, g, 0));
    OK(cap_put(server % NAME_SLOTS, 9, CAP_DOMAIN, g, 0));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_DEVICE_ASSIGN, DEVICE, 9));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_DEVICE_TAKE, DEVICE));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_DEVICE_FAULT, 0));
    REFUSED(SEPTUM_BAD_CAP, CALL(MANAGER, SEPTUM_DEVICE_ASSIGN, DEVICE, DRIVER));
    OK(CALL(MANAGER, SEPTUM_DEVICE_ASSIGN, DEVICE, GUEST));
    assert_int_equal(device_owner[DEVICE], g);
    REFUSED(SEPTUM_BUSY, CALL(MANAGER, SEPTUM_DEVICE_ASSIGN, DEVICE, GUEST));
    OK(CALL(MANAGER, SEPTUM_DEVICE_TAKE, DEVICE));
    assert_int_equal(device_owner[DEVICE], NOBODY);
    cap[MANAGER_SLOT].slot[GUEST].rights = CAP_RIGHTS - CAP_MEMORY;
    REFUSED(SEPTUM_DENIED, CALL(MANAGER, SEPTUM_DEVICE_ASSIGN, DEVICE, GUEST));
    cap[MANAGER_SLOT].slot[GUEST].rights = CAP_RIGHTS;
    domain_end(g);
    REFUSED(SEPTUM_DEAD, CALL(MANAGER, SEPTUM_DEVICE_ASSIGN, DEVICE, GUEST));
}

static const struct CMUnitTest tests[] = {
    TEST(at_first_dma_goes_nowhere),
    TEST(dma_goes_where_the_owner_s_stage_2_goes),
    TEST(what_is_unmapped_no_device_reaches),
    TEST(a_fence_is_for_one_slot),
    TEST(what_is_taken_leads_nowhere),
    TEST(a_context_is_complete_before_it_is_valid),
    TEST(devices_end_with_their_domain),
    TEST(assignments_are_refused),
    TEST(faults_are_read_in_order),
    TEST(the_fault_queue_wraps_and_overflows),
    TEST(the_command_queue_wraps),
    TEST(without_an_iommu_nothing_is_asked),
    TEST(an_iommu_that_is_silent_ends_the_machine),
    TEST(calls_want_the_capabilities),
};

SUITE_MAIN("kernel/device", tests)
