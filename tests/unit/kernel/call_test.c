/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Every call by its number: the capability each wants, the rights, what it answers. */
#include "suite.h"

#include <kernel/shadow.h>

#define VA UINT64_C(0x40000000)

/* The manager's slots. */
enum { SYSTEM = BOOT_CAP_SYSTEM, SELF = CAP_SELF, THREAD = BOOT_CAP_THREAD, A = 40, G = 41, T = 42, FREE = 43, NONE = 60 };

static uint32_t a, g; /* a server, a guest, both the manager's making */
static uint32_t t;    /* a thread of a's, stopped */

#define M(number, ...) CALL(MANAGER, number, __VA_ARGS__)

static int begin(void **state)
{
    int status = world_begin(state);

    OK(M(SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, A));
    OK(M(SEPTUM_DOMAIN_CREATE, SEPTUM_GUEST, G));
    a = cap[MANAGER_SLOT].slot[A].name;
    g = cap[MANAGER_SLOT].slot[G].name;
    OK(M(SEPTUM_DOMAIN_PEER, A, G));
    uint64_t root = world_frame(MANAGER_NAME);
    OK(M(SEPTUM_FRAME_GIVE, root, A));
    OK(M(SEPTUM_SPACE_ROOT, A, root));
    OK(M(SEPTUM_THREAD_CREATE, A, T, 0, 3, 0, 0));
    t = cap[MANAGER_SLOT].slot[T].name % NAME_SLOTS;
    return status;
}

static uint64_t given(uint32_t slot)
{
    uint64_t p = world_frame(MANAGER_NAME);

    OK(M(SEPTUM_FRAME_GIVE, p, slot));
    return p;
}

static int known(uint64_t number)
{
    static const uint8_t all[] = {1, 2, 3, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 32, 33, 34,
                                  35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 48, 49, 50, 51, 52, 56, 57};

    return memchr(all, (int)(number & 0xff), sizeof(all)) != NULL && number < 0x100;
}

static void unknown_numbers_do_nothing(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 200; number++)
        if (!known(number)) {
            world_keep();
            assert_int_equal(M(number, A, 1, 2, 3, 4, 5), SEPTUM_BAD_CALL);
            assert_int_equal(M(number, CAPS, 1, 2, 3, 4, 5), SEPTUM_BAD_CALL);
            assert_true(world_same());
        }
    REFUSED(SEPTUM_BAD_CALL, M(47, A));
    REFUSED(SEPTUM_BAD_CALL, M(25, T));
    REFUSED(SEPTUM_BAD_CALL, M(53, A));
    REFUSED(SEPTUM_BAD_CALL, M(UINT64_MAX, A));
    REFUSED(SEPTUM_BAD_CALL, M((UINT64_C(1) << 32) + SEPTUM_FRAME_GIVE, A));
}

/* Whatever the call, a slot that is empty or out of range is no authority. */
static void no_call_without_a_capability(void **state)
{
    (void)state;
    static const uint64_t slot[] = {NONE, CAPS, UINT64_MAX, UINT64_C(1) << 32};

    for (uint64_t number = 1; number < 58; number++) {
        if (!known(number) || number == SEPTUM_REPLY_WAIT || number == SEPTUM_VCPU_RUN ||
            number == SEPTUM_VCPU_SAVE || number == SEPTUM_VCPU_FENCE || number == SEPTUM_CAP_DROP)
            continue;
        for (uint32_t k = 0; k < 4; k++) {
            uint64_t s = slot[k];

            world_keep();
            thread[t].state = THREAD_READY;
            assert_true(world_call(t, number, (struct world_args){{s, s, s, s, s, s}}) < 0);
            assert_int_equal(thread[t].state, THREAD_READY);
            assert_true(world_same());
        }
    }
}

/* With its own domain's capability alone (CAP_MEMORY) a server controls nothing and creates nothing. */
static void a_server_has_little_authority(void **state)
{
    (void)state;
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, 9));
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_DOMAIN_DESTROY, SELF));
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_DOMAIN_PEER, SELF, SELF));
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_CAP_GRANT, SELF, 9, SELF, CAP_MEMORY, 0));
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_THREAD_CREATE, SELF, 9, 0, 1));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_FRAME_RECLAIM, 800));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_AUDIT_READ, BOOT_CAP_AUDIT, AUDIT_FRAME, 800));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_SYSTEM_OFF, 0));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_SYSTEM_LOG, 'x'));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_IRQ_BIND, SELF, SELF, 1));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_WINDOW_MAP, SELF, SELF, VA));
}

