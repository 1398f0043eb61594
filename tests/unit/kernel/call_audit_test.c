/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* AUDIT_READ: it tells what stands in the books and the tables, to who holds the capability, and changes nothing. */
#include "suite.h"

#include <kernel/shadow.h>

#define VA UINT64_C(0x40000000)

enum { AUDIT = BOOT_CAP_AUDIT };

static uint32_t a;   /* a server */
static uint32_t t;   /* its thread, which holds CAP_AUDIT in its slot 7 */
static uint64_t leaf; /* a frame that it maps at VA */

static int begin(void **state)
{
    int status = world_begin(state);

    a = world_domain(SEPTUM_SERVER);
    world_tables(a, VA, 0);
    leaf = world_frame(a);
    OK(space_map(a, VA, leaf, 0, MAP_READ));
    t = world_thread(a, 0, 3);
    OK(cap_grant(MANAGER_SLOT, AUDIT, a % NAME_SLOTS, 7, CAP_RIGHTS, 0));
    return status;
}

/* Memory and authority are as before, and the answer is these four words and the count. */
static void told(uint64_t what, uint64_t number, uint64_t index, const uint64_t word[4])
{
    const uint64_t count = changes;

    world_keep();
    OK(CALL(t, SEPTUM_AUDIT_READ, 7, what, number, index));
    assert_true(world_same());
    assert_int_equal(changes, count);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(world_result(t, 1 + i), word[i]);
    assert_int_equal(world_result(t, 5), count);
}
#define TOLD(what, number, index, ...) told(what, number, index, (const uint64_t[4]){__VA_ARGS__})

static void frames_are_told(void **state)
{
    (void)state;
    for (uint64_t p = 0; p < WORLD_FRAMES; p++)
        TOLD(AUDIT_FRAME, p, 0, info[p].at_owner, info[p].at_borrower, info[p].owner + AUDIT_HIGH * info[p].borrower,
             info[p].kind);
    assert_true(info[leaf].owner == a && info[leaf].at_owner != NOWHERE);
    OK(frame_lend(a, leaf, MANAGER_NAME));
    TOLD(AUDIT_FRAME, leaf, 0, info[leaf].at_owner, NOWHERE, a + AUDIT_HIGH * MANAGER_NAME, FRAME_DATA);
}

static void tables_are_told(void **state)
{
    (void)state;
    const uint64_t f = info[leaf].at_owner / 512, i = info[leaf].at_owner % 512;

    assert_true(ram[f].word[i] % 2 == 1);
    for (uint64_t k = 0; k < 128; k++)
        TOLD(AUDIT_TABLE, f, k, ram[f].word[4 * k], ram[f].word[4 * k + 1], ram[f].word[4 * k + 2], ram[f].word[4 * k + 3]);
    TOLD(AUDIT_TABLE, f, 128 + i / 4, ram[f].word[i / 4 * 4], ram[f].word[i / 4 * 4 + 1], ram[f].word[i / 4 * 4 + 2],
         ram[f].word[i / 4 * 4 + 3]);
}

/* Frames that a domain maps, and those that are nobody's, are not read at all. */
static void data_are_not_told(void **state)
{
    (void)state;
    const uint64_t page = world_frame(a);

    REFUSED(SEPTUM_BAD_KIND, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_TABLE, leaf, 0));
    OK(frame_to_vcpu(a, page));
    REFUSED(SEPTUM_BAD_KIND, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_TABLE, page, 0));
    REFUSED(SEPTUM_BAD_KIND, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_TABLE, WORLD_KERNEL, 0));
}

