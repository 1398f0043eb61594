/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "shadow_world.h"

static void bare_is_the_identity(void **state)
{
    (void)state;
    vcpu[t].csr[VSATP] = 0;
    assert_int_equal(shadow_root(t), 1);
    struct walked w = walk(RAM + 0x1234, MAP_WRITE);

    assert_int_equal(w.cause, 0);
    assert_int_equal(w.gpa, RAM + 0x1234);
    fills(RAM + 0x1234, MAP_WRITE, leaf(block, R | W | X), 1);
    fills(SMALL + 5 * FRAME_BYTES, MAP_READ, leaf(smalls + 5, R | W | X), 0);
    fills(SMALL + FRAME_BYTES, MAP_READ, leaf(smalls + 1, R), 0);
    assert_int_equal(fill(SMALL + FRAME_BYTES, MAP_WRITE), 0);
    assert_int_equal(fill(HOLE, MAP_READ), 0);
    assert_int_equal(fill(SPACE_END, MAP_READ), 0);
    assert_int_equal(fill(KERNEL, MAP_READ), 0);
    assert_int_equal(fill(UINT64_MAX, MAP_READ), 0);
}

static void pages_of_4_kib(void **state)
{
    (void)state;
    map(0x1000, DATA, V | R | W | AD);
    struct walked w = walk(0x1678, MAP_READ);

    assert_int_equal(w.cause, 0);
    assert_int_equal(w.gpa, DATA + 0x678);
    assert_int_equal(w.level, 0);
    assert_int_equal(w.rights, 3);
    assert_int_equal(w.e0, entry(DATA, V | R | W | AD));
    assert_int_equal(w.common, 0);
    three(0x1678, 12, 0, 0);
    three(0x2000, 12, 13, 15);
    fills(0x1678, MAP_READ, leaf(block + 256, R | W), 0);
    map(KERNEL + 0x3000, DATA + 0x1000, V | R | X | A | G);
    assert_int_equal(walk(KERNEL + 0x3000, MAP_READ).common, 1);
    fills(KERNEL + 0x3000, MAP_EXECUTE, leaf(block + 257, R | X), 0);
}

static void addresses_that_are_not_canonical(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 512; i++)
        put(ROOT, i, entry(0x80000000, V | R | W | X | AD));
    three(SPACE_END - 8, 0, 0, 0);
    three(SPACE_END, 12, 13, 15);
    three(UINT64_C(0x6000000000), 12, 13, 15);
    three(KERNEL - 8, 12, 13, 15);
    three(KERNEL, 0, 0, 0);
}

static void superpages(void **state)
{
    (void)state;
    put(ROOT, 1, entry(TABLE(1), V));
    put(TABLE(1), 0, entry(RAM, V | R | W | X | AD));
    put(TABLE(1), 1, entry(SMALL, V | R | W | X | AD));
    put(TABLE(1), 2, entry(RAM + FRAME_BYTES, V | R | AD));
    put(ROOT, 2, entry(GIB * 2, V | R | W | AD));
    put(ROOT, 3, entry(GIB * 2 + MIB2, V | R | AD));
    assert_int_equal(walk(GIB + 0x12345, MAP_READ).gpa, RAM + 0x12345);
    assert_int_equal(walk(GIB * 2 + SMALL - RAM + 0x12345, MAP_READ).gpa, SMALL + 0x12345);
    three(GIB + 2 * MIB2, 12, 13, 15);
    three(3 * GIB, 12, 13, 15);
    fills(GIB + 0x12345, MAP_READ, leaf(block, R | W | X), 1);
    fills(GIB + MIB2 + 0x5000, MAP_READ, leaf(smalls + 5, R | W | X), 0);
    fills(GIB + MIB2 + 0x3000, MAP_READ, leaf(smalls + 3, R | X), 0);
    fills(GIB * 2 + 0x12345, MAP_READ, leaf(block, R | W), 1);
    fills(GIB * 2 + MIB2 + 0x6000, MAP_READ, leaf(smalls + 6, R | W), 0);
}