static void frames_travel(void **state)
{
    (void)state;
    uint64_t p = given(A);

    REFUSED(SEPTUM_NOT_OWNER, M(SEPTUM_FRAME_GIVE, p, A));
    OK(M(SEPTUM_FRAME_LEND, A, p, G));
    OK(M(SEPTUM_AUDIT_READ, BOOT_CAP_AUDIT, AUDIT_FRAME, p));
    assert_int_equal(world_result(MANAGER, 3), a + AUDIT_HIGH * g);
    assert_int_equal(world_result(MANAGER, 4), FRAME_DATA);
    REFUSED(SEPTUM_NOT_OWNER, M(SEPTUM_FRAME_REVOKE, G, p));
    OK(M(SEPTUM_FRAME_REVOKE, A, p));
    OK(M(SEPTUM_FRAME_LEND, A, p, G));
    OK(M(SEPTUM_FRAME_RELEASE, G, p));
    REFUSED(SEPTUM_NOT_OWNER, M(SEPTUM_FRAME_RECLAIM, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_AUDIT_READ, BOOT_CAP_AUDIT, AUDIT_FRAME, UINT64_MAX));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_FRAME_RECLAIM, WORLD_FRAMES));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_FRAME_LEND, A, p, NONE));
    OK(M(SEPTUM_DOMAIN_DESTROY, A));
    OK(M(SEPTUM_FRAME_RECLAIM, p));
    assert_int_equal(info[p].owner, MANAGER_NAME);
}

static void spaces_are_built(void **state)
{
    (void)state;
    uint64_t root = world_four(MANAGER_NAME);
    uint64_t block = world_block(MANAGER_NAME);

    for (uint64_t k = 0; k < 4; k++)
        OK(M(SEPTUM_FRAME_GIVE, root + k, G));
    for (uint64_t k = 0; k < 512; k++)
        OK(M(SEPTUM_FRAME_GIVE, block + k, G));
    uint64_t one = given(G), zero = given(G);
    OK(M(SEPTUM_SPACE_ROOT, G, root));
    OK(M(SEPTUM_SPACE_TABLE, G, VA, 1, one));
    OK(M(SEPTUM_SPACE_MAP, G, VA, block, 1, MAP_READ));
    OK(M(SEPTUM_SPACE_SPLIT, G, block, zero));
    OK(M(SEPTUM_SPACE_PROTECT, G, block + 1, MAP_READ | MAP_WRITE));
    OK(M(SEPTUM_SPACE_UNMAP, G, block + 1));
    REFUSED(SEPTUM_NOT_MAPPED, M(SEPTUM_SPACE_UNMAP, G, block + 1));
    REFUSED(SEPTUM_BUSY, M(SEPTUM_SPACE_UNTABLE, G, zero));
    cap[MANAGER_SLOT].slot[G].rights = CAP_CONTROL;
    REFUSED(SEPTUM_DENIED, M(SEPTUM_SPACE_UNMAP, G, block));
    REFUSED(SEPTUM_DENIED, M(SEPTUM_FRAME_GIVE, world_frame(MANAGER_NAME), G));
}

static void windows_change_hands_with_their_mapping(void **state)
{
    (void)state;
    uint64_t one = given(A), zero = given(A);

    OK(M(SEPTUM_SPACE_TABLE, A, VA, 1, one));
    OK(M(SEPTUM_SPACE_TABLE, A, VA, 0, zero));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_WINDOW_MAP, NONE, A, VA));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_WINDOW_MAP, BOOT_CAP_WINDOW, NONE, VA));
    OK(M(SEPTUM_WINDOW_MAP, BOOT_CAP_WINDOW, A, VA));
    assert_int_equal(window[0].owner, a);
    REFUSED(SEPTUM_MAPPED, M(SEPTUM_WINDOW_MAP, BOOT_CAP_WINDOW, A, VA + 4096));
    OK(M(SEPTUM_WINDOW_UNMAP, BOOT_CAP_WINDOW));
    REFUSED(SEPTUM_NOT_MAPPED, M(SEPTUM_WINDOW_UNMAP, BOOT_CAP_WINDOW));
    REFUSED(SEPTUM_NOT_OWNER, M(SEPTUM_WINDOW_MAP, BOOT_CAP_WINDOW, SELF, 0x5000));
    OK(M(SEPTUM_WINDOW_MAP, BOOT_CAP_WINDOW, A, VA));
    OK(M(SEPTUM_DOMAIN_DESTROY, A));
    OK(M(SEPTUM_WINDOW_MAP, BOOT_CAP_WINDOW, SELF, 0x5000));
    assert_int_equal(window[0].owner, MANAGER_NAME);
}

