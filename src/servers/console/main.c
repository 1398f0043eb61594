/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console server: it alone drives the UART, and shows all guests on it. */
#include <lib/link.h>
#include <lib/server.h>
#include <lib/sys.h>

#include "ask.h"
#include "console.h"
#include "keys.h"
#include "reply.h"
#include "ring.h"
#include "uart.h"

#include <string.h>

#define BATCH_BYTES 512u /* of one ring in one round */
#define BATCH_KEYS  64u
#define QUIET_MS    250u /* an unfinished line of a guest without focus is shown when so old */
#define OUT_BYTES   1024u

struct screen screen;
struct prompt prompt;
bool attached[BUNDLE_GUESTS];
static struct ask ask;
static bool held;
static uint32_t chosen; /* the guest that has the keyboard, or had it before the prompt */
static bool typed[BUNDLE_GUESTS]; /* input was put since the guest was last told */
static uint64_t rung[BUNDLE_GUESTS]; /* the alarm that the guest's monitor was last woken for */
static bool prefixed;
static uint8_t out[OUT_BYTES];
static size_t out_bytes;

struct console_link *link_page(void)
{
    return (struct console_link *)(uintptr_t)CONSOLE_VA_LINK;
}

struct console_ring *ring_of(uint32_t guest)
{
    return (struct console_ring *)(uintptr_t)(CONSOLE_VA_RING + CONSOLE_RING_STRIDE * guest);
}

uint64_t milliseconds(uint64_t count)
{
    return link_page()->timebase * count / 1000;
}

static void out_flush(void)
{
    uart_put(out, out_bytes);
    out_bytes = 0;
}

void line_put(const void *text, size_t bytes)
{
    const uint8_t *at = text;

    for (size_t i = 0; i < bytes; i++) {
        if (out_bytes == OUT_BYTES)
            out_flush();
        out[out_bytes++] = at[i];
    }
}

void reply_put(const void *text, size_t bytes)
{
    line_put(text, bytes);
}

void display_put(const void *text, size_t bytes)
{
    if (!held)
        line_put(text, bytes);
}

/* What the screen believes to stand in the last row stands there no more afterwards. */
void screen_hold(bool hold)
{
    held = hold;
    screen.holder = NO_VOICE;
}

/* Only for a panic: all else goes through the screen. */
void server_put(const char *text, size_t bytes)
{
    line_put(text, bytes);
    out_flush();
}

uint32_t chosen_guest(void)
{
    return chosen;
}

bool guest_is_there(uint32_t guest)
{
    return guest < link_page()->guest_count && link_page()->name[guest][0] != '\0';
}

/* The next guest from there on, in steps of that many; the same if there is no other. */
static uint32_t guest_beside(uint32_t guest, uint32_t step)
{
    const uint32_t count = link_page()->guest_count;
    uint32_t at = guest;

    for (uint32_t i = 0; i < count; i++) {
        at = (at + step) % count;
        if (guest_is_there(at))
            return at;
    }
    return guest;
}

struct command_names names_now(void)
{
    return (struct command_names){link_page()->guest_count, link_page()->name, link_page()->server_count,
                                  link_page()->server};
}

static void show_help(void)
{
    static const char *const help[] = {
        "Ctrl-] 1..9  keyboard to that guest     Ctrl-] n, p  to the next, to the previous",
        "Ctrl-] l     list the guests            Ctrl-] b     show the guest's last lines again",
        "Ctrl-] s     start the guest            Ctrl-] k     stop it (as by pulling its plug)",
        "Ctrl-] r     reset the guest            Ctrl-] q     quit: power the machine off",
        "Ctrl-] c, :  type commands by name      Ctrl-] Ctrl-] send Ctrl-] to the guest",
        "Ctrl-] h, ?  this help",
    };

    for (size_t i = 0; i < sizeof help / sizeof help[0]; i++)
        screen_say(&screen, "%s", help[i]);
}

