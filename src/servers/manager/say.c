/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The manager's own messages. */
#include "manager.h"

#include <lib/server.h>
#include <lib/text.h>

#include <string.h>

#define LINE_BYTES  400
#define PATIENCE_US 20000 /* how long a message waits for room before it is dropped */

static void firmware_put(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n')
            sys_system_log('\r');
        sys_system_log(text[i]);
    }
}

static uint32_t link_room(void)
{
    uint32_t used = link_page->log_head - __atomic_load_n(&link_page->log_tail, __ATOMIC_ACQUIRE);

    return used > LINK_LOG_BYTES ? 0 : LINK_LOG_BYTES - used;
}

static void link_put(const char *text, size_t bytes)
{
    uint64_t until = sys_time() + ticks(PATIENCE_US);

    console_wake();
    while (link_room() < bytes && sys_time() < until)
        continue;
    if (link_room() < bytes)
        return;
    for (size_t i = 0; i < bytes; i++)
        link_page->log[(link_page->log_head + i) % LINK_LOG_BYTES] = (uint8_t)text[i];
    __atomic_store_n(&link_page->log_head, link_page->log_head + (uint32_t)bytes, __ATOMIC_RELEASE);
    console_wake();
}

void console_wake(void)
{
    if (console_bell_cap != NO_CAP)
        sys_notify(console_bell_cap);
}

void server_put(const char *text, size_t bytes)
{
    if (console_bell_cap != NO_CAP)
        link_put(text, bytes);
    else
        firmware_put(text, bytes);
}

void say_begins(uint32_t ticket)
{
    const char mark[] = {LINK_SAYS, (char)('0' + ticket % LINK_TICKETS)};

    if (ticket != 0 && console_bell_cap != NO_CAP)
        link_put(mark, sizeof mark);
}

void say_ends(uint32_t ticket, bool good)
{
    const char mark[] = {LINK_SAID, good ? '0' : '1'};

    if (ticket != 0 && console_bell_cap != NO_CAP)
        link_put(mark, sizeof mark);
}

static void say_list(const char *format, va_list list)
{
    char line[LINE_BYTES];
    size_t bytes = text_format_list(line, sizeof line - 1, format, list);

    line[bytes++] = '\n';
    if (console_bell_cap == NO_CAP)
        firmware_put("[septum] ", 9);
    server_put(line, bytes);
}

void say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say_list(format, list);
    va_end(list);
}

_Noreturn void say_and_stop(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say_list(format, list);
    va_end(list);
    machine_off("the system cannot start");
}

const char *status_text(int64_t status)
{
    static const char *const text[] = {
        "ok",
        "no such call",
        "no such capability",
        "denied",
        "it has ended",
        "a bad argument",
        "not the owner",
        "a frame of the wrong kind",
        "already mapped",
        "not mapped",
        "no table there",
        "busy",
        "out of memory or slots",
        "in the wrong state",
    };
    uint64_t index = (uint64_t)0 - (uint64_t)status;

    return index < sizeof text / sizeof text[0] ? text[index] : "an unknown status";
}
