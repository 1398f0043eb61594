/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What device servers say to the operator, and what they count. Both come from their link pages: a server that was
 * taken over must neither forge a message of another part nor keep the manager busy.
 */
#include <lib/text.h>

#include "device.h"
#include "device_server.h"

#define LINE_BYTES   360u
#define LINES_MOST   20u /* of one server in a second; what is over is dropped */
#define LINES_US     1000000

/* True once a line has ended; `used` bytes of it are there. Only printable characters pass. */
static bool line_take(char line[LINE_BYTES], uint32_t *used, uint8_t byte)
{
    if (byte == '\n')
        return true;
    if (*used < LINE_BYTES - 1)
        line[(*used)++] = byte >= ' ' && byte <= '~' ? (char)byte : '?';
    return false;
}

static void line_show(struct device_server *s, const char *line, uint32_t bytes)
{
    const uint64_t now = sys_time();

    if (now - s->log_since >= ticks(LINES_US)) {
        s->log_since = now;
        s->log_lines = 0;
    }
    if (s->log_lines++ < LINES_MOST)
        say("%s: %.*s", s->name, (int)bytes, line);
}

static void log_show(struct device_server *s)
{
    const uint32_t head = __atomic_load_n(&s->link->log_head, __ATOMIC_ACQUIRE);
    char line[LINE_BYTES];
    uint32_t used = 0;
    uint32_t at = s->log_tail;

    if (head - at > DEVICE_LOG_BYTES)
        s->log_tail = at = head;
    while (at != head) {
        const uint8_t byte = __atomic_load_n(&s->link->log[at % DEVICE_LOG_BYTES], __ATOMIC_RELAXED);

        at++;
        if (!line_take(line, &used, byte))
            continue;
        line_show(s, line, used);
        s->log_tail = at;
        used = 0;
    }
    if (at - s->log_tail == DEVICE_LOG_BYTES) /* a line without end would stay there for ever */
        s->log_tail = at;
    __atomic_store_n(&s->link->log_tail, s->log_tail, __ATOMIC_RELEASE);
}

void device_server_news(void)
{
    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        if (device_server[i].link != NULL)
            log_show(&device_server[i]);
    }
}

#define DISK_COUNTERS  {"reads", "bytes read", "writes", "bytes written", "flushes", "errors"}
#define FRAME_COUNTERS {"packets out", "bytes out", "packets in", "bytes in", "dropped", "errors"}

/* What a kind's counters mean, in their order. */
static const char *const counter_name[][DEVICE_COUNTERS] = {
    [DEVICE_BLOCK] = DISK_COUNTERS,
    [DEVICE_NET] = FRAME_COUNTERS,
    [DEVICE_ENTROPY] = {"bytes"},
    [DEVICE_CONSOLE] = {NULL},
    [DEVICE_DISK] = DISK_COUNTERS,
    [DEVICE_UPLINK] = FRAME_COUNTERS,
    [DEVICE_BALLOON] = {NULL},
};

static void counters_format(char text[LINE_BYTES], const struct device_server *s, uint32_t client)
{
    size_t used = 0;

    for (uint32_t k = 0; k < DEVICE_COUNTERS && counter_name[s->kind][k] != NULL; k++)
        used += text_format(text + used, LINE_BYTES - used, "%s%lu %s", k == 0 ? "" : ", ", s->link->counter[client][k],
                            counter_name[s->kind][k]);
}

static void counters_say(uint32_t index, const struct device_server *s, uint32_t client)
{
    char text[LINE_BYTES];

    counters_format(text, s, client);
    say("  device %u, %s: %s", index, s->name, text);
}

void device_stats_say(const struct guest *g)
{
    for (uint32_t i = 0; i < device_count(g->index); i++) {
        const struct guest_device *d = device_at(g->index, i);

        if (d->attached && counter_name[d->kind][0] != NULL)
            counters_say(i, d->server, d->client);
    }
}

void uplink_stats_say(void)
{
    const struct device_server *s = device_server_of(DEVICE_UPLINK);
    char text[LINE_BYTES];

    if (s->link == NULL)
        return;
    counters_format(text, s, 0);
    say("  uplink of network '%.*s': %s", BUNDLE_NAME_BYTES, bundle->network[s->client[0].about.net.network].name, text);
}
