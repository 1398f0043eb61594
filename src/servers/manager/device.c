/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "device.h"

#include "device_server.h"
#include "fetch.h"
#include "pci.h"
#include "room.h"
#include "uplink.h"

#include <string.h>

#define PATIENCE_US 4000000 /* as long as the console's: then the server is started again */

static struct guest_device device[BUNDLE_GUESTS][GUEST_DEVICES];
static uint32_t count[BUNDLE_GUESTS];

uint32_t device_count(uint32_t owner)
{
    return count[owner];
}

const struct guest_device *device_at(uint32_t owner, uint32_t index)
{
    return &device[owner][index];
}

/* Who serves such a device; NULL: nobody. */
static struct device_server *server_for(uint32_t kind, uint32_t flags)
{
    return device_server_of(kind == DEVICE_BLOCK && (flags & BUNDLE_DISK_SLICE) != 0 ? DEVICE_DISK : kind);
}

/* One more device of the guest, as a client of the server for it, if one serves it. */
static bool device_add(const struct guest *g, uint32_t kind, uint32_t flags, struct device_client *client)
{
    struct guest_device *d = &device[g->index][count[g->index]];
    struct device_server *s = server_for(kind, flags);

    *d = (struct guest_device){.kind = kind, .flags = flags, .server = s};
    client->kind = kind;
    client->guest = g->index;
    memcpy(client->name, g->about->name, sizeof client->name);
    if (s != NULL && !device_server_client(s, client, &d->client))
        return false;
    count[g->index]++;
    return true;
}

static bool disks_add(const struct guest *g)
{
    for (uint32_t i = 0; i < g->source->disk_count; i++) {
        const struct bundle_disk *disk = &g->source->disk[i];
        struct device_client client = {.number = count[g->index], .about.disk = *disk};

        if (disk->guest == g->source_index && !device_add(g, DEVICE_BLOCK, disk->flags, &client))
            return false;
    }
    return true;
}

static bool nets_add(const struct guest *g)
{
    for (uint32_t i = 0; i < g->source->net_count; i++) {
        struct device_client client = {.about.net = g->source->net[i]};

        if (g->source != bundle)
            client.about.net.network = room_network(bundle, g->source, client.about.net.network);
        if (client.about.net.guest == g->source_index && !device_add(g, DEVICE_NET, 0, &client))
            return false;
    }
    return true;
}

bool devices_take(const struct guest *g)
{
    const uint32_t more = g->about->devices;
    struct device_client entropy = {0};
    struct device_client console = {0};
    struct device_client balloon = {0};

    count[g->index] = 0;
    return disks_add(g) && nets_add(g) &&
           ((more & BUNDLE_GUEST_ENTROPY) == 0 || device_add(g, DEVICE_ENTROPY, 0, &entropy)) &&
           ((more & BUNDLE_GUEST_CONSOLE) == 0 || device_add(g, DEVICE_CONSOLE, 0, &console)) &&
           ((more & BUNDLE_GUEST_BALLOON) == 0 || device_add(g, DEVICE_BALLOON, 0, &balloon));
}

void devices_forget(const struct guest *g)
{
    for (uint32_t i = 0; i < count[g->index]; i++) {
        const struct guest_device *d = &device[g->index][i];

        if (d->server != NULL)
            device_server_forget(d->server, d->client);
    }
    count[g->index] = 0;
}

/* What guests that are to come into the rooms may have. */
static void rooms_need(const struct bundle_guest *room)
{
    device_server_of(DEVICE_BLOCK)->needed = true; /* they are read by it */
    if (room->networks != 0)
        device_server_of(DEVICE_NET)->needed = true;
    if ((room->devices & BUNDLE_GUEST_ENTROPY) != 0)
        device_server_of(DEVICE_ENTROPY)->needed = true;
}

/* The bundle was checked: no guest has more than GUEST_DEVICES, no server more than DEVICE_CLIENTS. */
static void devices_list(void)
{
    _Static_assert(BUNDLE_DISKS <= DEVICE_CLIENTS && BUNDLE_NETS < DEVICE_CLIENTS && BUNDLE_GUESTS <= DEVICE_CLIENTS,
                   "each server has room for all of its clients");
    for (uint32_t i = 0; i < guest_count; i++) {
        if (guest[i].source != NULL)
            (void)devices_take(&guest[i]);
        else
            rooms_need(&bundle->guest[i]);
    }
    uplink_list();
    for (uint32_t i = 0; i < DEVICE_SERVERS; i++)
        device_server[i].needed = device_server[i].needed || device_server[i].taken != 0;
}

/* The types of the machine's own devices that the servers want, as a set. */
static uint32_t types_wanted(void)
{
    uint32_t wanted = 0;

    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        if (device_server[i].needed && device_server[i].physical.type != PHYSICAL_NONE)
            wanted |= UINT32_C(1) << device_server[i].physical.type;
    }
    return wanted;
}

void devices_begin(void)
{
    device_servers_name();
    devices_list();
    pci_begin(types_wanted());
    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        struct device_server *s = &device_server[i];

        if (s->needed && !device_server_build(s))
            say("the %s server cannot be built: %s: %s (%ld); guests with such devices do not start", s->name,
                trouble.step, status_text(trouble.status), trouble.status);
    }
    fetch_prepare();
}

static const struct bundle_net *net_of(const struct guest_device *d)
{
    return d->kind == DEVICE_NET ? &d->server->client[d->client].about.net : NULL;
}

static bool server_is_had(const struct guest *g, const struct device_server *s, const char *what)
{
    if (s->physical.lack != NULL) {
        say("guest '%s' has a %s device, but %s; the other guests go on", g->about->name, what, s->physical.lack);
        return false;
    }
    if (device_server_serves(s))
        return true;
    say("guest '%s' has a %s device, but the %s server does not run; the other guests go on", g->about->name, what,
        s->name);
    return false;
}

