/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "device_server.h"

#include "uplink.h"

#include <string.h>

#define SERVER_PRIORITY  5 /* above every guest, below the manager */
#define SERVER_BUDGET_US 8000
#define SERVER_PERIOD_US 10000
#define LIVED_US         60000000 /* one that ran so long is started again at once */
#define PAUSE_FIRST_US   1000000
#define PAUSE_MOST_US    64000000
#define FAILURES_MOST    10u /* in a row: more than three minutes */
#define LINK_STRIDE      UINT64_C(0x10000)

struct device_server device_server[DEVICE_SERVERS];

_Static_assert(DEVICE_LINK_FRAMES * FRAME_BYTES <= LINK_STRIDE, "a link ends before the next");

/* Not as initial values: these would bring 100 KiB of zeros into the bundle, to be loaded and checked at each start. */
void device_servers_name(void)
{
    static const struct {
        const char *name;
        uint32_t kind;
        uint32_t ring_frames;
        uint32_t ring_shared;
        uint32_t physical;
        uint32_t party; /* of the physical device */
        uint32_t dma_frames;
    } about[DEVICE_SERVERS] = {
        {"block", DEVICE_BLOCK, BLOCK_RING_FRAMES, BLOCK_RING_HEAD, PHYSICAL_9P, POLICY_BLOCK_DMA, DEVICE_DMA_FRAMES},
        {"net", DEVICE_NET, NET_RING_FRAMES, NET_RING_FRAMES, PHYSICAL_NONE, 0, 0},
        {"entropy", DEVICE_ENTROPY, ENTROPY_RING_FRAMES, ENTROPY_RING_FRAMES, PHYSICAL_RNG, POLICY_ENTROPY_DMA,
         ENTROPY_DMA_FRAMES},
        {"disk", DEVICE_DISK, BLOCK_RING_FRAMES, BLOCK_RING_HEAD, PHYSICAL_DISK, POLICY_DISK_DMA, DISK_DMA_FRAMES},
        {"uplink", DEVICE_UPLINK, NET_RING_FRAMES, NET_RING_FRAMES, PHYSICAL_NET, POLICY_UPLINK_DMA, UPLINK_DMA_FRAMES},
    };

    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        device_server[i].name = about[i].name;
        device_server[i].kind = about[i].kind;
        device_server[i].ring_frames = about[i].ring_frames;
        device_server[i].ring_shared = about[i].ring_shared;
        device_server[i].physical.type = about[i].physical;
        device_server[i].physical.party = about[i].party;
        device_server[i].physical.dma_frames = about[i].dma_frames;
    }
}

bool device_server_lends_rings(const struct device_server *s)
{
    return s->ring_shared < s->ring_frames;
}

struct device_server *device_server_of(uint32_t kind)
{
    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        if (device_server[i].kind == kind)
            return &device_server[i];
    }
    return NULL;
}