void focus(uint32_t guest)
{
    if (!guest_is_there(guest)) {
        screen_say(&screen, "there is no guest %u; Ctrl-] l lists them", guest + 1);
        return;
    }
    chosen = guest;
    prompt_close(&prompt, &screen, guest);
    screen_say(&screen, "the keyboard goes to '%s'", screen.voice[guest].name);
}

static void prompt_serve(uint8_t byte)
{
    const struct command_names names = names_now();
    struct command command;

    switch (prompt_key(&prompt, &screen, &names, byte, sys_time(), &command)) {
    case PROMPT_STAYS:
        return;
    case PROMPT_COMMAND:
        command_do(&command);
        if (prompt.open)
            prompt_show(&prompt, &screen, sys_time());
        return;
    case PROMPT_LEAVES:
        focus(chosen);
        return;
    }
}

static void send(uint8_t byte)
{
    const uint32_t guest = chosen;

    if (!guest_is_there(guest))
        screen_say(&screen, "nobody is there any more: Ctrl-] n goes to the next guest, Ctrl-] l lists them");
    else if (!attached[guest])
        screen_say(&screen, "'%s' is off: Ctrl-] s starts it, Ctrl-] l lists the guests", screen.voice[guest].name);
    else if (ring_put(ring_of(guest), byte))
        typed[guest] = true;
    else
        display_put("\a", 1);
}

static void key_serve(const struct key *key)
{
    switch (key->kind) {
    case KEY_NONE:
        return;
    case KEY_SEND:
        if (prompt.open)
            prompt_serve(key->byte);
        else
            send(key->byte);
        return;
    case KEY_PROMPT:
        prompt_open(&prompt, &screen, sys_time());
        return;
    case KEY_FOCUS:
        focus(key->number);
        return;
    case KEY_NEXT:
        focus(guest_beside(chosen, 1));
        return;
    case KEY_PREVIOUS:
        focus(guest_beside(chosen, link_page()->guest_count - 1));
        return;
    case KEY_LIST:
        command_list();
        return;
    case KEY_HELP:
        show_help();
        return;
    case KEY_BACK:
        command_back(chosen);
        return;
    case KEY_QUIT:
        manager_ask(MANAGER_QUIT, chosen, "quit");
        return;
    case KEY_START:
        manager_ask(MANAGER_START, chosen, "start");
        return;
    case KEY_STOP:
        manager_ask(MANAGER_STOP, chosen, "stop");
        return;
    case KEY_RESET:
        manager_ask(MANAGER_RESET, chosen, "reset");
        return;
    case KEY_UNKNOWN:
        screen_say(&screen, "no such command; Ctrl-] h shows them");
        return;
    }
}

/* A program's command, or a key; the key that ends `stats --watch` is none of the guest's. */
static void byte_serve(uint8_t byte)
{
    const enum ask_event event = ask_take(&ask, byte);
    struct key key;

    if (event == ASK_WHOLE)
        request_do(ask.text);
    if (event != ASK_KEY)
        return;
    if (stats_watched()) {
        stats_unwatch();
        if (prompt.open)
            prompt_show(&prompt, &screen, sys_time());
        return;
    }
    key = key_take(&prefixed, byte);
    key_serve(&key);
}

static void keyboard_serve(void)
{
    uint8_t byte;

    for (uint32_t i = 0; i < BATCH_KEYS && uart_get(&byte); i++) {
        byte_serve(byte);
    }
    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        if (typed[i])
            sys_notify(CONSOLE_CAP_CLIENT + i);
        typed[i] = false;
    }
    sys_irq_ack(CONSOLE_CAP_UART_IRQ);
}

static bool ring_serve(uint32_t guest)
{
    uint8_t text[BATCH_BYTES];
    uint32_t count = ring_take(ring_of(guest), text, BATCH_BYTES);

    screen_take(&screen, guest, text, count, sys_time());
    return ring_has_more(ring_of(guest));
}

/* All that a ring can hold, once. */
static void ring_drain(uint32_t guest)
{
    for (uint32_t k = 0; k < RING_BYTES / BATCH_BYTES && ring_serve(guest); k++)
        continue;
}

