/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "stats.h"

#include <lib/text.h>

#include <string.h>

#include "reply.h"

#define FRAMES_PER_MIB 256u
#define NEAR           5u /* a fifth of a second says little of a rate */

static const char *const exit_name[EXIT_KINDS] = {"timer", "ipi", "fence", "sbi", "uart", "plic", "device", "other"};
static const char *const frame_name[FRAME_SORTS] = {"memory", "tables", "shadow", "server"};

static uint64_t exits_of(const struct stats *s, uint32_t guest)
{
    uint64_t exits = 0;

    for (uint32_t i = 0; i < EXIT_KINDS; i++)
        exits += s->exits[guest][i];
    return exits;
}

static uint64_t frames_of(const struct link_usage *u)
{
    uint64_t frames = 0;

    for (uint32_t i = 0; i < FRAME_SORTS; i++)
        frames += u->frames[i];
    return frames;
}

void stats_take(struct stats *s)
{
    const struct console_link *link = s->link;
    const uint64_t passed = link->usage_time - s->taken;
    const bool far = s->taken != 0 && passed >= link->timebase / NEAR;

    for (uint32_t i = 0; i < link->guest_count && i < BUNDLE_GUESTS; i++) {
        const struct link_usage *u = &link->usage[i];
        const uint64_t total = exits_of(s, i);
        const bool same = far && u->age >= passed && total >= s->total[i]; /* the monitor that counted then */
        const uint64_t ticks = same ? passed : u->age;

        s->rate[i] = ticks == 0 ? 0 : (total - (same ? s->total[i] : 0)) * link->timebase / ticks;
        s->total[i] = total;
    }
    s->taken = link->usage_time;
}

static const char *mode_text(uint32_t mode)
{
    return mode == BUNDLE_SHADOW ? "shadow" : mode == BUNDLE_HARDWARE ? "hardware" : "-";
}

static void guest_row(const struct stats *s, uint32_t guest, char *row)
{
    const struct link_usage *u = &s->link->usage[guest];
    const uint64_t second = s->link->timebase;

    text_format(row, STATS_ROW_BYTES, "%-16s %6lu.%02lu s %4u MiB %4lu MiB  %4u  %-8s  %6u", s->link->name[guest],
                u->time / second, u->time % second * 100 / second, u->memory_mib, frames_of(u) / FRAMES_PER_MIB, u->cpus,
                mode_text(u->mode), u->starts);
}

/* In at most four characters. */
static void count_text(uint64_t count, char text[8])
{
    static const char unit[] = " kMGTPE";
    uint32_t n = 0;

    for (; count > 9999 || (n > 0 && count > 999); n++)
        count /= 1000;
    text_format(text, 8, n == 0 ? "%lu" : "%lu%c", count, unit[n]);
}

static void exits_row(const struct stats *s, uint32_t guest, char *row)
{
    char text[8];
    size_t used;

    count_text(s->rate[guest], text);
    used = text_format(row, STATS_ROW_BYTES, "%-13.13s %5s", s->link->name[guest], text);
    for (uint32_t i = 0; i < EXIT_KINDS; i++) {
        count_text(s->exits[guest][i], text);
        used += text_format(row + used, STATS_ROW_BYTES - used, " %5s", text);
    }
}

static void exits_head(char *row)
{
    size_t used = text_format(row, STATS_ROW_BYTES, "%-13s %5s", "exits", "per s");

    for (uint32_t i = 0; i < EXIT_KINDS; i++)
        used += text_format(row + used, STATS_ROW_BYTES - used, " %5.5s", exit_name[i]);
}

static void frames_row(const char *name, const struct link_usage *u, char *row)
{
    size_t used = text_format(row, STATS_ROW_BYTES, "%-16s", name);

    for (uint32_t i = 0; i < FRAME_SORTS; i++)
        used += text_format(row + used, STATS_ROW_BYTES - used, " %8u", u->frames[i]);
    text_format(row + used, STATS_ROW_BYTES - used, " %8lu", frames_of(u));
}

static void frames_head(char *row)
{
    size_t used = text_format(row, STATS_ROW_BYTES, "%-16s", "frames");

    for (uint32_t i = 0; i < FRAME_SORTS; i++)
        used += text_format(row + used, STATS_ROW_BYTES - used, " %8s", frame_name[i]);
    text_format(row + used, STATS_ROW_BYTES - used, " %8s", "in all");
}

