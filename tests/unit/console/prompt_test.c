/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console's prompt: the line that is typed, what it means, and what the terminal shows of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "console/prompt.h"

#include <string.h>

#define UP    "\x1b[A"
#define DOWN  "\x1b[B"
#define RIGHT "\x1b[C"
#define LEFT  "\x1b[D"

/* console_test.c: what the terminal was sent. */
extern char shown[];
extern size_t shown_bytes;
int prompt_tests(int *count);

static const char guests[][BUNDLE_NAME_BYTES] = {"web", "web-two", "db"};
static const char servers[][LINK_SERVER_BYTES] = {"console", "block"};
static const struct command_names names = {3, guests, 2, servers};
static struct line line;
static struct screen screen;
static struct prompt prompt;

static int fresh(void **state)
{
    (void)state;
    memset(&line, 0, sizeof line);
    memset(&prompt, 0, sizeof prompt);
    screen_start(&screen);
    for (uint32_t i = 0; i < names.count; i++)
        screen_name(&screen, i, guests[i]);
    shown_bytes = 0;
    shown[0] = '\0';
    return 0;
}

/* Types it; the last event. */
static enum line_event types(const char *keys)
{
    enum line_event event = LINE_SAME;

    for (; *keys != '\0'; keys++) {
        event = line_key(&line, (uint8_t)*keys);
        if (event == LINE_ENTER)
            line_next(&line);
        assert_int_equal(strlen(line.text), line.bytes);
        assert_true(line.at <= line.bytes && line.bytes <= LINE_MOST);
    }
    return event;
}

static void gives(const char *keys, const char *text, uint32_t at)
{
    memset(&line, 0, sizeof line);
    types(keys);
    assert_string_equal(line.text, text);
    assert_int_equal(line.at, at);
}

static void keys_edit(void **state)
{
    (void)state;
    gives("list", "list", 4);
    gives("lit" LEFT "s", "list", 3);
    gives("lisst\x7f\x7ft", "list", 4);
    gives("lisst\b\bt", "list", 4);
    gives("ist\x01l", "list", 1);
    gives("ist\x1b[Hl\x1b[F", "list", 4);
    gives("ist\x1bOHl\x05", "list", 4);
    gives("xlist\x01\x04", "list", 0);
    gives("xlist\x1b[1~\x1b[3~" RIGHT "\x06", "list", 2);
    gives("list web\x01\x0b", "", 0);
    gives("list web\x15", "", 0);
    gives("stop web  \x17" "db", "stop db", 7);
    gives("stop web\x03", "", 0);
    gives("list\x1b[15~\x1b[1;5C\x1bx", "list", 4); /* keys that mean nothing here */
}

static void edges_ring_the_bell(void **state)
{
    static const char *const bad[] = {LEFT, RIGHT, "\x7f", "\x0b", "\x15", "\x17", "\x0e", "\x10", "\x07", "\xc3", "\x1b[3~",
                                      "a" RIGHT, "a" DOWN, "a\x04", "a\x05"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(&line, 0, sizeof line);
        if (types(bad[i]) != LINE_BELL)
            fail_msg("%zu", i);
    }
    memset(&line, 0, sizeof line);
    for (uint32_t i = 0; i < LINE_MOST; i++)
        assert_int_equal(types("x"), LINE_CHANGED);
    assert_int_equal(types("x"), LINE_BELL);
    memset(&line, 0, sizeof line);
    assert_int_equal(types("\x04"), LINE_LEAVE);
    assert_int_equal(types("\x03"), LINE_LEAVE);
    assert_int_equal(types("\t"), LINE_COMPLETE);
    assert_int_equal(types("\r"), LINE_ENTER);
    assert_int_equal(types("\n"), LINE_SAME); /* one end of line */
    assert_int_equal(types("\n"), LINE_ENTER);
}

static void lines_come_back(void **state)
{
    (void)state;
    gives("one\rtwo\rnew" UP, "two", 3);
    gives("one\rtwo\rnew" UP UP, "one", 3);
    gives("one\rtwo\rnew" UP UP DOWN, "two", 3);
    gives("one\rtwo\rnew" UP UP DOWN DOWN, "new", 3);
    gives("one\rtwo\rnew" UP UP UP, "one", 3);
    gives("one\rone\r\r" UP UP, "one", 3); /* kept once; an empty line is not */
    gives("one\rtwo\r" UP UP "!\r" UP, "one!", 4);
    memset(&line, 0, sizeof line);
    for (uint32_t i = 0; i < 40; i++)
        types(i % 2 ? "a\r" : "b\r");
    for (uint32_t i = 0; i < LINE_HISTORY; i++)
        assert_int_equal(types(UP), LINE_CHANGED);
    assert_int_equal(types(UP), LINE_BELL);
}