static void ring_leave(uint32_t guest)
{
    ring_drain(guest);
    screen_finish(&screen, guest);
    sys_cap_drop(CONSOLE_CAP_CLIENT + guest);
}

/*
 * The manager's own messages. What guests wrote before stands before them: a guest's last words come before the word
 * that it is off. Returns whether there is more.
 */
static bool log_serve(void)
{
    struct console_link *link = link_page();
    uint32_t head = __atomic_load_n(&link->log_head, __ATOMIC_ACQUIRE);
    uint32_t count = head - link->log_tail;
    uint8_t text[BATCH_BYTES];

    if (count > LINK_LOG_BYTES)
        count = 0;
    if (count > BATCH_BYTES)
        count = BATCH_BYTES;
    for (uint32_t i = 0; count > 0 && i < BUNDLE_GUESTS; i++) {
        if (attached[i])
            ring_drain(i);
    }
    for (uint32_t i = 0; i < count; i++)
        text[i] = link->log[(link->log_tail + i) % LINK_LOG_BYTES];
    manager_words(text, count);
    out_flush(); /* the manager powers the machine off once this is read: it must be out by then */
    __atomic_store_n(&link->log_tail, link->log_tail + count, __ATOMIC_RELEASE);
    return link->log_tail != head;
}

/* Whoever comes into a room finds no lines of who left it, which kept the name for them until now. */
static void names_take(const struct console_link *link)
{
    for (uint32_t i = 0; i < link->guest_count && i < BUNDLE_GUESTS; i++) {
        if (link->name[i][0] == '\0' || strncmp(screen.voice[i].name, link->name[i], BUNDLE_NAME_BYTES) == 0)
            continue;
        memset(&screen.voice[i], 0, sizeof screen.voice[i]);
        screen_name(&screen, i, link->name[i]);
    }
}

static void links_serve(void)
{
    struct console_link *link = link_page();

    names_take(link);
    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        uint32_t wanted = __atomic_load_n(&link->wanted[i], __ATOMIC_ACQUIRE);
        enum ring_news news = ring_news(wanted, link->seen[i]);

        if (news == RING_LEAVE)
            ring_leave(i);
        if (news != RING_SAME)
            attached[i] = news == RING_TAKE;
        __atomic_store_n(&link->seen[i], wanted, __ATOMIC_RELEASE);
    }
}

/* Monitors have no clock of their own that wakes them: they name a time. Returns the first that is to come. */
static uint64_t alarms_serve(void)
{
    uint64_t next = SEPTUM_FOREVER;

    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        if (attached[i] && ring_alarm(ring_of(i), sys_time(), &rung[i], &next))
            sys_notify(CONSOLE_CAP_CLIENT + i);
    }
    return next;
}

/* Rounds until all rings are empty; returns when the screen, an alarm or a watched table is due. */
static uint64_t rounds_serve(void)
{
    uint64_t next = SEPTUM_FOREVER;
    uint64_t alarm;
    bool more = true;

    while (more) {
        links_serve();
        more = log_serve();
        for (uint32_t i = 0; i < BUNDLE_GUESTS; i++)
            more = (attached[i] && ring_serve(i)) || more;
        keyboard_serve();
        next = screen_quiet(&screen, sys_time(), milliseconds(QUIET_MS));
    }
    alarm = alarms_serve();
    if (alarm < next)
        next = alarm;
    alarm = stats_serve(sys_time());
    out_flush();
    return alarm < next ? alarm : next;
}

static void start(void)
{
    const struct console_link *link = link_page();

    uart_start();
    screen_start(&screen);
    names_take(link);
    screen_say(&screen, "the keyboard goes to '%s'; Ctrl-] h shows the commands, Ctrl-] q quits", screen.voice[0].name);
}

_Noreturn void server_main(uint64_t argument)
{
    (void)argument;
    start();
    for (;;)
        sys_wait(rounds_serve());
}
