/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console's screen, keys and rings: what a terminal is sent for what guests write and a person types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "console/keys.h"
#include "console/ring.h"
#include "console/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEB    "\x1b[36m[web] \x1b[0m"
#define DB     "\x1b[33m[db] \x1b[0m"
#define SEPTUM "\x1b[1m[septum] \x1b[0m"
#define REDRAW "\r\n\x1b[A\x1b[2K" /* the row is left, and drawn again below */
#define QUIET  1000u

static struct screen screen;
static struct console_ring ring;
char shown[65536];
size_t shown_bytes;
static uint64_t now;

void display_put(const void *text, size_t bytes)
{
    assert_true(bytes < sizeof shown - shown_bytes);
    memcpy(shown + shown_bytes, text, bytes);
    shown_bytes += bytes;
    shown[shown_bytes] = '\0';
}

static int fresh(void **state)
{
    (void)state;
    now = 0;
    shown_bytes = 0;
    shown[0] = '\0';
    memset(&ring, 0, sizeof ring);
    memset(&screen, 0, sizeof screen);
    screen_start(&screen);
    screen_name(&screen, 0, "web");
    screen_name(&screen, 1, "db");
    return 0;
}

/* Voice v writes; time stands still. */
static void writes(uint32_t v, const char *text)
{
    screen_take(&screen, v, (const uint8_t *)text, strlen(text), now);
}

static void waits(uint64_t ticks)
{
    now += ticks;
    screen_quiet(&screen, now, QUIET);
}

/* Since the last look, exactly this was sent. */
static void shows(const char *text)
{
    assert_string_equal(shown, text);
    shown_bytes = 0;
    shown[0] = '\0';
}

static void lines_carry_names(void **state)
{
    (void)state;
    writes(0, "one\r\n");
    writes(1, "two\n\n");
    shows(WEB "one\r\n" DB "two\r\n" DB "\r\n");
    assert_non_null(strstr(WEB, "[web] "));
}

static void others_wait_for_the_end_of_their_line(void **state)
{
    (void)state;
    writes(1, "par");
    waits(QUIET - 1);
    shows("");
    writes(1, "tial\n");
    shows(DB "partial\r\n");
}

static void others_prompts_show_when_quiet(void **state)
{
    (void)state;
    writes(1, "~ # ");
    assert_int_equal(screen_quiet(&screen, now, QUIET), QUIET);
    waits(QUIET);
    shows(DB "~ # \r\n");
    waits(QUIET);
    shows("");
    writes(1, "ls\n");
    shows(DB "~ # ls\r\n");
    writes(1, "# ");
    waits(QUIET);
    shows(DB "# \r\n");
    writes(1, "\n");
    shows("");
}

static void focus_prompt_shows_at_once(void **state)
{
    (void)state;
    writes(0, "~ # ");
    assert_int_equal(screen_quiet(&screen, now, QUIET), QUIET / 16);
    now += QUIET / 16;
    writes(0, ""); /* a look at an empty ring is no output */
    waits(0);
    shows(WEB "~ # ");
    writes(0, "l");
    writes(0, "s");
    shows("ls");
    assert_int_equal(screen_quiet(&screen, now, QUIET), SEPTUM_FOREVER);
    writes(0, "\r\nfile\r\n");
    shows("\r\n" WEB "file\r\n");
}

static void displaced_prompt_is_drawn_again(void **state)
{
    (void)state;
    writes(0, "~ # l");
    waits(QUIET);
    shows(WEB "~ # l");
    writes(1, "beat\n");
    shows(REDRAW DB "beat\r\n");
    waits(0);
    shows(WEB "~ # l");
    writes(0, "s");
    shows("s");
}

static void long_row_is_broken_plainly(void **state)
{
    char row[100];

    (void)state;
    memset(row, 'x', sizeof row - 1);
    row[sizeof row - 1] = '\0';
    writes(0, row);
    waits(QUIET);
    shown_bytes = 0;
    writes(1, "beat\n");
    shows("\r\n" DB "beat\r\n");
}

static void return_alone_rewrites_the_line(void **state)
{
    (void)state;
    writes(0, "10%");
    waits(QUIET);
    writes(0, "\r20%");
    shows(WEB "10%\r" WEB "20%");
    writes(0, "\r\r\n");
    shows("\r\n");
    writes(1, "10%\r20%\r30%\r\n");
    shows(DB "30%\r\n");
}

static void styles_end_with_the_line(void **state)
{
    (void)state;
    writes(1, "\x1b[31mred\n");
    shows(DB "\x1b[31mred\x1b[0m\r\n");
    writes(1, "\x1b[31mred\x1b[0m\n");
    shows(DB "\x1b[31mred\x1b[0m\r\n");
}

