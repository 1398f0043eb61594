/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What a person sees: the console's output on a small model of a terminal, which knows what the console uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "console/screen.h"

#include <stdio.h>
#include <string.h>

#define ROWS    24
#define COLUMNS 40
#define QUIET   1000u

/* console_test.c: what the terminal was sent. */
extern char shown[];
extern size_t shown_bytes;
int terminal_tests(int *count);

static struct screen screen;
static char cell[ROWS][COLUMNS + 1];
static unsigned row, column;
static uint64_t now;

static int fresh(void **state)
{
    (void)state;
    memset(&screen, 0, sizeof screen);
    screen_start(&screen);
    screen_name(&screen, 0, "web");
    screen_name(&screen, 1, "db");
    shown_bytes = 0;
    now = 0;
    return 0;
}

static void row_clear(unsigned from)
{
    memset(cell[row] + from, ' ', COLUMNS - from);
}

/* A sequence that begins behind ESC [; what stands behind it. Colours are not seen. */
static const char *sequence(const char *text)
{
    const size_t bytes = strspn(text, "0123456789;");

    if (text[bytes] == 'A')
        row--;
    else if (text[bytes] == 'K')
        row_clear(text[0] == '2' ? 0 : column);
    else
        assert_int_equal(text[bytes], 'm');
    return text + bytes + 1;
}

/* A row that is full goes on in the next, as on most terminals. */
static void letter(char c)
{
    if (column == COLUMNS) {
        column = 0;
        row++;
    }
    assert_in_range(row, 0, ROWS - 1);
    cell[row][column++] = c;
}

static void draw(void)
{
    memset(cell, ' ', sizeof cell);
    row = column = 0;
    shown[shown_bytes] = '\0';
    for (const char *at = shown; *at != '\0';) {
        const char c = *at++;

        if (c == '\x1b' && *at == '[')
            at = sequence(at + 1);
        else if (c == '\r')
            column = 0;
        else if (c == '\n')
            row++;
        else if (c == '\b')
            column -= column > 0;
        else
            letter(c);
    }
}

static void writes(uint32_t v, const char *text)
{
    screen_take(&screen, v, (const uint8_t *)text, strlen(text), now);
    now += QUIET;
    screen_quiet(&screen, now, QUIET);
}

/* That row, without the blanks behind it. */
static void sees(unsigned number, const char *text)
{
    char seen[COLUMNS + 1];
    size_t bytes = COLUMNS;

    draw();
    while (bytes > 0 && cell[number][bytes - 1] == ' ')
        bytes--;
    snprintf(seen, sizeof seen, "%.*s", (int)bytes, cell[number]);
    assert_string_equal(seen, text);
}

/* The name is sent again, to where it stands already. */
static void a_row_that_is_written_again_has_one_name(void **state)
{
    (void)state;
    writes(0, "10% of it");
    writes(0, "\r20% of it");
    sees(0, "[web] 20% of it");
    writes(0, "\rno");
    sees(0, "[web] no% of it"); /* as without us: a return takes nothing away */
    writes(0, "\r\x1b[Kno");
    sees(0, "[web] no");
    writes(0, "\r\x1b[31mred\r\x1b[0mred and more");
    sees(0, "[web] red and more");
    sees(1, "");
}

/* A shell's line that is edited: what it sends before each letter goes back to its own first column. */
static void an_edited_line_stays_in_place(void **state)
{
    (void)state;
    writes(0, "# lss");
    writes(0, "\b \b");
    writes(0, "\r# ls /");
    sees(0, "[web] # ls /");
    writes(0, "\r\n");
    writes(0, "bin\r\n# ");
    sees(1, "[web] bin");
    sees(2, "[web] #");
}

static void others_come_between(void **state)
{
    (void)state;
    writes(0, "10%");
    writes(1, "beat\r\n");
    writes(0, "\r20%");
    sees(0, "[db] beat");
    sees(1, "[web] 20%");
    writes(0, "\r");
    writes(1, "beat\r\n");
    writes(0, "30%\r\n");
    sees(1, "[db] beat");
    sees(2, "[web] 30%");
    sees(3, "");
}

/* A row that is longer than the terminal's begins again where the terminal's last row does, as without us. */
static void a_long_row_begins_again_in_the_last(void **state)
{
    char text[COLUMNS + 1];

    (void)state;
    memset(text, 'x', COLUMNS);
    text[COLUMNS] = '\0';
    writes(0, text);
    writes(0, "\ry");
    sees(0, "[web] xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    sees(1, "[web] y");
}

int terminal_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_row_that_is_written_again_has_one_name, fresh),
        cmocka_unit_test_setup(an_edited_line_stays_in_place, fresh),
        cmocka_unit_test_setup(others_come_between, fresh),
        cmocka_unit_test_setup(a_long_row_begins_again_in_the_last, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