static void domains_are_made_and_ended(void **state)
{
    (void)state;
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_DOMAIN_CREATE, 0, FREE));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_DOMAIN_CREATE, 3, FREE));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_DOMAIN_CREATE, (UINT64_C(1) << 32) + 1, FREE));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, CAPS));
    REFUSED(SEPTUM_FULL, M(SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, A));
    assert_int_equal(cap[a % NAME_SLOTS].slot[CAP_SELF].name, a);
    assert_int_equal(cap[a % NAME_SLOTS].slot[CAP_SELF].rights, CAP_MEMORY);
    REFUSED(SEPTUM_DENIED, M(SEPTUM_DOMAIN_DESTROY, SELF));
    OK(M(SEPTUM_DOMAIN_DESTROY, A));
    assert_int_equal(thread[t].state, THREAD_FREE);
    assert_int_equal(cap[a % NAME_SLOTS].slot[CAP_SELF].type, CAP_NONE);
    REFUSED(SEPTUM_DEAD, M(SEPTUM_DOMAIN_DESTROY, A));
    REFUSED(SEPTUM_DEAD, M(SEPTUM_THREAD_INFO, T));
    REFUSED(SEPTUM_DEAD, M(SEPTUM_DOMAIN_PEER, G, A));
    OK(M(SEPTUM_CAP_DROP, A));
    OK(M(SEPTUM_CAP_DROP, UINT64_MAX));
    for (uint32_t k = 0; dom[63].kind == 0; k++) {
        OK(M(SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, A));
        OK(M(SEPTUM_CAP_DROP, A));
    }
    REFUSED(SEPTUM_FULL, M(SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, A));
}

static void threads_are_started_and_stopped(void **state)
{
    (void)state;
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_THREAD_CREATE, A, FREE, 2, 3));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_THREAD_CREATE, A, FREE, UINT64_MAX, 3));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_THREAD_CREATE, A, FREE, 0, PRIORITIES));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_THREAD_CREATE, A, CAPS, 0, 3));
    REFUSED(SEPTUM_FULL, M(SEPTUM_THREAD_CREATE, A, T, 0, 3));
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_THREAD_CREATE, G, FREE, 0, 3));
    OK(M(SEPTUM_THREAD_CREATE, A, FREE, 1, 2, 1000, UINT64_MAX));
    uint32_t k = cap[MANAGER_SLOT].slot[FREE].name % NAME_SLOTS;
    assert_int_equal(thread[k].budget, WORLD_TICKS_PER_SECOND / 1000);
    assert_int_equal(thread[k].period, UINT64_MAX / 2);
    OK(M(SEPTUM_THREAD_START, T, 0x1234, 0x5678, 99));
    assert_int_equal(thread[t].state, THREAD_READY);
    assert_int_equal(context[t].pc, 0x1234);
    assert_int_equal(context[t].x[REG_SP], 0x5678);
    assert_int_equal(context[t].x[REG_A0], 99);
    assert_int_equal(dom[a % NAME_SLOTS].sealed, 1);
    REFUSED(SEPTUM_DENIED, M(SEPTUM_DOMAIN_PEER, A, G));
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_THREAD_START, T, 0, 0, 0));
    OK(M(SEPTUM_THREAD_STOP, T));
    assert_int_equal(thread[t].state, THREAD_STOPPED);
    hart[0].current = t;
    REFUSED(SEPTUM_BUSY, M(SEPTUM_THREAD_START, T, 0, 0, 0));
    assert_int_equal(M(SEPTUM_THREAD_STOP, T), SEPTUM_BUSY);
    REFUSED(SEPTUM_BUSY, M(SEPTUM_DOMAIN_DESTROY, A));
    assert_int_equal(host_hart[0].ipis, 2);
    thread_fault(t, 12, 0xabc);
    OK(M(SEPTUM_THREAD_INFO, T));
    assert_int_equal(world_result(MANAGER, 1), THREAD_FAULTED);
    assert_int_equal(world_result(MANAGER, 2), 12);
    assert_int_equal(world_result(MANAGER, 3), 0x1234);
    assert_int_equal(world_result(MANAGER, 4), 0xabc);
}

static void threads_run_out(void **state)
{
    (void)state;
    for (uint32_t k = 2; k < THREADS; k++)
        assert_int_not_equal(thread_new(a, 0, 1, 0), NO_THREAD);
    REFUSED(SEPTUM_FULL, M(SEPTUM_THREAD_CREATE, A, FREE, 0, 3));
}

