/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console server: it alone drives the UART, and shows all guests on it. */
#include <lib/link.h>
#include <lib/server.h>
#include <lib/sys.h>

#include "keys.h"
#include "ring.h"
#include "screen.h"
#include "uart.h"

#include <string.h>

#define BATCH_BYTES 512u /* of one ring in one round */
#define BATCH_KEYS  64u
#define QUIET_MS    250u /* an unfinished line of a guest without focus is shown when so old */
#define OUT_BYTES   1024u

static struct screen screen;
static bool attached[BUNDLE_GUESTS];
static bool typed[BUNDLE_GUESTS]; /* input was put since the guest was last told */
static bool prefixed;
static uint8_t out[OUT_BYTES];
static size_t out_bytes;

static struct console_link *link_page(void)
{
    return (struct console_link *)(uintptr_t)CONSOLE_VA_LINK;
}

static struct console_ring *ring_of(uint32_t guest)
{
    return (struct console_ring *)(uintptr_t)(CONSOLE_VA_RING + CONSOLE_RING_STRIDE * guest);
}

static uint64_t milliseconds(uint64_t count)
{
    return link_page()->timebase * count / 1000;
}

static void out_flush(void)
{
    uart_put(out, out_bytes);
    out_bytes = 0;
}

void display_put(const void *text, size_t bytes)
{
    const uint8_t *at = text;

    for (size_t i = 0; i < bytes; i++) {
        if (out_bytes == OUT_BYTES)
            out_flush();
        out[out_bytes++] = at[i];
    }
}

/* Only for a panic: all else goes through the screen. */
void server_put(const char *text, size_t bytes)
{
    display_put(text, bytes);
    out_flush();
}

static const char *state_text(uint32_t state)
{
    switch ((enum guest_state)state) {
    case GUEST_OFF:
        return "off";
    case GUEST_LOADING:
        return "loading";
    case GUEST_RUNNING:
        return "running";
    case GUEST_CRASHED:
        return "crashed";
    }
    return "unknown";
}

static void show_list(void)
{
    for (uint32_t i = 0; i < link_page()->guest_count; i++)
        screen_say(&screen, "%u  %-16s %-8s%s", i + 1, screen.voice[i].name,
                   state_text(__atomic_load_n(&link_page()->state[i], __ATOMIC_ACQUIRE)),
                   i == screen.focus ? " has the keyboard" : "");
}

static void show_help(void)
{
    static const char *const help[] = {
        "Ctrl-] 1..9  keyboard to that guest     Ctrl-] n, p  to the next, to the previous",
        "Ctrl-] l     list the guests            Ctrl-] b     show the guest's last lines again",
        "Ctrl-] s     start the guest            Ctrl-] k     stop it (as by pulling its plug)",
        "Ctrl-] r     reset the guest            Ctrl-] q     quit: power the machine off",
        "Ctrl-] h, ?  this help                  Ctrl-] Ctrl-] send Ctrl-] to the guest",
    };

    for (size_t i = 0; i < sizeof help / sizeof help[0]; i++)
        screen_say(&screen, "%s", help[i]);
}

static void focus(uint32_t guest)
{
    if (guest >= link_page()->guest_count) {
        screen_say(&screen, "there is no guest %u; Ctrl-] l lists them", guest + 1);
        return;
    }
    screen_focus(&screen, guest);
    screen_say(&screen, "the keyboard goes to '%s'", screen.voice[guest].name);
}

static void command(uint32_t op, const char *what)
{
    struct console_link *link = link_page();
    uint32_t head = link->command_head;

    if (head - __atomic_load_n(&link->command_tail, __ATOMIC_ACQUIRE) >= LINK_COMMANDS) {
        screen_say(&screen, "the manager is busy: try again");
        return;
    }
    screen_say(&screen, "%s", what);
    link->command[head % LINK_COMMANDS] = (struct link_command){op, screen.focus};
    __atomic_store_n(&link->command_head, head + 1, __ATOMIC_RELEASE);
    sys_notify(CONSOLE_CAP_MANAGER);
}

static void send(uint8_t byte)
{
    const uint32_t guest = screen.focus;

    if (guest >= BUNDLE_GUESTS || !attached[guest])
        screen_say(&screen, "'%s' is off: Ctrl-] s starts it, Ctrl-] l lists the guests", screen.voice[guest].name);
    else if (ring_put(ring_of(guest), byte))
        typed[guest] = true;
    else
        display_put("\a", 1);
}

