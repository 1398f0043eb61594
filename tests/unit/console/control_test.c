/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What programs on the build host ask, what they are answered, and the tables of what the system uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "console/answer.h"
#include "console/ask.h"
#include "console/audit.h"
#include "console/reply.h"
#include "console/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int control_tests(int *count);

static struct ask ask;
static char replied[8192];
static size_t replied_bytes;
static struct console_link link;
static struct stats stats;

void reply_put(const void *text, size_t bytes)
{
    assert_true(bytes < sizeof replied - replied_bytes);
    memcpy(replied + replied_bytes, text, bytes);
    replied_bytes += bytes;
    replied[replied_bytes] = '\0';
}

static int fresh(void **state)
{
    (void)state;
    memset(&ask, 0, sizeof ask);
    memset(&link, 0, sizeof link);
    memset(&stats, 0, sizeof stats);
    replied_bytes = 0;
    replied[0] = '\0';
    link.timebase = 1000;
    link.guest_count = 2;
    strcpy(link.name[0], "web");
    strcpy(link.name[1], "db");
    link.server_count = 1;
    strcpy(link.server[0], "console");
    stats.link = &link;
    return 0;
}

/* As ctl.py sends it; what the last byte was. */
static enum ask_event asks(const char *text)
{
    assert_int_equal(ask_take(&ask, ASK_BEGIN), ASK_TAKEN);
    for (; *text != '\0'; text++) {
        for (int shift = 6; shift >= 0; shift -= 3)
            assert_int_equal(ask_take(&ask, (uint8_t)(ASK_DIGIT + ((uint8_t)*text >> shift & 7))), ASK_TAKEN);
    }
    return ask_take(&ask, ASK_END);
}

static void commands_come_whole(void **state)
{
    char most[ASK_BYTES + 2];

    (void)state;
    assert_int_equal(asks("17 list"), ASK_WHOLE);
    assert_string_equal(ask.text, "17 list");
    assert_int_equal(asks(""), ASK_WHOLE);
    assert_string_equal(ask.text, "");
    memset(most, 'x', sizeof most);
    most[ASK_BYTES] = '\0';
    assert_int_equal(asks(most), ASK_WHOLE);
    assert_int_equal(strlen(ask.text), ASK_BYTES);
    most[ASK_BYTES] = 'x';
    most[ASK_BYTES + 1] = '\0';
    assert_int_equal(asks(most), ASK_TAKEN); /* too long: dropped */
    assert_int_equal(asks("1 li\x1bst"), ASK_TAKEN);
    assert_int_equal(asks("1 li\xc3\xa4"), ASK_TAKEN);
    assert_int_equal(asks("18 list"), ASK_WHOLE);
}

/* No byte of a key is taken for one of a command, wherever it comes. */
static void keys_come_between(void **state)
{
    static const char keys[] = "ls\r\x1b[A\x1d\x03\xc3\xa4\xf0\x9f\x99\x82\xf4";

    (void)state;
    assert_int_equal(ask_take(&ask, ASK_BEGIN), ASK_TAKEN);
    for (size_t i = 0; i < sizeof keys - 1; i++) {
        assert_int_equal(ask_take(&ask, (uint8_t)keys[i]), ASK_KEY);
        if (i < 3)
            assert_int_equal(ask_take(&ask, (uint8_t)(ASK_DIGIT + (uint8_t)("101"[i] - '0'))), ASK_TAKEN);
    }
    assert_int_equal(ask_take(&ask, ASK_END), ASK_WHOLE);
    assert_string_equal(ask.text, "A");
}

static void broken_ones_are_dropped(void **state)
{
    (void)state;
    assert_int_equal(ask_take(&ask, ASK_END), ASK_TAKEN);
    assert_int_equal(ask_take(&ask, ASK_DIGIT), ASK_TAKEN);
    assert_int_equal(ask_take(&ask, ASK_BEGIN), ASK_TAKEN); /* who began is gone */
    assert_int_equal(ask_take(&ask, 0xff), ASK_TAKEN);
    assert_int_equal(asks("2 stats"), ASK_WHOLE);
    assert_string_equal(ask.text, "2 stats");
    assert_int_equal(ask_take(&ask, ASK_BEGIN), ASK_TAKEN);
    assert_int_equal(ask_take(&ask, ASK_DIGIT + 1), ASK_TAKEN);
    assert_int_equal(ask_take(&ask, ASK_END), ASK_TAKEN); /* a third of a byte */
}