static void entries_that_are_reserved(void **state)
{
    (void)state;
    for (uint32_t bit = 54; bit < 64; bit++) {
        map(0x1000, DATA, (V | R | AD) | UINT64_C(1) << bit);
        three(0x1000, 12, 13, 15);
    }
    map(0x1000, DATA, V | W | AD);
    three(0x1000, 12, 13, 15);
    map(0x1000, DATA, V | W | X | AD);
    three(0x1000, 12, 13, 15);
    map(0x1000, DATA, R | W | X | AD);
    three(0x1000, 12, 13, 15);
    map(0x1000, DATA, V);
    three(0x1000, 12, 13, 15);
    map(0x1000, DATA, V | R | A | 0x300); /* RSW is the guest's own */
    three(0x1000, 12, 0, 15);
    for (uint32_t bit = 4; bit < 8; bit++) {
        put(ROOT, 0, entry(TABLE(1), V | UINT64_C(1) << bit));
        three(0x1000, 12, bit == 5 ? 0 : 13, 15);
    }
    put(ROOT, 0, entry(TABLE(1), V | UINT64_C(1) << 60));
    three(0x1000, 12, 13, 15);
}

static void global_is_inherited(void **state)
{
    (void)state;
    map(KERNEL, DATA, V | R | A);
    assert_int_equal(walk(KERNEL, MAP_READ).common, 0);
    put(ROOT, 256, entry(TABLE(1), V | G));
    assert_int_equal(walk(KERNEL, MAP_READ).common, 1);
    put(ROOT, 256, entry(TABLE(1), V));
    put(TABLE(1), 0, entry(TABLE(2), V | G));
    assert_int_equal(walk(KERNEL, MAP_READ).common, 1);
    put(TABLE(2), 0, entry(DATA, V | R | A | U));
    mode(0, 0);
    assert_int_equal(walk(KERNEL, MAP_READ).common, 0);
}

/* Svade: [priv 10.3.1] */
static void accessed_and_dirty(void **state)
{
    (void)state;
    map(0x1000, DATA, V | R | W | X | D);
    three(0x1000, 12, 13, 15);
    map(0x1000, DATA, V | R | W | X | A);
    three(0x1000, 0, 0, 15);
    fills(0x1000, MAP_READ, leaf(block + 256, R | X), 0);
    map(0x1000, DATA, V | R | W | X | AD);
    fills(0x1000, MAP_WRITE, leaf(block + 256, R | W | X), 0);
}

/* Every right, U or not, from every mode; the expected causes are those of [priv 10.1.1.2, 10.3.1]. */
static void modes_and_rights(void **state)
{
    (void)state;
    static const uint64_t shapes[] = {R, R | W, X, R | X, R | W | X};

    for (uint32_t k = 0; k < 5 * 2 * 2 * 4; k++) {
        uint64_t e = shapes[k % 5], user = k / 5 % 2, super = k / 10 % 2, status = k / 20 % 4 * SUM;
        int own = user != super, reach = own || (super && (status & SUM));
        int load = reach && ((e & R) || (e & X && status & MXR)), store = reach && e & W, fetch = own && e & X;

        map(0x1000, DATA, V | AD | e | (user ? U : 0));
        shadow[t].supervisor = (uint32_t)super;
        vcpu[t].csr[VSSTATUS] = status;
        three(0x1000, fetch ? 0 : 12, load ? 0 : 13, store ? 0 : 15);
        if (load || store || fetch) {
            assert_int_equal(shadow_root(t), 1);
            fills(0x1000, load ? MAP_READ : MAP_EXECUTE,
                  leaf(block + 256, (load ? R : 0) | (store ? W : 0) | (fetch ? X : 0)), 0);
        }
        shadow_fence(t, 0, 0, 0);
    }
}

static void tables_outside_memory(void **state)
{
    (void)state;
    satp(HOLE, 1);
    three(0x1000, 1, 5, 7);
    satp(UINT64_C(0xfffffffffff) << 12, 1);
    three(0x1000, 1, 5, 7);
    satp(SMALL + 2 * FRAME_BYTES, 1); /* stage 2 gives X only */
    three(0x1000, 1, 5, 7);
    satp(ROOT, 1);
    put(ROOT, 0, entry(HOLE, V));
    three(0x1000, 1, 5, 7);
    put(ROOT, 0, entry(TABLE(1), V));
    put(TABLE(1), 0, entry(SPACE_END, V));
    three(0x1000, 1, 5, 7);
    put(TABLE(1), 0, entry(SMALL + FRAME_BYTES, V)); /* R is enough */
    *word(SMALL + FRAME_BYTES + 8) = entry(DATA, V | R | AD);
    three(0x1000, 12, 0, 15);
}