static struct command meant(const char *text)
{
    char error[COMMAND_ERROR_BYTES] = "";
    struct command command;

    if (!command_parse(&names, text, &command, error))
        fail_msg("%s: %s", text, error);
    return command;
}

static void refused(const char *text, const char *why)
{
    char error[COMMAND_ERROR_BYTES] = "";
    struct command command;

    assert_false(command_parse(&names, text, &command, error));
    assert_string_equal(error, why);
}

static void words_mean_commands(void **state)
{
    (void)state;
    assert_int_equal(meant("").kind, COMMAND_NONE);
    assert_int_equal(meant("   ").kind, COMMAND_NONE);
    assert_int_equal(meant(" list ").kind, COMMAND_LIST);
    assert_int_equal(meant("stop db").kind, COMMAND_STOP);
    assert_int_equal(meant("stop db").guest, 2);
    assert_int_equal(meant("  pause   web-two  ").guest, 1);
    assert_int_equal(meant("log 3").guest, 2);
    assert_null(meant("help").about);
    assert_string_equal(meant("help quit").about, "quit            power the machine off");
    refused("lists", "there is no command 'lists'; 'help' lists them");
    refused("start", "start wants the name of a guest; 'list' shows them");
    refused("start we", "there is no guest 'we'; 'list' shows them");
    refused("start 0", "there is no guest '0'; 'list' shows them");
    refused("start 4", "there is no guest '4'; 'list' shows them");
    refused("start 4294967297", "there is no guest '4294967297'; 'list' shows them");
    assert_true(meant("stats --watch").watch);
    assert_false(meant("stats").watch);
    assert_int_equal(meant("create db").memory_mib, 0);
    assert_int_equal(meant("create db memory-mib=64 cpus=2").memory_mib, 64);
    assert_int_equal(meant("create db cpus=2").cpus, 2);
    assert_int_equal(meant("create db cpus=2").guest, 2);
    assert_int_equal(meant("kill block").guest, 1);
    assert_int_equal(meant("balloon db 64").kind, COMMAND_BALLOON);
    assert_int_equal(meant("balloon db 64").guest, 2);
    assert_int_equal(meant("balloon db 64").memory_mib, 64);
    assert_int_equal(meant("balloon db 0").memory_mib, 0);
    refused("balloon", "balloon wants the name of a guest; 'list' shows them");
    refused("balloon db", "balloon wants a number of MiB behind the guest");
    refused("balloon db 3", "balloon takes an even number of MiB, not '3'");
    refused("balloon db all", "balloon takes an even number of MiB, not 'all'");
    refused("balloon db 4 4", "balloon takes no more words");
    assert_int_equal(meant("audit").kind, COMMAND_AUDIT);
    refused("audit web", "audit takes no more words");
    refused("stats 1", "stats takes --watch, not '1'");
    refused("stats --watch 1", "stats takes no more words");
    refused("create", "create wants the name of a guest; 'list' shows them");
    refused("create db 64", "create takes memory-mib=N and cpus=N, not '64'");
    refused("create db cpus=", "'cpus=' wants a number behind the equals sign");
    refused("create db cpus=0", "'cpus=0' wants a number behind the equals sign");
    refused("create db memory-mib=64M", "'memory-mib=64M' wants a number behind the equals sign");
    refused("create db memory-mib=4294967298", "'memory-mib=4294967298' wants a number behind the equals sign");
    refused("destroy db now", "destroy takes no more words");
    refused("kill", "kill wants the name of a server; Tab shows them");
    refused("kill db", "there is no server 'db' that can be killed");
    refused("start web db", "start takes no more words");
    refused("help me", "there is no command 'me'; 'help' lists them");
    refused("0123456789012345678901234567890123456789",
            "there is no command '01234567890123456789012345678901'; 'help' lists them");
}