static void capabilities_are_granted(void **state)
{
    (void)state;
    OK(M(SEPTUM_CAP_GRANT, A, 9, T, CAP_NOTIFY | CAP_CALL, 0x40));
    OK(CALL(t, SEPTUM_NOTIFY, 9));
    assert_int_equal(pending_look(t), 0x40);
    REFUSED(SEPTUM_BAD_ARGUMENT, CALL(t, SEPTUM_CALL, 9)); /* itself */
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_VCPU_KICK, 9));
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_THREAD_STOP, 9));
    OK(M(SEPTUM_CAP_GRANT, A, 10, THREAD, CAP_CALL, 7));
    REFUSED(SEPTUM_DENIED, CALL(t, SEPTUM_NOTIFY, 10));
    thread[t].state = THREAD_READY;
    CALL(t, SEPTUM_CALL, 10, 1, 2, 3, 4);
    assert_int_equal(thread[t].state, THREAD_CALLING);
    OK(M(SEPTUM_REPLY_WAIT, 0, 0, 0, 0, SEPTUM_FOREVER, 0));
    assert_int_equal(world_result(MANAGER, 1), 7);
    assert_int_equal(world_result(MANAGER, 2), 1);
    OK(M(SEPTUM_VCPU_KICK, T));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_CAP_GRANT, A, 11, SYSTEM, 0, 0));
    for (uint32_t state_of = THREAD_STOPPED; state_of <= THREAD_FAULTED; state_of += THREAD_FAULTED - THREAD_STOPPED) {
        thread[MANAGER].state = state_of;
        thread[t].state = THREAD_READY;
        REFUSED(SEPTUM_DEAD, CALL(t, SEPTUM_CALL, 10));
    }
}

/* Who keeps CAP_STOP alone ends a server, and can make nothing else of it. */
static void what_is_sealed_can_only_be_ended(void **state)
{
    (void)state;
    cap[MANAGER_SLOT].slot[T].rights = CAP_STOP;
    cap[MANAGER_SLOT].slot[A].rights = CAP_STOP;
    OK(M(SEPTUM_THREAD_INFO, T));
    OK(M(SEPTUM_THREAD_STOP, T));
    REFUSED(SEPTUM_DENIED, M(SEPTUM_THREAD_START, T, 0x1000, 0, 0));
    REFUSED(SEPTUM_DENIED, M(SEPTUM_THREAD_CREATE, A, FREE, 0, 3));
    REFUSED(SEPTUM_DENIED, M(SEPTUM_CAP_GRANT, A, 9, T, CAP_STOP, 0));
    REFUSED(SEPTUM_DENIED, M(SEPTUM_CAP_GRANT, SELF, 30, T, CAP_CONTROL, 0));
    REFUSED(SEPTUM_DENIED, M(SEPTUM_DOMAIN_PEER, A, A));
    cap[MANAGER_SLOT].slot[A].rights = CAP_RIGHTS - CAP_STOP;
    REFUSED(SEPTUM_DENIED, M(SEPTUM_DOMAIN_DESTROY, A));
    cap[MANAGER_SLOT].slot[A].rights = CAP_STOP;
    OK(M(SEPTUM_DOMAIN_DESTROY, A));
}

static void vcpus_are_bound(void **state)
{
    (void)state;
    uint64_t page = given(A);
    uint64_t root = world_four(MANAGER_NAME);

    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_BIND, T, G, page)); /* no root yet */
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_BIND, T, A, page)); /* no guest */
    for (uint64_t k = 0; k < 4; k++)
        OK(M(SEPTUM_FRAME_GIVE, root + k, G));
    OK(M(SEPTUM_SPACE_ROOT, G, root));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_VCPU_BIND, T, NONE, page));
    REFUSED(SEPTUM_NOT_OWNER, M(SEPTUM_VCPU_BIND, T, G, root));
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_VCPU_BIND, T, G, page + (UINT64_C(1) << 32)));
    peer[a % NAME_SLOTS].with[g % NAME_SLOTS] = 0;
    REFUSED(SEPTUM_DENIED, M(SEPTUM_VCPU_BIND, T, G, page));
    peer[a % NAME_SLOTS].with[g % NAME_SLOTS] = 1;
    REFUSED(SEPTUM_BAD_ARGUMENT, M(SEPTUM_VCPU_BIND, T, G, page, VCPU_SHADOW + 1));
    machine_features &= ~(uint64_t)BOOT_HAS_SV48;
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_BIND, T, G, page, VCPU_SHADOW));
    machine_features &= ~(uint64_t)BOOT_HAS_H;
    machine_features |= BOOT_HAS_SV48;
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_BIND, T, G, page));
    machine_features |= BOOT_HAS_H;
    OK(M(SEPTUM_VCPU_BIND, T, G, page));
    assert_int_equal(info[page].kind, FRAME_VCPU);
    assert_int_equal(vcpu[t].guest, g);
    assert_int_equal(vcpu[t].page, page);
    assert_int_equal(dom[g % NAME_SLOTS].sealed, 1);
    uint64_t second = given(A);
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_BIND, T, G, second));
}

