/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include <lib/text.h>

#include <stdio.h>
#include <string.h>

/* text_format says the same as the host's snprintf, in any room. */
#define SAME(...)                                                                                                      \
    do {                                                                                                               \
        char mine[64];                                                                                                 \
        char hosts[64];                                                                                                \
        for (size_t room = 1; room <= sizeof mine; room++) {                                                           \
            memset(mine, '#', sizeof mine);                                                                            \
            snprintf(hosts, room, __VA_ARGS__);                                                                        \
            assert_int_equal(text_format(mine, room, __VA_ARGS__), strlen(hosts));                                     \
            assert_string_equal(mine, hosts);                                                                          \
            assert_true(room == sizeof mine || mine[room] == '#');                                                     \
        }                                                                                                              \
    } while (0)

static void numbers(void **state)
{
    (void)state;
    SAME("%d %d %d", 0, -1, 2147483647);
    SAME("%u %x", 4294967295u, 0xdeadbeefu);
    SAME("%lu %lx", UINT64_MAX, UINT64_MAX);
    SAME("%ld %ld", INT64_MIN, INT64_MAX);
    SAME("%08x|%016lx", 0x1234u, UINT64_C(0x80000000));
    SAME("%5u|%-5u|%05u", 42u, 42u, 42u);
    SAME("%5d|%05d|%-5d|", -42, -42, -42);
}

static void strings(void **state)
{
    (void)state;
    SAME("%s and %s", "one", "two");
    SAME("%8s|%-8s|%.2s|%-6.2s|", "web", "web", "web", "web");
    SAME("%.*s|", 3, "abcdef");
    SAME("100%% %c", 'x');
}

static void unterminated_text_is_bounded(void **state)
{
    char name[4];
    char out[16];

    (void)state;
    memcpy(name, "abcd", sizeof name);
    assert_int_equal(text_format(out, sizeof out, "%.4s!", name), 5);
    assert_string_equal(out, "abcd!");
}

static void no_room_at_all(void **state)
{
    char out = '#';

    (void)state;
    assert_int_equal(text_format(&out, 0, "%s", "text"), 0);
    assert_int_equal(out, '#');
}

int text_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings),
        cmocka_unit_test(unterminated_text_is_bounded),
        cmocka_unit_test(no_room_at_all),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