static void completes(const char *text, uint32_t count, const char *more, const char *all)
{
    char gained[64];
    char list[160];

    list[0] = '\0';
    assert_int_equal(command_complete(&names, text, gained, sizeof gained, list, sizeof list), count);
    assert_string_equal(gained, more);
    assert_string_equal(list, all);
}

static void files_are_told_from_guests(void **state)
{
    char text[] = "create a/123456789012345678901234567890123456789012345678901234567890x";

    (void)state;
    assert_string_equal(meant("create new.guest").file, "new.guest");
    assert_int_equal(meant("create new.guest").guest, BUNDLE_GUESTS);
    assert_string_equal(meant("create pub/new memory-mib=64 cpus=2").file, "pub/new");
    assert_int_equal(meant("create pub/new memory-mib=64 cpus=2").memory_mib, 64);
    assert_string_equal(meant("create db").file, "");
    refused("create new.guest now", "create takes memory-mib=N and cpus=N, not 'now'");
    refused("start new.guest", "there is no guest 'new.guest'; 'list' shows them");
    refused(text, "the path 'a/123456789012345678901234567890…' is too long");
    text[sizeof text - 2] = '\0';
    assert_int_equal(strlen(meant(text).file), LINK_FILE_BYTES - 2);
}

/* An empty room has no name: nobody can be told to do anything there. */
static void empty_rooms_are_no_guests(void **state)
{
    static const char some[][BUNDLE_NAME_BYTES] = {"web", "", "db"};
    static const struct command_names now = {3, some, 2, servers};
    char error[COMMAND_ERROR_BYTES] = "";
    char more[8];
    char all[32];
    struct command command;

    (void)state;
    assert_false(command_parse(&now, "start 2", &command, error));
    assert_string_equal(error, "there is no guest '2'; 'list' shows them");
    assert_false(command_parse(&now, "start", &command, error));
    assert_true(command_parse(&now, "start 3", &command, error));
    assert_int_equal(command.guest, 2);
    assert_int_equal(command_complete(&now, "start ", more, sizeof more, all, sizeof all), 2);
    assert_string_equal(all, "web  db");
}

static void words_are_completed(void **state)
{
    (void)state;
    completes("sto", 1, "p ", "stop");
    completes("  sto", 1, "p ", "stop");
    completes("sta", 2, "", "start  stats");
    completes("re", 2, "s", "reset  resume");
    completes("x", 0, "", "");
    completes("start d", 1, "b ", "db");
    completes("ba", 1, "lloon ", "balloon");
    completes("balloon d", 1, "b ", "db");
    completes("balloon db ", 0, "", "");
    completes("start w", 2, "eb", "web  web-two");
    completes("start web", 2, "", "web  web-two");
    completes("start ", 3, "", "web  web-two  db");
    completes("start db ", 0, "", "");
    completes("start db w", 0, "", "");
    completes("list w", 0, "", "");
    completes("nonsense w", 0, "", "");
    completes("help qu", 1, "it ", "quit");
    completes("create d", 1, "b ", "db");
    completes("create db ", 2, "", "memory-mib=  cpus=");
    completes("create db m", 1, "emory-mib=", "memory-mib=");
    completes("create db cpus=2 m", 1, "emory-mib=", "memory-mib=");
    completes("kill ", 2, "", "console  block");
    completes("kill b", 1, "lock ", "block");
    completes("stats -", 1, "-watch ", "--watch");
    completes("stats --watch x", 0, "", "");
}

static enum prompt_event prompted(const char *keys, struct command *command)
{
    enum prompt_event event = PROMPT_STAYS;

    for (; *keys != '\0'; keys++)
        event = prompt_key(&prompt, &screen, &names, (uint8_t)*keys, 0, command);
    return event;
}

static void shows(const char *text)
{
    if (strstr(shown, text) == NULL)
        fail_msg("not shown: %s", text);
    shown_bytes = 0;
    shown[0] = '\0';
}