static void noise_is_harmless(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        if (ask_take(&ask, (uint8_t)(0xf0u | seed >> 60)) == ASK_WHOLE) {
            assert_true(strlen(ask.text) <= ASK_BYTES);
            for (const char *at = ask.text; *at != '\0'; at++)
                assert_in_range(*at, 0x20, 0x7e);
        }
    }
}

static void words_are_told_apart(void **state)
{
    static const char words[] = "a\x0e" "5b\x0f" "0c\x0e" "oy\x0f" "1";
    static const enum answer_event expected[] = {ANSWER_TEXT, ANSWER_MARK, ANSWER_MARK, ANSWER_TEXT,
                                                 ANSWER_MARK, ANSWER_GOOD, ANSWER_TEXT, ANSWER_MARK,
                                                 ANSWER_MARK, ANSWER_TEXT, ANSWER_MARK, ANSWER_FAILED};
    struct answer answer = {ANSWER_WORDS, false, 0};

    (void)state;
    for (size_t i = 0; i < sizeof words - 1; i++) {
        assert_int_equal(answer_take(&answer, (uint8_t)words[i]), expected[i]);
        assert_int_equal(answer.within, (i >= 2 && i < 5) || (i >= 8 && i < 11));
    }
    assert_int_equal(answer.ticket, LINK_TICKETS - 1);
}

static void replies_are_json(void **state)
{
    (void)state;
    reply_begin(7, 1);
    reply_text(",\"said\":");
    reply_lines("one \"two\"\n\nthr\\ee\x07\x1b\xc3\xa4\nno newline", 30);
    reply_end();
    assert_string_equal(replied, "\x1b]5380;{\"number\":7,\"status\":1,\"said\":[\"one \\\"two\\\"\",\"\","
                                 "\"thr\\\\ee\\u0007\\u001b\\u00c3\\u00a4\"]}\a");
}

static void is_row(uint32_t n, const char *text)
{
    char row[STATS_ROW_BYTES];

    assert_true(stats_row(&stats, n, row));
    assert_string_equal(row, text);
}

static void use(void)
{
    link.usage[0] = (struct link_usage){1234560, 2000000, {65536, 12, 0, 212}, 256, 320, 2, BUNDLE_HARDWARE, 1};
    link.usage[1] = (struct link_usage){0, 0, {0}, 0, 0, 1, BUNDLE_AUTO, 0};
    link.manager_usage.frames[FRAMES_TABLES] = 5;
    link.server_usage[0].frames[FRAMES_SERVER] = 100;
    link.frames_free = 200000;
    link.frames_all = 265865;
    link.usage_time = 5000000;
    stats.exits[0][EXITS_TIMER] = 20000;
    stats.exits[0][EXITS_PLIC] = 9999;
    stats.exits[0][EXITS_OTHER] = 1;
}

static void tables_have_rows(void **state)
{
    char row[STATS_ROW_BYTES];

    (void)state;
    use();
    stats_take(&stats);
    is_row(0, "guest              CPU time   memory   in all  CPUs  mode      starts");
    is_row(1, "web                1234.56 s  256 MiB  256 MiB     2  hardware       1");
    is_row(2, "db                    0.00 s    0 MiB    0 MiB     1  -              0");
    is_row(3, "exits         per s timer   ipi fence   sbi  uart  plic devic other");
    is_row(4, "web              15   20k     0     0     0     0  9999     0     1");
    is_row(5, "db                0     0     0     0     0     0     0     0     0");
    is_row(6, "frames             memory   tables   shadow   server   in all");
    is_row(7, "web                 65536       12        0      212    65760");
    is_row(8, "db                      0        0        0        0        0");
    is_row(9, "console                 0        0        0      100      100");
    is_row(10, "manager                 0        5        0        0        5");
    is_row(11, "781 MiB are free: 200000 of 265865 frames");
    assert_false(stats_row(&stats, 12, row));
}

static void empty_rooms_have_no_rows(void **state)
{
    char row[STATS_ROW_BYTES];

    (void)state;
    link.guest_count = 3;
    strcpy(link.name[2], "db");
    link.name[1][0] = '\0';
    use();
    link.usage[2] = link.usage[1];
    link.usage[2].starts = 5;
    stats_take(&stats);
    is_row(2, "db                    0.00 s    0 MiB    0 MiB     1  -              5");
    is_row(5, "db                0     0     0     0     0     0     0     0     0");
    is_row(9, "console                 0        0        0      100      100");
    assert_false(stats_row(&stats, 12, row));
    stats_reply(&stats);
    assert_null(strstr(replied, "\"name\":\"\""));
}