static void others_cannot_move_the_cursor(void **state)
{
    (void)state;
    writes(1, "a\x1b[2J\x1b[H\x1b[6n\x1b]0;title\x07\x1b]0;t\x1b\\\x1b(B\x1b"
              "7b\n");
    shows(DB "ab\r\n");
    writes(1, "c\x1b[12");
    writes(1, "3;4Hd\n");
    shows(DB "cd\r\n");
}

static void focus_keeps_its_escapes(void **state)
{
    (void)state;
    writes(0, "~ # \x1b[3C");
    shows(WEB "~ # \x1b[3C");
    writes(0, "\x1b[J\x1b]0;title\x07x\n");
    shows("\x1b[Jx\r\n");
}

/* Nothing that the terminal answers gets there: by then the keyboard may have gone to another guest. */
static void questions_are_dropped(void **state)
{
    (void)state;
    writes(0, "~ # \x1b[6n\x1b[c\x1bP$qm\x1b\\\x1b[?1000hls\n");
    shows(WEB "~ # ls\r\n");
    writes(0, "a\xc2\x9b"
              "6n\xc2\xb5\n"); /* CSI as one character of UTF-8; a micro sign */
    shows(WEB "a\xc2\xbf"
              "6n\xc2\xb5\r\n");
}

static void endless_escape_is_dropped(void **state)
{
    char escape[64] = "\x1b[";

    (void)state;
    memset(escape + 2, '1', sizeof escape - 3);
    writes(1, escape);
    writes(1, "mtext\n");
    assert_non_null(strstr(shown, "text\r\n"));
    shown_bytes = 0;
    writes(1, "\x1b[1\nnext\n");
    shows(DB "\r\n" DB "next\r\n");
    writes(1, "\x1b[1\a\x1b[1\x1b[1mx\n");
    shows(DB "\x1b[1mx\x1b[0m\r\n");
}

static void control_characters_are_dropped(void **state)
{
    (void)state;
    writes(1, "a\x05\x7f\x0e"
              "b\a\tc\n");
    shows(DB "ab\tc\r\n");
    writes(0, "\a");
    shows("\a");
}

static void endless_line_is_cut(void **state)
{
    char text[2 * LINE_BYTES + 1];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    writes(1, text);
    assert_int_equal(shown_bytes, strlen(DB) + LINE_BYTES + 2);
    writes(1, "\n");
    assert_int_equal(shown_bytes, 2 * (strlen(DB) + LINE_BYTES + 2));
}

static void monitors_words_stand_out(void **state)
{
    (void)state;
    writes(1, "half\x01"
              "crash\ncard\n\x02"
              "on\n");
    shows(DB "half\r\n" DB "\x1b[1mcrash\x1b[0m\r\n" DB "\x1b[1mcard\x1b[0m\r\n" DB "on\r\n");
}

static void focus_moves(void **state)
{
    (void)state;
    writes(1, "db # ");
    waits(QUIET);
    writes(0, "web # ");
    waits(QUIET);
    shows(DB "db # \r\n" WEB "web # ");
    screen_focus(&screen, 1);
    screen_say(&screen, "the keyboard goes to '%s'", "db");
    waits(0);
    shows("\r\n" SEPTUM "the keyboard goes to 'db'\r\n" DB "db # ");
    waits(QUIET);
    shows("");
    writes(1, "x");
    shows("x");
}

static void last_words_are_shown(void **state)
{
    (void)state;
    writes(1, "last\x1b[");
    screen_finish(&screen, 1);
    shows(DB "last\r\n");
    writes(1, "new\n");
    shows(DB "new\r\n");
}

static void back_shows_the_last_lines(void **state)
{
    char line[32];

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(line, sizeof line, "\x1b[32mline\x1b[0m %d\n", i);
        writes(1, line);
    }
    shown_bytes = 0;
    screen_back(&screen, 1);
    assert_memory_equal(shown, DB "line 100\r\n" DB "line 101\r\n", strlen(DB "line 100\r\n" DB "line 101\r\n"));
    assert_string_equal(shown + shown_bytes - strlen("line 299\r\n"), "line 299\r\n");
    shown_bytes = 0;
    shown[0] = '\0';
    screen_back(&screen, 0);
    shows("");
}

static void back_is_bounded(void **state)
{
    char line[1000];

    (void)state;
    memset(line, 'y', sizeof line);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    for (int i = 0; i < 100; i++) {
        shown_bytes = 0;
        writes(1, line);
    }
    shown_bytes = 0;
    screen_back(&screen, 1);
    assert_in_range(shown_bytes, BACK_BYTES - 1000, BACK_BYTES + 40 * strlen(DB "\r"));
}