static void key_serve(const struct key *key)
{
    const uint32_t count = link_page()->guest_count;

    switch (key->kind) {
    case KEY_NONE:
        return;
    case KEY_SEND:
        send(key->byte);
        return;
    case KEY_FOCUS:
        focus(key->number);
        return;
    case KEY_NEXT:
        focus(count == 0 ? 0 : (screen.focus + 1) % count);
        return;
    case KEY_PREVIOUS:
        focus(count == 0 ? 0 : (screen.focus + count - 1) % count);
        return;
    case KEY_LIST:
        show_list();
        return;
    case KEY_HELP:
        show_help();
        return;
    case KEY_BACK:
        screen_back(&screen, screen.focus);
        screen_say(&screen, "end of the last lines of '%s'", screen.voice[screen.focus].name);
        return;
    case KEY_QUIT:
        command(MANAGER_QUIT, "quit");
        return;
    case KEY_START:
        command(MANAGER_START, "start");
        return;
    case KEY_STOP:
        command(MANAGER_STOP, "stop");
        return;
    case KEY_RESET:
        command(MANAGER_RESET, "reset");
        return;
    case KEY_UNKNOWN:
        screen_say(&screen, "no such command; Ctrl-] h shows them");
        return;
    }
}

static void keyboard_serve(void)
{
    uint8_t byte;

    for (uint32_t i = 0; i < BATCH_KEYS && uart_get(&byte); i++) {
        struct key key = key_take(&prefixed, byte);

        key_serve(&key);
    }
    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        if (typed[i])
            sys_notify(CONSOLE_CAP_CLIENT + i);
        typed[i] = false;
    }
    sys_irq_ack(CONSOLE_CAP_UART_IRQ);
}

/* The manager's own messages. Returns whether there is more. */
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
    for (uint32_t i = 0; i < count; i++)
        text[i] = link->log[(link->log_tail + i) % LINK_LOG_BYTES];
    screen_take(&screen, VOICE_SYSTEM, text, count, sys_time());
    out_flush(); /* the manager powers the machine off once this is read: it must be out by then */
    __atomic_store_n(&link->log_tail, link->log_tail + count, __ATOMIC_RELEASE);
    return link->log_tail != head;
}

static bool ring_serve(uint32_t guest)
{
    uint8_t text[BATCH_BYTES];
    uint32_t count = ring_take(ring_of(guest), text, BATCH_BYTES);

    screen_take(&screen, guest, text, count, sys_time());
    return ring_has_more(ring_of(guest));
}

/* The manager says by an odd count that a ring is there, by an even one that it is to be left alone. */
static void links_serve(void)
{
    struct console_link *link = link_page();

    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        uint32_t wanted = __atomic_load_n(&link->wanted[i], __ATOMIC_ACQUIRE);

        if (wanted == link->seen[i])
            continue;
        if (attached[i]) {
            for (uint32_t k = 0; k < RING_BYTES / BATCH_BYTES && ring_serve(i); k++)
                continue;
            screen_finish(&screen, i);
        }
        attached[i] = wanted % 2 == 1;
        if (!attached[i])
            sys_cap_drop(CONSOLE_CAP_CLIENT + i);
        __atomic_store_n(&link->seen[i], wanted, __ATOMIC_RELEASE);
    }
}

/* Rounds until all rings are empty; returns when the screen wants to be looked at again. */
static uint64_t rounds_serve(void)
{
    uint64_t next = SEPTUM_FOREVER;
    bool more = true;

    while (more) {
        links_serve();
        more = log_serve();
        for (uint32_t i = 0; i < BUNDLE_GUESTS; i++)
            more = (attached[i] && ring_serve(i)) || more;
        keyboard_serve();
        next = screen_quiet(&screen, sys_time(), milliseconds(QUIET_MS));
    }
    out_flush();
    return next;
}

static void start(void)
{
    const struct console_link *link = link_page();

    uart_start();
    screen_start(&screen);
    for (uint32_t i = 0; i < link->guest_count; i++)
        screen_name(&screen, i, link->name[i]);
    screen_say(&screen, "the keyboard goes to '%s'; Ctrl-] h shows the commands, Ctrl-] q quits", screen.voice[0].name);
}

_Noreturn void server_main(uint64_t argument)
{
    (void)argument;
    start();
    for (;;)
        sys_wait(rounds_serve());
}