static void tables_that_point_to_themselves(void **state)
{
    (void)state;
    put(ROOT, 0, entry(ROOT, V));
    three(0, 12, 13, 15);
    put(ROOT, 1, entry(TABLE(1), V | R | W | AD)); /* misaligned where it is a superpage, a page at level 0 */
    three(GIB, 12, 13, 15);
    three(MIB2, 12, 13, 15);
    fills(0x1000, MAP_WRITE, leaf(block + 1, R | W), 0);
}

/* The walk once more, as a recursion over the levels; every bit of the entries is random. */
static uint64_t seed;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t expect(uint64_t gpa, uint64_t va, int k, uint64_t access, uint64_t *target)
{
    uint64_t page = access == MAP_READ ? 13 : access == MAP_WRITE ? 15 : 12;
    uint64_t bytes = UINT64_C(4096) << 9 * k, e, bit = access == MAP_READ ? R : access == MAP_WRITE ? W : X;
    uint64_t status = vcpu[t].csr[VSSTATUS];

    if (gpa < RAM || gpa >= SMALL)
        return access == MAP_READ ? 5 : access == MAP_WRITE ? 7 : 1;
    e = *word(gpa + (va >> (12 + 9 * k) & 511) * 8);
    if ((e & V) == 0 || (e & (R | W)) == W || e >> 54)
        return page;
    uint64_t to = (e << 2) & ~UINT64_C(0xfff);
    if ((e & (R | W | X)) == 0)
        return k == 0 || e & (U | A | D) ? page : expect(to, va, k - 1, access, target);
    if (to & (bytes - 1) || !(e & A) || (access == MAP_WRITE && !(e & D)))
        return page;
    if ((e & bit) == 0 && !(access == MAP_READ && status & MXR && e & X))
        return page;
    if (shadow[t].supervisor ? e & U && (access == MAP_EXECUTE || !(status & SUM)) : !(e & U))
        return page;
    *target = to | (va & (bytes - 1));
    return 0;
}

static void random_tables(void **state)
{
    (void)state;
    uint32_t translated = 0;

    seed = 0x5eed;
    for (uint32_t round = 0; round < 200000; round++) {
        uint64_t va = any() % 8 * GIB * 32 + any() % 8 * MIB2 + any() % 8 * FRAME_BYTES + any() % 512 * 8;
        uint64_t access = UINT64_C(1) << any() % 3, gpa = 0;

        if (va >= SPACE_END)
            va |= KERNEL;
        for (uint32_t k = 0; k < 3; k++) {
            uint64_t e = entry(any() % 8 ? TABLE(any() % 3) : any() % 4 * GIB, any() % 1024 | (any() % 8 ? V | A | D : 0));

            put(TABLE(k), va >> (30 - 9 * k) & 511, k < 2 && any() % 2 ? e & ~UINT64_C(0xde) : e | any() % 16 / 15 << (54 + any() % 10));
        }
        shadow[t].supervisor = any() % 2;
        vcpu[t].csr[VSSTATUS] = any() % 4 * SUM;
        struct walked w = walk(va, access);
        assert_int_equal(w.cause, expect(ROOT, va, 2, access, &gpa));
        if (w.cause != 0)
            continue;
        assert_int_equal(w.gpa, gpa);
        if (gpa >= SMALL && gpa < SMALL + MIB2)
            continue;
        translated++;
        assert_int_equal(shadow_root(t), 1);
        assert_int_equal(shadow_fill(t, va, w, access), gpa >= RAM && gpa < SMALL);
        if (gpa >= RAM && gpa < SMALL) {
            uint64_t e = leaf_of(va);
            assert_int_equal((e >> 10) - ram_base_pfn + (level == 1 ? va / FRAME_BYTES % 512 : 0), block + (gpa - RAM) / 4096);
            assert_int_equal(e & V, V);
        }
        shadow_fence(t, va, 0, 1);
    }
    assert_true(translated > 2000);
}

static const struct CMUnitTest tests[] = {
    SHADOW_TEST(bare_is_the_identity),
    SHADOW_TEST(pages_of_4_kib),
    SHADOW_TEST(addresses_that_are_not_canonical),
    SHADOW_TEST(superpages),
    SHADOW_TEST(entries_that_are_reserved),
    SHADOW_TEST(global_is_inherited),
    SHADOW_TEST(accessed_and_dirty),
    SHADOW_TEST(modes_and_rights),
    SHADOW_TEST(tables_outside_memory),
    SHADOW_TEST(tables_that_point_to_themselves),
    SHADOW_TEST(random_tables),
};

SUITE_MAIN("kernel/gwalk", tests)