/* Whatever guests write, the display gets no control byte but those that the screen itself sends. */
static void noise_is_tamed(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint8_t byte;

        seed = seed * 1664525u + 1013904223u;
        byte = (uint8_t)(seed >> 24);
        screen_take(&screen, 1 + (seed >> 10) % 3, &byte, 1, now);
        if ((seed >> 12) % 64 == 0)
            waits((seed >> 14) % (2 * QUIET));
        for (size_t k = 0; k < shown_bytes; k++) {
            uint8_t c = (uint8_t)shown[k];

            assert_true(c >= 0x20 || c == '\r' || c == '\n' || c == '\b' || c == '\t' || c == 0x1b);
        }
        shown_bytes = 0;
    }
}

static struct key type(bool *prefixed, const char *keys)
{
    struct key key = {KEY_NONE, 0, 0};

    for (; *keys != '\0'; keys++)
        key = key_take(prefixed, (uint8_t)*keys);
    return key;
}

static void keys_mean_what_help_says(void **state)
{
    static const struct {
        const char *keys;
        enum key_kind kind;
    } expected[] = {
        {"x", KEY_SEND},
        {"\x1d", KEY_NONE},
        {"\x1dn", KEY_NEXT},
        {"\x1dp", KEY_PREVIOUS},
        {"\x1dl", KEY_LIST},
        {"\x1dh", KEY_HELP},
        {"\x1d?", KEY_HELP},
        {"\x1d"
         "b",
         KEY_BACK},
        {"\x1dq", KEY_QUIT},
        {"\x1ds", KEY_START},
        {"\x1dk", KEY_STOP},
        {"\x1dr", KEY_RESET},
        {"\x1dx", KEY_UNKNOWN},
        {"\x1d"
         "0",
         KEY_UNKNOWN},
        {"\x1dnn", KEY_SEND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        bool prefixed = false;

        assert_int_equal(type(&prefixed, expected[i].keys).kind, expected[i].kind);
    }
}

static void keys_name_guests_and_send_themselves(void **state)
{
    bool prefixed = false;
    struct key key = type(&prefixed, "\x1d"
                                     "9");

    (void)state;
    assert_int_equal(key.kind, KEY_FOCUS);
    assert_int_equal(key.number, 8);
    key = type(&prefixed, "\x1d\x1d");
    assert_int_equal(key.kind, KEY_SEND);
    assert_int_equal(key.byte, KEY_PREFIX);
    key = type(&prefixed, "q");
    assert_int_equal(key.kind, KEY_SEND);
}

static void ring_goes_round(void **state)
{
    uint8_t out[100];
    uint32_t at = 0;

    (void)state;
    ring.out_head = ring.out_tail = UINT32_MAX - 50;
    for (int round = 0; round < 500; round++) {
        for (int i = 0; i < 77; i++)
            ring.out[ring.out_head++ % RING_BYTES] = (uint8_t)at++;
        at -= 77;
        assert_true(ring_has_more(&ring));
        assert_int_equal(ring_take(&ring, out, sizeof out), 77);
        for (int i = 0; i < 77; i++)
            assert_int_equal(out[i], (uint8_t)at++);
        assert_false(ring_has_more(&ring));
    }
}

/* A guest may be gone before the console looked: that its ring was there is then not to be missed. */
static void ring_is_left_even_if_its_coming_was_missed(void **state)
{
    (void)state;
    assert_int_equal(ring_news(0, 0), RING_SAME);
    assert_int_equal(ring_news(3, 3), RING_SAME);
    assert_int_equal(ring_news(1, 0), RING_TAKE);
    assert_int_equal(ring_news(3, 2), RING_TAKE);
    assert_int_equal(ring_news(2, 1), RING_LEAVE);
    assert_int_equal(ring_news(2, 0), RING_LEAVE);
    assert_int_equal(ring_news(0, UINT32_MAX), RING_LEAVE);
}

static void ring_takes_no_more_than_asked(void **state)
{
    uint8_t out[10];

    (void)state;
    ring.out_head = RING_BYTES;
    assert_int_equal(ring_take(&ring, out, sizeof out), 10);
    assert_int_equal(ring.out_tail, 10);
}

static void mad_counters_drop_everything(void **state)
{
    uint8_t out[10];

    (void)state;
    ring.out_head = RING_BYTES + 1;
    assert_int_equal(ring_take(&ring, out, sizeof out), 0);
    assert_int_equal(ring.out_tail, RING_BYTES + 1);
    assert_false(ring_has_more(&ring));
    ring.out_head = 5;
    assert_int_equal(ring_take(&ring, out, sizeof out), 0);
    assert_int_equal(ring.out_tail, 5);
}

static void input_stops_when_full(void **state)
{
    (void)state;
    ring.in_head = ring.in_tail = UINT32_MAX - 1;
    for (uint32_t i = 0; i < RING_BYTES; i++)
        assert_true(ring_put(&ring, (uint8_t)i));
    assert_false(ring_put(&ring, 1));
    assert_int_equal(ring.in[(UINT32_MAX - 1) % RING_BYTES], 0);
    ring.in_tail += 1;
    assert_true(ring_put(&ring, 1));
    ring.in_tail = ring.in_head + 1;
    assert_false(ring_put(&ring, 1));
}

/* Each time that a monitor names is rung for once, and not before. */
static void alarms_ring_once(void **state)
{
    uint64_t rung = 0;
    uint64_t next = 900;

    (void)state;
    assert_false(ring_alarm(&ring, 100, &rung, &next));
    ring.alarm = 1000;
    assert_false(ring_alarm(&ring, 100, &rung, &next));
    assert_int_equal(next, 900);
    ring.alarm = 500;
    assert_false(ring_alarm(&ring, 499, &rung, &next));
    assert_int_equal(next, 500);
    next = 900;
    assert_true(ring_alarm(&ring, 500, &rung, &next));
    assert_false(ring_alarm(&ring, 501, &rung, &next));
    assert_int_equal(next, 900);
    ring.alarm = 0;
    assert_false(ring_alarm(&ring, 502, &rung, &next));
    ring.alarm = 500;
    assert_true(ring_alarm(&ring, 503, &rung, &next));
    ring.alarm = 400; /* it may say what it wants */
    assert_true(ring_alarm(&ring, 503, &rung, &next));
    assert_int_equal(next, 900);
}

/* escape_test.c: how many of its tests failed; adds to *count. */
int escape_tests(int *count);
/* prompt_test.c, likewise */
int prompt_tests(int *count);
/* control_test.c, likewise */
int control_tests(int *count);
/* terminal_test.c, likewise */
int terminal_tests(int *count);

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_carry_names, fresh),
        cmocka_unit_test_setup(others_wait_for_the_end_of_their_line, fresh),
        cmocka_unit_test_setup(others_prompts_show_when_quiet, fresh),
        cmocka_unit_test_setup(focus_prompt_shows_at_once, fresh),
        cmocka_unit_test_setup(displaced_prompt_is_drawn_again, fresh),
        cmocka_unit_test_setup(long_row_is_broken_plainly, fresh),
        cmocka_unit_test_setup(return_alone_rewrites_the_line, fresh),
        cmocka_unit_test_setup(styles_end_with_the_line, fresh),
        cmocka_unit_test_setup(others_cannot_move_the_cursor, fresh),
        cmocka_unit_test_setup(focus_keeps_its_escapes, fresh),
        cmocka_unit_test_setup(questions_are_dropped, fresh),
        cmocka_unit_test_setup(endless_escape_is_dropped, fresh),
        cmocka_unit_test_setup(control_characters_are_dropped, fresh),
        cmocka_unit_test_setup(endless_line_is_cut, fresh),
        cmocka_unit_test_setup(monitors_words_stand_out, fresh),
        cmocka_unit_test_setup(focus_moves, fresh),
        cmocka_unit_test_setup(last_words_are_shown, fresh),
        cmocka_unit_test_setup(back_shows_the_last_lines, fresh),
        cmocka_unit_test_setup(back_is_bounded, fresh),
        cmocka_unit_test_setup(noise_is_tamed, fresh),
        cmocka_unit_test_setup(keys_mean_what_help_says, fresh),
        cmocka_unit_test_setup(keys_name_guests_and_send_themselves, fresh),
        cmocka_unit_test_setup(ring_goes_round, fresh),
        cmocka_unit_test_setup(ring_is_left_even_if_its_coming_was_missed, fresh),
        cmocka_unit_test_setup(ring_takes_no_more_than_asked, fresh),
        cmocka_unit_test_setup(mad_counters_drop_everything, fresh),
        cmocka_unit_test_setup(input_stops_when_full, fresh),
        cmocka_unit_test_setup(alarms_ring_once, fresh),
    };
    int count = (int)(sizeof tests / sizeof tests[0]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL) + escape_tests(&count) + prompt_tests(&count) +
                 control_tests(&count) + terminal_tests(&count);

    printf("unit-console: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