static void rates_are_of_the_last_while(void **state)
{
    (void)state;
    use();
    stats_take(&stats);
    assert_int_equal(stats.rate[0], 15); /* 30,000 in 2,000 s */
    link.usage_time += 2000;
    link.usage[0].age += 2000;
    link.usage[0].starts = 2; /* a reboot, of the same monitor */
    stats.exits[0][EXITS_UART] += 700;
    stats_take(&stats);
    assert_int_equal(stats.rate[0], 350);
    link.usage_time += 100; /* too near to say */
    link.usage[0].age += 100;
    stats_take(&stats);
    assert_int_equal(stats.rate[0], 15);
    link.usage_time += 2000;
    link.usage[0].age = 1000; /* another life */
    memset(stats.exits, 0, sizeof stats.exits);
    stats.exits[0][EXITS_SBI] = 40;
    stats_take(&stats);
    assert_int_equal(stats.rate[0], 40);
}

static void numbers_are_json(void **state)
{
    (void)state;
    use();
    stats_take(&stats);
    stats_reply(&stats);
    assert_string_equal(
        replied,
        ",\"guests\":[{\"name\":\"web\",\"cpu_us\":1234560000,\"age_us\":2000000000,\"memory_mib\":256,\"described_mib\":320,\"cpus\":2,"
        "\"mode\":\"hardware\",\"starts\":1,\"exits_per_second\":15,\"exits\":{\"timer\":20000,\"ipi\":0,\"fence\":0,"
        "\"sbi\":0,\"uart\":0,\"plic\":9999,\"device\":0,\"other\":1},\"frames\":{\"memory\":65536,\"tables\":12,"
        "\"shadow\":0,\"server\":212}},{\"name\":\"db\",\"cpu_us\":0,\"age_us\":0,\"memory_mib\":0,\"described_mib\":0,\"cpus\":1,"
        "\"mode\":\"-\",\"starts\":0,\"exits_per_second\":0,\"exits\":{\"timer\":0,\"ipi\":0,\"fence\":0,\"sbi\":0,"
        "\"uart\":0,\"plic\":0,\"device\":0,\"other\":0},\"frames\":{\"memory\":0,\"tables\":0,\"shadow\":0,"
        "\"server\":0}}],\"servers\":[{\"name\":\"console\",\"frames\":{\"memory\":0,\"tables\":0,\"shadow\":0,"
        "\"server\":100}}],\"manager\":{\"frames\":{\"memory\":0,\"tables\":5,\"shadow\":0,\"server\":0}},"
        "\"frames_free\":200000,\"frames_all\":265865");
}

static void audits_are_json(void **state)
{
    (void)state;
    link.audit = (struct link_audit){.count = 3, .shown = 3, .found = 70, .milliseconds = 12, .sums = {1, 2, 3, 4, 5, 6, 7}};
    link.audit.finding[0] = (struct audit_finding){4, 67, 2051, 12, 0xd7};
    link.audit.finding[1] = (struct audit_finding){10, 65, 99, FRAME_WORDS, FRAME_DATA};
    link.audit.finding[2] = (struct audit_finding){30, 0, AUDIT_NOWHERE, 8, 0};
    audit_reply(&link.audit);
    assert_string_equal(
        replied,
        ",\"audit\":{\"found\":70,\"milliseconds\":12,\"frames\":1,\"tables\":2,\"leaves\":3,\"shadow_leaves\":4,"
        "\"device_contexts\":5,\"read_again\":6,\"never_at_rest\":7,\"findings\":["
        "{\"invariant\":\"INV-4\",\"domain\":67,\"record\":null,\"frame\":2051,\"entry\":12,\"word\":\"0xd7\"},"
        "{\"invariant\":\"INV-10\",\"domain\":65,\"record\":null,\"frame\":99,\"entry\":null,\"word\":\"0x1\"},"
        "{\"invariant\":\"INV-30\",\"domain\":0,\"record\":8,\"frame\":null,\"entry\":null,\"word\":\"0x0\"}]}");
}

int control_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(commands_come_whole, fresh),
        cmocka_unit_test_setup(keys_come_between, fresh),
        cmocka_unit_test_setup(broken_ones_are_dropped, fresh),
        cmocka_unit_test_setup(noise_is_harmless, fresh),
        cmocka_unit_test_setup(words_are_told_apart, fresh),
        cmocka_unit_test_setup(replies_are_json, fresh),
        cmocka_unit_test_setup(tables_have_rows, fresh),
        cmocka_unit_test_setup(empty_rooms_have_no_rows, fresh),
        cmocka_unit_test_setup(rates_are_of_the_last_while, fresh),
        cmocka_unit_test_setup(numbers_are_json, fresh),
        cmocka_unit_test_setup(audits_are_json, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
