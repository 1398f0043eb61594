/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the system uses, shown once, sent to a program, or drawn again each second on the terminal's other screen until
 * a key is typed. The manager is asked for its numbers each time; what it wrote is news when its count has changed.
 */
#include <lib/sys.h>

#include "console.h"
#include "reply.h"
#include "stats.h"

#include <string.h>

#define PERIOD_MS 1000u

static struct stats stats;
static bool shown_wanted;        /* for the prompt */
static bool watched;
static uint64_t watch_due;
static uint32_t request;         /* a program's; 0: none */
static uint32_t usages;          /* the last that was looked at */

static void stats_gather(void)
{
    stats.link = link_page();
    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        for (uint32_t k = 0; k < EXIT_KINDS; k++) {
            stats.exits[i][k] = 0;
            for (uint32_t cpu = 0; attached[i] && cpu < GUEST_CPUS; cpu++)
                stats.exits[i][k] += __atomic_load_n(&ring_of(i)->exits[cpu][k], __ATOMIC_RELAXED);
        }
    }
    stats_take(&stats);
}

static void stats_say(void)
{
    char row[STATS_ROW_BYTES];

    for (uint32_t n = 0; stats_row(&stats, n, row); n++)
        screen_say(&screen, "%s", row);
}

/* From the upper left corner on; what is left of the last time is cleared. */
static void stats_draw(void)
{
    static const char home[] = "\x1b[H";
    static const char next[] = "\x1b[K\r\n";
    static const char end[] = "\x1b[Kany key ends\x1b[J";
    char row[STATS_ROW_BYTES];

    line_put(home, sizeof home - 1);
    for (uint32_t n = 0; stats_row(&stats, n, row); n++) {
        line_put(row, strlen(row));
        line_put(next, sizeof next - 1);
    }
    line_put(end, sizeof end - 1);
}

static void stats_show(void)
{
    char row[STATS_ROW_BYTES];

    stats_gather();
    if (request != 0) {
        reply_begin(request, 0);
        stats_reply(&stats);
        reply_text(",\"said\":[");
        for (uint32_t n = 0; stats_row(&stats, n, row); n++) {
            reply_text("%s", n == 0 ? "" : ",");
            reply_string(row, strlen(row));
        }
        reply_text("]");
        reply_end();
    }
    if (shown_wanted)
        stats_say();
    if (shown_wanted && prompt.open)
        prompt_show(&prompt, &screen, sys_time());
    if (watched)
        stats_draw();
    request = 0;
    shown_wanted = false;
}

void stats_want(bool watch, uint32_t number)
{
    static const char other[] = "\x1b[?1049h";

    if (number != 0)
        request = number;
    else if (!watch)
        shown_wanted = true;
    if (watch && !watched) {
        screen_hold(true);
        line_put(other, sizeof other - 1);
        watched = true;
        watch_due = sys_time() + milliseconds(PERIOD_MS);
    }
    manager_ask(MANAGER_STATS, 0, NULL);
}

bool stats_watched(void)
{
    return watched;
}

void stats_unwatch(void)
{
    static const char first[] = "\x1b[?1049l";

    watched = false;
    line_put(first, sizeof first - 1);
    screen_hold(false);
    screen_say(&screen, "what guests said meanwhile: log GUEST");
}

uint64_t stats_serve(uint64_t now)
{
    const uint32_t count = __atomic_load_n(&link_page()->usages, __ATOMIC_ACQUIRE);

    if (count != usages && (request != 0 || shown_wanted || watched))
        stats_show();
    usages = count;
    if (!watched)
        return SEPTUM_FOREVER;
    if (now >= watch_due) {
        watch_due = now + milliseconds(PERIOD_MS);
        manager_ask(MANAGER_STATS, 0, NULL);
    }
    return watch_due;
}
