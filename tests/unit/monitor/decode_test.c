/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "decode.h"
#include "suite.h"

static void check(struct access a, int kind, int bytes, int is_signed, int reg, int length)
{
    assert_int_equal(a.kind, kind);
    if (kind == ACCESS_NONE)
        return;
    assert_int_equal(a.bytes, bytes);
    assert_int_equal(a.is_signed, is_signed);
    assert_int_equal(a.reg, reg);
    assert_int_equal(a.length, length);
}

static void full_loads_and_stores(void **state)
{
    (void)state;
    check(decode_instruction(0x0005c503), ACCESS_LOAD, 1, 0, 10, 4);  /* lbu a0, 0(a1) */
    check(decode_instruction(0x00058283), ACCESS_LOAD, 1, 1, 5, 4);   /* lb t0, 0(a1) */
    check(decode_instruction(0x00059f83), ACCESS_LOAD, 2, 1, 31, 4);  /* lh t6, 0(a1) */
    check(decode_instruction(0x0005d083), ACCESS_LOAD, 2, 0, 1, 4);   /* lhu ra, 0(a1) */
    check(decode_instruction(0x0005a003), ACCESS_LOAD, 4, 1, 0, 4);   /* lw zero, 0(a1) */
    check(decode_instruction(0x0005e503), ACCESS_LOAD, 4, 0, 10, 4);  /* lwu a0, 0(a1) */
    check(decode_instruction(0x0005b503), ACCESS_LOAD, 8, 1, 10, 4);  /* ld a0, 0(a1) */
    check(decode_instruction(0x00a58023), ACCESS_STORE, 1, 0, 10, 4); /* sb a0, 0(a1) */
    check(decode_instruction(0x01f59023), ACCESS_STORE, 2, 0, 31, 4); /* sh t6, 0(a1) */
    check(decode_instruction(0x0005a023), ACCESS_STORE, 4, 0, 0, 4);  /* sw zero, 0(a1) */
    check(decode_instruction(0x00a5b023), ACCESS_STORE, 8, 0, 10, 4); /* sd a0, 0(a1) */
}

static void other_instructions_are_none(void **state)
{
    static const uint32_t word[] = {
        0x0005f503, /* load of width 7 */
        0x00a5c023, /* store of width 4 */
        0x100522af, /* lr.w */
        0x0005a507, /* flw */
        0x00a5a027, /* fsw */
        0x00000073, /* ecall */
        0x00000013, /* nop */
    };

    (void)state;
    for (size_t i = 0; i < sizeof word / sizeof word[0]; i++)
        check(decode_instruction(word[i]), ACCESS_NONE, 0, 0, 0, 0);
}

static void compressed_loads_and_stores(void **state)
{
    (void)state;
    check(decode_instruction(0x4188), ACCESS_LOAD, 4, 1, 10, 2);  /* c.lw a0, 0(a1) */
    check(decode_instruction(0x6188), ACCESS_LOAD, 8, 1, 10, 2);  /* c.ld a0, 0(a1) */
    check(decode_instruction(0xc188), ACCESS_STORE, 4, 0, 10, 2); /* c.sw a0, 0(a1) */
    check(decode_instruction(0xe19c), ACCESS_STORE, 8, 0, 15, 2); /* c.sd a5, 0(a1) */
    check(decode_instruction(0x4502), ACCESS_LOAD, 4, 1, 10, 2);  /* c.lwsp a0, 0(sp) */
    check(decode_instruction(0x6f82), ACCESS_LOAD, 8, 1, 31, 2);  /* c.ldsp t6, 0(sp) */
    check(decode_instruction(0xc02a), ACCESS_STORE, 4, 0, 10, 2); /* c.swsp a0, 0(sp) */
    check(decode_instruction(0xe006), ACCESS_STORE, 8, 0, 1, 2);  /* c.sdsp ra, 0(sp) */
    check(decode_instruction(0x4002), ACCESS_NONE, 0, 0, 0, 0);   /* c.lwsp to zero: reserved */
    check(decode_instruction(0x4505), ACCESS_NONE, 0, 0, 0, 0);   /* c.li a0, 1 */
    check(decode_instruction(0x2188), ACCESS_NONE, 0, 0, 0, 0);   /* c.fld */
    check(decode_instruction(0x0000), ACCESS_NONE, 0, 0, 0, 0);
}

static void transformed_instructions(void **state)
{
    (void)state;
    check(decode_htinst(0x00004503), ACCESS_LOAD, 1, 0, 10, 4);
    check(decode_htinst(0x00002501), ACCESS_LOAD, 4, 1, 10, 2); /* bit 1 clear: it was compressed */
    check(decode_htinst(0x00a03021), ACCESS_STORE, 8, 0, 10, 2);
    check(decode_htinst(0x00a03023), ACCESS_STORE, 8, 0, 10, 4);
    check(decode_htinst(0x000f8503), ACCESS_LOAD, 1, 1, 10, 4); /* with an address offset */
    check(decode_htinst(0), ACCESS_NONE, 0, 0, 0, 0);
    check(decode_htinst(0x00002502), ACCESS_NONE, 0, 0, 0, 0);
    check(decode_htinst(0x100002503), ACCESS_NONE, 0, 0, 0, 0);
    check(decode_htinst(0x1005252f), ACCESS_NONE, 0, 0, 0, 0); /* an AMO */
}

static void walks_are_known(void **state)
{
    (void)state;
    assert_true(decode_is_walk(0x3000));
    assert_true(decode_is_walk(0x3020));
    assert_true(decode_is_walk(0x2000));
    assert_true(decode_is_walk(0x2020));
    assert_false(decode_is_walk(0));
    assert_false(decode_is_walk(0x3003));
}

static void text(uint32_t word, const char *expected)
{
    char is[48];

    decode_text(word, is, sizeof is);
    assert_string_equal(is, expected);
}

static void instructions_in_words(void **state)
{
    (void)state;
    text(0x0005c503, "lbu a0, 0(a1)");
    text(0xff85b503, "ld a0, -8(a1)");
    text(0xfea58fa3, "sb a0, -1(a1)");
    text(0x4188, "lw a0, 0(a1)");
    text(0x41c8, "lw a0, 4(a1)");
    text(0x6588, "ld a0, 8(a1)");
    text(0x4512, "lw a0, 4(sp)");
    text(0x6522, "ld a0, 8(sp)");
    text(0xc22a, "sw a0, 4(sp)");
    text(0xe42a, "sd a0, 8(sp)");
    text(0x1005252f, "amo");
    text(0x00000073, "system");
    text(0x0001, "compressed");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(full_loads_and_stores),
    cmocka_unit_test(other_instructions_are_none),
    cmocka_unit_test(compressed_loads_and_stores),
    cmocka_unit_test(transformed_instructions),
    cmocka_unit_test(walks_are_known),
    cmocka_unit_test(instructions_in_words),
};
SUITE_MAIN("monitor-decode", tests)