/* The guests that are there, as indices of the link; returns how many. Empty rooms have no names. */
static uint32_t guests_of(const struct console_link *link, uint32_t guest[BUNDLE_GUESTS])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < link->guest_count && i < BUNDLE_GUESTS; i++) {
        if (link->name[i][0] != '\0')
            guest[count++] = i;
    }
    return count;
}

/* Three tables: a row for each guest and its head, twice; then those that hold frames. */
bool stats_row(const struct stats *s, uint32_t n, char row[STATS_ROW_BYTES])
{
    const struct console_link *link = s->link;
    uint32_t guest[BUNDLE_GUESTS];
    const uint32_t guests = guests_of(link, guest);
    const uint32_t servers = link->server_count < LINK_SERVERS ? link->server_count : LINK_SERVERS;
    const uint32_t table = n / (guests + 1);
    const uint32_t line = n % (guests + 1);

    if (table == 0 && line == 0)
        text_format(row, STATS_ROW_BYTES, "guest              CPU time   memory   in all  CPUs  mode      starts");
    else if (table == 0)
        guest_row(s, guest[line - 1], row);
    else if (table == 1 && line == 0)
        exits_head(row);
    else if (table == 1)
        exits_row(s, guest[line - 1], row);
    else if (table == 2 && line == 0)
        frames_head(row);
    else if (table == 2)
        frames_row(link->name[guest[line - 1]], &link->usage[guest[line - 1]], row);
    else if (n - 3 * (guests + 1) < servers)
        frames_row(link->server[n - 3 * (guests + 1)], &link->server_usage[n - 3 * (guests + 1)], row);
    else if (n - 3 * (guests + 1) == servers)
        frames_row("manager", &link->manager_usage, row);
    else
        text_format(row, STATS_ROW_BYTES, "%lu MiB are free: %lu of %lu frames", link->frames_free / FRAMES_PER_MIB,
                    link->frames_free, link->frames_all);
    return n <= 3 * (guests + 1) + servers + 1;
}

static void frames_reply(const struct link_usage *u)
{
    reply_text("\"frames\":{");
    for (uint32_t i = 0; i < FRAME_SORTS; i++)
        reply_text("%s\"%s\":%u", i == 0 ? "" : ",", frame_name[i], u->frames[i]);
    reply_text("}");
}

static uint64_t microseconds(const struct stats *s, uint64_t ticks)
{
    return ticks / s->link->timebase * 1000000 + ticks % s->link->timebase * 1000000 / s->link->timebase;
}

static void guest_reply(const struct stats *s, uint32_t guest)
{
    const struct link_usage *u = &s->link->usage[guest];

    reply_text("{\"name\":\"%.31s\",\"cpu_us\":%lu,\"age_us\":%lu,\"memory_mib\":%u,\"described_mib\":%u,\"cpus\":%u,",
               s->link->name[guest], microseconds(s, u->time), microseconds(s, u->age), u->memory_mib, u->described_mib, u->cpus);
    reply_text("\"mode\":\"%s\",\"starts\":%u,\"exits_per_second\":%lu,\"exits\":{", mode_text(u->mode), u->starts,
               s->rate[guest]);
    for (uint32_t i = 0; i < EXIT_KINDS; i++)
        reply_text("%s\"%s\":%lu", i == 0 ? "" : ",", exit_name[i], s->exits[guest][i]);
    reply_text("},");
    frames_reply(u);
    reply_text("}");
}

void stats_reply(const struct stats *s)
{
    const struct console_link *link = s->link;
    uint32_t guest[BUNDLE_GUESTS];
    const uint32_t guests = guests_of(link, guest);

    reply_text(",\"guests\":[");
    for (uint32_t i = 0; i < guests; i++) {
        reply_text("%s", i == 0 ? "" : ",");
        guest_reply(s, guest[i]);
    }
    reply_text("],\"servers\":[");
    for (uint32_t i = 0; i < link->server_count && i < LINK_SERVERS; i++) {
        reply_text("%s{\"name\":\"%.15s\",", i == 0 ? "" : ",", link->server[i]);
        frames_reply(&link->server_usage[i]);
        reply_text("}");
    }
    reply_text("],\"manager\":{");
    frames_reply(&link->manager_usage);
    reply_text("},\"frames_free\":%lu,\"frames_all\":%lu", link->frames_free, link->frames_all);
}