/* Frames of the guest's own, each behind the last. */
static void an_arena_is_given(void **state)
{
    (void)state;
    uint64_t page = given(A), root = world_four(MANAGER_NAME), block = world_block(MANAGER_NAME);

    for (uint64_t k = 0; k < 4; k++)
        OK(M(SEPTUM_FRAME_GIVE, root + k, G));
    OK(M(SEPTUM_SPACE_ROOT, G, root));
    machine_features |= BOOT_HAS_SV48;
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_ARENA, T, block)); /* not bound */
    OK(M(SEPTUM_VCPU_BIND, T, G, page, VCPU_SHADOW));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_VCPU_ARENA, NONE, block));
    REFUSED(SEPTUM_NOT_OWNER, M(SEPTUM_VCPU_ARENA, T, block));
    for (uint64_t k = 0; k < 4; k++)
        OK(M(SEPTUM_FRAME_GIVE, block + k, G));
    OK(M(SEPTUM_VCPU_ARENA, T, block));
    OK(M(SEPTUM_VCPU_ARENA, T, block + 1));
    assert_int_equal(info[block + 1].kind, FRAME_SHADOW);
    assert_int_equal(shadow[t].count, 2);
    assert_int_not_equal(M(SEPTUM_VCPU_ARENA, T, block + 3), SEPTUM_OK); /* a gap */
    assert_int_not_equal(M(SEPTUM_VCPU_ARENA, T, block + 1), SEPTUM_OK); /* it has that one */
    assert_int_equal(shadow[t].count, 2);
    thread[t].state = THREAD_READY;
    REFUSED(SEPTUM_BAD_STATE, M(SEPTUM_VCPU_ARENA, T, block + 2));
}

static void interrupts_are_bound(void **state)
{
    (void)state;
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_IRQ_BIND, BOOT_CAP_IRQ, NONE, 1));
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_IRQ_BIND, BOOT_CAP_IRQ + 1, T, 1)); /* the second window has none */
    REFUSED(SEPTUM_BAD_CAP, M(SEPTUM_IRQ_ACK, BOOT_CAP_IRQ + 1));
    OK(M(SEPTUM_IRQ_BIND, BOOT_CAP_IRQ, T, 0x10));
    assert_int_equal(irq[10].bits, 0x10);
    assert_true(host_plic_enabled(0, 10));
    host_plic_line(10, 1);
    host_trap(0, INTERRUPT_EXTERNAL);
    assert_int_equal(pending_look(t), 0x10);
    assert_false(host_plic_enabled(0, 10));
    OK(M(SEPTUM_IRQ_ACK, BOOT_CAP_IRQ));
    assert_true(host_plic_enabled(0, 10));
}

static void the_system_calls(void **state)
{
    (void)state;
    OK(M(SEPTUM_SYSTEM_LOG, 'h'));
    OK(M(SEPTUM_SYSTEM_LOG, 'i'));
    assert_string_equal(host_output, "hi");
    if (setjmp(host_off) == 0) {
        M(SEPTUM_SYSTEM_OFF, 1);
        fail();
    }
    assert_int_equal(host_off_how, 1);
}

#define CALL_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    CALL_TEST(unknown_numbers_do_nothing),
    CALL_TEST(no_call_without_a_capability),
    CALL_TEST(a_server_has_little_authority),
    CALL_TEST(frames_travel),
    CALL_TEST(spaces_are_built),
    CALL_TEST(windows_change_hands_with_their_mapping),
    CALL_TEST(domains_are_made_and_ended),
    CALL_TEST(threads_are_started_and_stopped),
    CALL_TEST(threads_run_out),
    CALL_TEST(capabilities_are_granted), CALL_TEST(what_is_sealed_can_only_be_ended),
    CALL_TEST(vcpus_are_bound),
    CALL_TEST(an_arena_is_given),
    CALL_TEST(interrupts_are_bound),
    CALL_TEST(the_system_calls),
};

SUITE_MAIN("kernel/call", tests)