static void the_prompt_stays_in_the_last_row(void **state)
{
    struct command command;

    (void)state;
    prompt_open(&prompt, &screen, 0);
    shows("commands: 'help' lists them, Tab completes, Ctrl-D leaves\r\n\x1b[1m[septum] \x1b[0m> ");
    assert_int_equal(prompted("lst", &command), PROMPT_STAYS);
    assert_string_equal(shown, "lst"); /* only what is new */
    prompted(LEFT LEFT, &command);
    shows("\r\x1b[2K\x1b[1m[septum] \x1b[0m> lst\x1b[2D");
    prompted("i", &command);
    shows("> list\x1b[2D");
    screen_take(&screen, 0, (const uint8_t *)"hello\n", 6, 0);
    shows("\r\n\x1b[A\x1b[2K\x1b[36m[web] \x1b[0mhello\r\n");
    screen_quiet(&screen, 1000, 1000);
    shows("\x1b[1m[septum] \x1b[0m> list\x1b[2D"); /* drawn again */
    assert_int_equal(prompted("\r", &command), PROMPT_COMMAND);
    assert_int_equal(command.kind, COMMAND_LIST);
    assert_int_equal(screen.holder, NO_VOICE);
    prompt_show(&prompt, &screen, 0);
    shows("> ");
}

static void the_prompt_explains(void **state)
{
    struct command command;

    (void)state;
    prompt_open(&prompt, &screen, 0);
    assert_int_equal(prompted("help stop\r", &command), PROMPT_STAYS);
    shows("stop GUEST      stop a guest, as by pulling its plug\r\n");
    prompted("help\r", &command);
    shows("quit            power the machine off\r\n");
    prompted("bogus\r", &command);
    shows("there is no command 'bogus'; 'help' lists them\r\n");
    prompted("sta\t", &command);
    shows("start  stats\r\n");
    prompted("r\td\t", &command);
    assert_string_equal(prompt.line.text, "start db ");
    prompted("\t", &command);
    shows("\a");
    assert_int_equal(prompted("\r", &command), PROMPT_COMMAND);
    assert_int_equal(command.kind, COMMAND_START);
    assert_int_equal(command.guest, 2);
    assert_int_equal(prompted("\r", &command), PROMPT_STAYS);
    assert_int_equal(prompted("exit\r", &command), PROMPT_LEAVES);
    assert_int_equal(prompted("\x04", &command), PROMPT_LEAVES);
    prompt_close(&prompt, &screen, 2);
    assert_false(prompt.open);
    assert_int_equal(screen.focus, 2);
}

static void byte_is_typed(uint8_t byte, uint32_t *commands)
{
    struct command command;

    if (prompt_key(&prompt, &screen, &names, byte, 0, &command) == PROMPT_COMMAND) {
        ++*commands;
        assert_true(command.kind > COMMAND_NONE && command.kind <= COMMAND_QUIT);
        if (command.kind >= COMMAND_START && command.kind <= COMMAND_LOG)
            assert_true(command.guest < names.count);
    }
    assert_int_equal(strlen(prompt.line.text), prompt.line.bytes);
    assert_true(prompt.line.at <= prompt.line.bytes && prompt.line.bytes <= LINE_MOST);
    shown_bytes = 0;
}

/* Whatever is typed, the line stays a line, and each command that it becomes is one of ours. */
static void noise_is_typed(void **state)
{
    static const char *const likely[] = {"\r", "start ", "lis", "t\r", "log ", "web", "db\r", "\t", UP, DOWN, LEFT, "\x15", "\x1b[3~"};
    uint64_t seed = 1;
    uint32_t commands = 0;

    (void)state;
    prompt_open(&prompt, &screen, 0);
    for (uint32_t i = 0; i < 50000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        if (seed >> 63 != 0)
            byte_is_typed((uint8_t)(seed >> 40), &commands);
        else
            for (const char *at = likely[(seed >> 40) % (sizeof likely / sizeof likely[0])]; *at != '\0'; at++)
                byte_is_typed((uint8_t)*at, &commands);
    }
    assert_true(commands > 100);
}

int prompt_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keys_edit, fresh),
        cmocka_unit_test_setup(edges_ring_the_bell, fresh),
        cmocka_unit_test_setup(lines_come_back, fresh),
        cmocka_unit_test_setup(words_mean_commands, fresh),
        cmocka_unit_test_setup(files_are_told_from_guests, fresh),
        cmocka_unit_test_setup(empty_rooms_are_no_guests, fresh),
        cmocka_unit_test_setup(words_are_completed, fresh),
        cmocka_unit_test_setup(the_prompt_stays_in_the_last_row, fresh),
        cmocka_unit_test_setup(the_prompt_explains, fresh),
        cmocka_unit_test_setup(noise_is_typed, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