static void records_are_told(void **state)
{
    (void)state;
    for (uint64_t s = 0; s < 64; s++)
        TOLD(AUDIT_DOMAIN, s, 0, dom[s].kind, dom[s].name, dom[s].root, dom[s].sealed);
    for (uint64_t w = 0; w < WINDOWS; w++)
        TOLD(AUDIT_WINDOW, w, 0, window[w].base_pfn, window[w].at, window[w].owner, 0);
    for (uint64_t k = 0; k < 128; k++)
        TOLD(AUDIT_KERNEL, 9, k, kernel_root_table[4 * k], kernel_root_table[4 * k + 1], kernel_root_table[4 * k + 2],
             kernel_root_table[4 * k + 3]);
    device_context[8].rest[5] = 77;
    for (uint64_t n = 0; n < DEVICES; n++)
        for (uint64_t k = 0; k < 6; k++)
            TOLD(AUDIT_DEVICE, n, k, device_owner[n], device_context[n].tc, device_context[n].iohgatp,
                 device_context[n].rest[k]);
    device_context[8].rest[5] = 0;
}

static void shadows_are_told(void **state)
{
    (void)state;
    const uint32_t guest = world_domain(SEPTUM_GUEST);
    const uint32_t v = world_vcpu(a, 0, guest);
    const uint64_t page = world_frame(guest);

    TOLD(AUDIT_SHADOW, v, 0, NOBODY, shadow[v].first, shadow[v].used, shadow[v].emptied);
    shadow_new(v);
    OK(shadow_arena(v, page));
    TOLD(AUDIT_SHADOW, v, 0, guest, page, 0, shadow[v].emptied);
    const uint64_t emptied = shadow[v].emptied;
    shadow_drop(v);
    TOLD(AUDIT_SHADOW, v, 0, guest, page, 0, emptied + 1);
    ram[page].word[4] = 0x1234;
    TOLD(AUDIT_TABLE, page, 1, 0x1234, 0, 0, 0);
}

static void nothing_else_is_told(void **state)
{
    (void)state;
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_AUDIT_READ, CAP_SELF, AUDIT_FRAME, leaf));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_AUDIT_READ, 8, AUDIT_FRAME, leaf));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_AUDIT_READ, CAPS, AUDIT_FRAME, leaf));
    REFUSED(SEPTUM_BAD_ARGUMENT, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_FRAME, WORLD_FRAMES));
    REFUSED(SEPTUM_BAD_ARGUMENT, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_FRAME, UINT64_MAX));
    REFUSED(SEPTUM_BAD_ARGUMENT, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_TABLE, WORLD_FRAMES));
    REFUSED(SEPTUM_BAD_ARGUMENT, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_SHADOW + 1, 0));
    REFUSED(SEPTUM_BAD_ARGUMENT, CALL(t, SEPTUM_AUDIT_READ, 7, UINT64_MAX, 0));
    for (uint32_t i = 1; i < 6; i++) /* as the caller left them */
        assert_int_equal(world_result(t, i), i == 1 ? UINT64_MAX : 0);
    OK(CALL(t, SEPTUM_CAP_DROP, 7));
    REFUSED(SEPTUM_BAD_CAP, CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_FRAME, leaf));
}

/* Every call that can change memory is counted; messages and reading are not. */
static void changes_are_counted(void **state)
{
    (void)state;
    uint64_t count = changes;

    OK(CALL(t, SEPTUM_SPACE_PROTECT, CAP_SELF, leaf, MAP_READ | MAP_WRITE));
    assert_int_equal(changes, count + 1);
    OK(CALL(t, SEPTUM_SPACE_UNMAP, CAP_SELF, leaf));
    assert_int_equal(changes, count + 2);
    OK(CALL(MANAGER, SEPTUM_DOMAIN_CREATE, SEPTUM_SERVER, 40));
    assert_int_equal(changes, count + 3);
    OK(CALL(t, SEPTUM_AUDIT_READ, 7, AUDIT_FRAME, leaf));
    assert_true(CALL(t, SEPTUM_NOTIFY, CAP_SELF) < 0);
    assert_int_equal(changes, count + 3);
}

#define AUDIT_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    AUDIT_TEST(frames_are_told),
    AUDIT_TEST(tables_are_told),
    AUDIT_TEST(data_are_not_told),
    AUDIT_TEST(records_are_told),
    AUDIT_TEST(shadows_are_told),
    AUDIT_TEST(nothing_else_is_told),
    AUDIT_TEST(changes_are_counted),
};

SUITE_MAIN("kernel/call_audit", tests)