/* The whole page is the server's to write: whatever the last one left there goes. */
static void link_write(struct device_server *s)
{
    struct device_link *link = s->link;

    memset(link, 0, sizeof *link);
    link->timebase = boot_info()->timebase;
    s->log_tail = 0;
    memcpy(link->client, s->client, sizeof link->client);
    physical_tell(&s->physical, link);
    if (s->kind == DEVICE_ENTROPY)
        link->seeded = world_seed(link->seed) ? 1 : 0;
    /* Each ring that is there is news to it; of one that it is to leave it still holds the bell. */
    for (uint32_t c = 0; c < DEVICE_CLIENTS; c++)
        link->seen[c] = s->client[c].wanted == 0 ? 0 : s->client[c].wanted - 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static bool link_make(struct device_server *s)
{
    const struct place self = {CAP_SELF, &self_estate};
    const uint64_t va = SELF_VA_DEVICE_LINK + LINK_STRIDE * (uint64_t)(s - device_server);

    if (!estate_take(&self_estate, DEVICE_LINK_FRAMES, 1, &s->link_first))
        return false;
    for (uint64_t i = 0; i < DEVICE_LINK_FRAMES; i++) {
        if (!place_map(&self, va + i * FRAME_BYTES, s->link_first + i, 0, MAP_READ | MAP_WRITE))
            return false;
    }
    s->link = (struct device_link *)(uintptr_t)va;
    link_write(s);
    return true;
}

static bool space_make(struct device_server *s)
{
    struct place place = {NO_CAP, &s->estate};
    const bool made = place_server(&place, "creating a device server's domain", s->name, &s->entry, &s->writable);

    s->domain_cap = place.domain;
    return made && place_lend(&place, "lending the link", CAP_SELF, DEVICE_VA_LINK, s->link_first, DEVICE_LINK_FRAMES);
}

static bool thread_and_bells(struct device_server *s)
{
    const struct time_share share = {SERVER_PRIORITY, SERVER_BUDGET_US, SERVER_PERIOD_US};

    return cap_take(&s->thread_cap) &&
           thread_make(s->domain_cap, s->thread_cap, boot_info()->hart_count - 1, &share) && cap_take(&s->bell_cap) &&
           !refused("making a device server's bell",
                    sys_cap_grant(CAP_SELF, s->bell_cap, s->thread_cap, CAP_NOTIFY, DEVICE_BIT_LINK)) &&
           !refused("granting the manager's bell", sys_cap_grant(s->domain_cap, DEVICE_CAP_MANAGER, BOOT_CAP_THREAD,
                                                                 CAP_NOTIFY, MANAGER_BIT_DEVICE));
}

static bool server_start(struct device_server *s)
{
    s->down = false;
    s->starts++;
    s->started = sys_time();
    return !refused("starting a device server", sys_thread_start(s->thread_cap, s->entry, SERVER_VA_STACK,
                                                                 s->starts | (s->given_up ? DEVICE_GIVEN_UP : 0)));
}

bool device_server_build(struct device_server *s)
{
    s->pause = 0;
    if (link_make(s) && space_make(s) && thread_and_bells(s) && physical_give(s) &&
        (s->kind != DEVICE_UPLINK || uplink_join()) && server_start(s))
        return true;
    cap_free(&s->thread_cap);
    return false;
}

bool device_server_is_there(const struct device_server *s)
{
    return s != NULL && s->thread_cap != NO_CAP;
}

bool device_server_serves(const struct device_server *s)
{
    return device_server_is_there(s) && !s->given_up;
}

void device_server_wake(const struct device_server *s)
{
    if (s->bell_cap != NO_CAP)
        sys_notify(s->bell_cap);
}

/* `wanted` counts on from whoever had the number before: no server takes one for the other. */
void device_server_describe(struct device_server *s, uint32_t client, const struct device_client *about)
{
    struct device_client *c = &s->client[client];
    struct device_client now = *about;

    now.wanted = c->wanted;
    now.ring = c->ring;
    *c = now;
    if (s->link != NULL)
        s->link->client[client] = now;
}

bool device_server_client(struct device_server *s, const struct device_client *about, uint32_t *client)
{
    _Static_assert(DEVICE_CLIENTS < 64, "a set of clients is one word, never full");
    *client = (uint32_t)__builtin_ctzll(~s->taken);
    if (*client >= DEVICE_CLIENTS)
        return !refused("a free number of a device server's clients", SEPTUM_FULL);
    s->taken |= UINT64_C(1) << *client;
    device_server_describe(s, *client, about);
    return true;
}

void device_server_forget(struct device_server *s, uint32_t client)
{
    s->taken &= ~(UINT64_C(1) << client);
}

/* A physical device knows the ring by the server's own address, or, where no IOMMU is in front of it, by the physical. */
void device_server_ring(struct device_server *s, uint32_t client, uint64_t frame)
{
    s->client[client].ring = s->physical.domain_cap != NO_CAP ? DEVICE_VA_RING + (uint64_t)DEVICE_RING_STRIDE * client
                                                              : boot_info()->ram_base + frame * FRAME_BYTES;
    s->link->client[client].ring = s->client[client].ring;
}

void device_server_tell(struct device_server *s, uint32_t client)
{
    s->client[client].wanted++;
    __atomic_store_n(&s->link->client[client].wanted, s->client[client].wanted, __ATOMIC_RELEASE);
    device_server_wake(s);
}

bool device_server_has_seen(const struct device_server *s, uint32_t client)
{
    return __atomic_load_n(&s->link->seen[client], __ATOMIC_ACQUIRE) == s->client[client].wanted;
}

static bool server_renew(struct device_server *s)
{
    const struct place place = {s->domain_cap, &s->estate};

    link_write(s);
    return place_renew(&place, &s->writable) && server_start(s);
}

/* A server whose memory cannot be made anew is not started any more: its clients' rings stay as they are. */
static void server_again(struct device_server *s)
{
    if (server_renew(s)) {
        if (s->given_up)
            say("the %s server has failed %u times in a row and is given up: its devices give errors; 'kill %s' tries it "
                "once more", s->name, s->failures, s->name);
        else
            say("the %s server was started again", s->name);
        return;
    }
    say("the %s server cannot be started again: %s: %s; its guests run on without it", s->name, trouble.step,
        status_text(trouble.status));
    cap_free(&s->thread_cap);
}

/* It cannot even tell its clients: who waits for it waits until his monitor's patience ends. */
static void server_lost(struct device_server *s)
{
    say("the %s server fails although it was given up; its guests run on without it", s->name);
    s->down = true;
    cap_free(&s->thread_cap);
}

void device_server_restart(struct device_server *s, bool by_hand)
{
    const uint64_t now = sys_time();

    thread_halt(s->thread_cap);
    if (s->given_up && !by_hand) {
        server_lost(s);
        return;
    }
    if (by_hand || now - s->started >= ticks(LIVED_US)) {
        s->pause = 0;
        s->failures = 0;
    }
    s->failures += by_hand ? 0 : 1;
    s->given_up = s->failures == FAILURES_MOST;
    s->down = true;
    s->due = now + s->pause;
    if (s->pause == 0 || s->given_up)
        server_again(s);
    else
        say("the %s server is started again in %lu s", s->name, s->pause / ticks(1000000));
    s->pause = s->pause == 0 ? ticks(PAUSE_FIRST_US) : s->pause * 2;
    if (s->pause > ticks(PAUSE_MOST_US))
        s->pause = ticks(PAUSE_MOST_US);
}

void device_server_faults(void)
{
    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        struct device_server *s = &device_server[i];
        struct sys_thread_info info;

        if (!device_server_is_there(s) || s->down)
            continue;
        info = sys_thread_info(s->thread_cap);
        if (info.status != SEPTUM_OK || info.state != THREAD_FAULTED)
            continue;
        device_server_news(); /* its last words */
        say("the %s server faulted: cause %lu at pc 0x%lx, address 0x%lx", s->name, info.cause, info.pc, info.stval);
        device_server_restart(s, false);
    }
}

uint64_t device_server_work(void)
{
    uint64_t next = SEPTUM_FOREVER;

    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        struct device_server *s = &device_server[i];

        if (!device_server_is_there(s) || !s->down)
            continue;
        if (sys_time() >= s->due)
            server_again(s);
        else if (s->due < next)
            next = s->due;
    }
    return next;
}