/* A guest without its disk would lose what it writes: it does not start at all. */
bool devices_are_served(const struct guest *g)
{
    for (uint32_t i = 0; i < count[g->index]; i++) {
        const struct guest_device *d = &device[g->index][i];

        if (d->server == NULL)
            continue;
        if (!server_is_had(g, d->server, d->server->name) ||
            (uplink_is_asked(net_of(d)) && !server_is_had(g, device_server_of(DEVICE_UPLINK), "net")))
            return false;
    }
    return true;
}

bool devices_join(struct guest *g)
{
    for (uint32_t i = 0; i < count[g->index]; i++) {
        const struct device_server *s = device[g->index][i].server;

        if (s == NULL)
            continue;
        if (!domains_join("joining monitor and device server", POLICY_MONITOR(g->index), g->monitor_cap,
                          policy_server(s->kind), s->domain_cap))
            return false;
        if (s->physical.domain_cap != NO_CAP && device_server_lends_rings(s) &&
            !domains_join("joining monitor and physical device", POLICY_MONITOR(g->index), g->monitor_cap,
                          s->physical.party, s->physical.domain_cap))
            return false;
    }
    return true;
}

void devices_start_page(const struct guest *g, struct monitor_start *start)
{
    start->device_count = count[g->index];
    for (uint32_t i = 0; i < count[g->index]; i++)
        start->device[i] = (struct monitor_device){device[g->index][i].kind, device[g->index][i].flags};
}

/* Is the server still busy with what it was told last? *late: it has been for too long, although it runs. */
static bool device_waits(struct guest_device *d, bool *late)
{
    *late = false;
    if (device_server_has_seen(d->server, d->client)) {
        d->due = 0;
        return false;
    }
    if (d->due == 0 || d->server->down)
        d->due = sys_time() + ticks(PATIENCE_US);
    *late = sys_time() > d->due;
    if (*late)
        d->due = 0;
    return true;
}

/* Who has frame i of a ring on loan: the server, or its device; NO_CAP: nobody, as the device needs no leave. */
static uint64_t borrower_of(const struct device_server *s, uint64_t i)
{
    return i < s->ring_shared ? s->domain_cap : s->physical.domain_cap;
}

static bool ring_lend(const struct guest *g, struct guest_device *d)
{
    const uint64_t va = DEVICE_VA_RING + (uint64_t)DEVICE_RING_STRIDE * d->client;

    d->attached = true;
    for (uint64_t i = 0; i < d->server->ring_frames; i++) {
        const struct place to = {borrower_of(d->server, i), &d->server->estate};

        if (to.domain == NO_CAP)
            continue;
        if (!place_lend(&to, "lending a device's ring", g->monitor_cap, va + i * FRAME_BYTES, d->ring + i, 1))
            return false;
    }
    return true;
}

bool device_attach(struct guest *g, uint32_t index, bool *later)
{
    struct guest_device *d = &device[g->index][index];
    struct device_server *s = d->server;
    const struct place monitor = {g->monitor_cap, &g->estate};
    const uint64_t va = MONITOR_VA_DEVICE + (uint64_t)DEVICE_RING_STRIDE * index;
    bool late;

    *later = false;
    if (s == NULL)
        return true;
    if (!device_server_serves(s))
        return !refused("finding a device's server, which ended", SEPTUM_DEAD);
    if (device_waits(d, &late)) { /* of an earlier life of this guest */
        *later = !late;
        return !late || !refused("waiting for a device server to let go of an old ring", SEPTUM_BUSY);
    }
    if (!place_area(&monitor, va, s->ring_frames, &d->ring) || !ring_lend(g, d) ||
        refused("granting a device's bell", sys_cap_grant(g->monitor_cap, MONITOR_CAP_DEVICE + index, s->thread_cap,
                                                          CAP_NOTIFY, UINT64_C(1) << d->client)) ||
        refused("granting the monitor's bell", sys_cap_grant(s->domain_cap, DEVICE_CAP_CLIENT + d->client,
                                                             g->thread_cap[0], CAP_NOTIFY, MONITOR_BIT_DEVICE)))
        return false;
    device_server_ring(s, d->client, d->ring);
    device_server_tell(s, d->client);
    return true;
}

static void ring_return(struct guest_device *d)
{
    for (uint64_t i = 0; i < d->server->ring_frames; i++) {
        const uint64_t borrower = borrower_of(d->server, i);

        if (borrower == NO_CAP)
            continue;
        sys_space_unmap(borrower, d->ring + i);
        sys_frame_release(borrower, d->ring + i);
    }
    d->attached = false;
}

/* The server has said that it touches the ring no more; one that never says so is a fault of the server's. */
static bool device_detach(struct guest_device *d)
{
    bool late;

    if (d->server->client[d->client].wanted % 2 == 1)
        device_server_tell(d->server, d->client);
    /* Its device may still write there, if nothing but the next start's reset keeps it from that. */
    if (d->server->down && d->server->physical.given && d->server->physical.domain_cap == NO_CAP &&
        device_server_lends_rings(d->server))
        return false;
    if (device_server_is_there(d->server) && !d->server->down && device_waits(d, &late)) {
        if (late)
            device_server_restart(d->server, false);
        return false;
    }
    ring_return(d);
    return true;
}

bool devices_detach(struct guest *g, bool *work)
{
    *work = false;
    for (uint32_t i = 0; i < count[g->index]; i++) {
        if (!device[g->index][i].attached)
            continue;
        *work = device_detach(&device[g->index][i]);
        return false;
    }
    return true;
}
