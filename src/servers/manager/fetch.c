/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The block server may be hostile, as may be what it reads: what its half of the ring says is read once and checked, and
 * the data are looked at only after they were copied to frames of the manager's own.
 */
#include "fetch.h"

#include <lib/text.h>

#include <string.h>

#include "bundle.h"
#include "copy.h"
#include "device_server.h"

#define PATIENCE_US UINT64_C(30000000) /* without an answer; a block server that faults is started again meanwhile */
#define SUM_BYTES   0x40000u           /* of checksums in one slice */
#define WHY_BYTES   300u

enum fetch_step {
    FETCH_IDLE,
    FETCH_ATTACH, /* the block server is to have let go of the ring, and gets it */
    FETCH_READ,
    FETCH_SUM,
    FETCH_DROP, /* it failed, as `why` says: its frames go back */
};

struct fetch_slot {
    bool busy;
    struct block_request asked;
};

static struct {
    enum fetch_step step;
    struct fetch_order order;
    struct copy *copy;
    uint64_t due;   /* until then something is to move */
    uint64_t bytes; /* of the file */
    uint64_t put;   /* of those, asked for */
    uint64_t done;
    uint32_t epoch; /* of the server's start that is known; 0: none */
    uint32_t asked; /* our counters in the ring */
    uint32_t taken;
    struct fetch_slot slot[BLOCK_SLOTS];
    struct bundle_sum sum;
    char why[WHY_BYTES];
} fetch;

static struct device_server *server; /* NULL: there are no rooms, or the ring could not be lent */
static uint32_t client;

static struct block_ring *ring(void)
{
    return (struct block_ring *)(uintptr_t)SELF_VA_FETCH_RING;
}

static bool rooms_are_there(void)
{
    for (uint32_t i = 0; i < bundle->guest_count; i++) {
        if ((bundle->guest[i].devices & BUNDLE_GUEST_ROOM) != 0)
            return true;
    }
    return false;
}

/* The ring stays the manager's, and stays lent. */
static bool ring_make(struct device_server *s, uint64_t *first)
{
    const struct place self = {CAP_SELF, &self_estate};

    if (!estate_take(&self_estate, BLOCK_RING_FRAMES, 1, first))
        return false;
    for (uint64_t i = 0; i < BLOCK_RING_FRAMES; i++) {
        const struct place to = {i < s->ring_shared ? s->domain_cap : s->physical.domain_cap, &s->estate};
        const uint64_t va = DEVICE_VA_RING + (uint64_t)DEVICE_RING_STRIDE * client + i * FRAME_BYTES;

        if (!place_map(&self, SELF_VA_FETCH_RING + i * FRAME_BYTES, *first + i, 0, MAP_READ | MAP_WRITE) ||
            (to.domain != NO_CAP && !place_lend(&to, "lending the manager's ring", CAP_SELF, va, *first + i, 1)))
            return false;
    }
    memset(ring(), 0, BLOCK_RING_HEAD * FRAME_BYTES);
    return true;
}

void fetch_prepare(void)
{
    const struct device_client about = {.kind = DEVICE_BLOCK, .guest = BUNDLE_GUESTS};
    struct device_server *s = device_server_of(DEVICE_BLOCK);
    uint64_t first;

    server = NULL;
    memset(&fetch, 0, sizeof fetch);
    if (!rooms_are_there() || !device_server_serves(s))
        return;
    if (!device_server_client(s, &about, &client) || !ring_make(s, &first)) {
        say("rooms stay empty: %s: %s (%ld)", trouble.step, status_text(trouble.status), trouble.status);
        return;
    }
    device_server_ring(s, client, first);
    server = s;
}

static void step_to(enum fetch_step step)
{
    fetch.step = step;
    fetch.due = sys_time() + ticks(PATIENCE_US);
}

/* The ring is to be left alone: the next one waits until it is. */
static void ring_leave(void)
{
    if (server->client[client].wanted % 2 == 1)
        device_server_tell(server, client);
}

__attribute__((format(printf, 1, 2))) static void give_up(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_format_list(fetch.why, sizeof fetch.why, format, list);
    va_end(list);
    ring_leave();
    step_to(FETCH_DROP);
}

static bool refuse(char *why, size_t why_bytes, const char *reason)
{
    text_format(why, why_bytes, "%s", reason);
    return false;
}

bool fetch_begin(const struct fetch_order *order, char *why, size_t why_bytes)
{
    struct device_client about = {.kind = DEVICE_BLOCK, .guest = BUNDLE_GUESTS,
                                  .about.disk.flags = BUNDLE_DISK_READ_ONLY};

    _Static_assert(LINK_FILE_BYTES <= BUNDLE_PATH_BYTES, "a path of a command is one of a disk");
    memcpy(about.about.disk.path, order->path, LINK_FILE_BYTES - 1);
    if (!rooms_are_there())
        return refuse(why, why_bytes, "there is no room for guests at run time: describe rooms in the system description");
    if (!bundle_path_is_good(about.about.disk.path))
        return refuse(why, why_bytes, "a path is relative, and has no '..': name a file below the shared directory");
    if (fetch.step != FETCH_IDLE)
        return refuse(why, why_bytes, "another guest is being read: try again");
    if (!device_server_serves(server))
        return refuse(why, why_bytes, "the block server does not run");
    if (server->physical.lack != NULL)
        return refuse(why, why_bytes, server->physical.lack);
    fetch.order = *order;
    fetch.copy = copy_new();
    if (fetch.copy == NULL)
        return refuse(why, why_bytes, "there are as many guests as there can be");
    device_server_describe(server, client, &about);
    step_to(FETCH_ATTACH);
    return true;
}

/* What the ring says of an earlier file must not count for this one. */
static void ring_clear(void)
{
    struct block_ring *r = ring();

    fetch.epoch = 0;
    memset(fetch.slot, 0, sizeof fetch.slot);
    fetch.bytes = fetch.put = fetch.done = 0;
    r->epoch_seen = 0;
    __atomic_store_n(&r->state, DEVICE_WAIT, __ATOMIC_SEQ_CST);
}

/* A server that does not let go in time is started again, so that the next one finds it anew. */
static bool attach(void)
{
    if (!device_server_has_seen(server, client)) {
        if (sys_time() <= fetch.due)
            return false;
        if (!server->down)
            device_server_restart(server, false);
        give_up("the block server does not let go of its last file");
        return true;
    }
    if (refused("granting the manager's bell", sys_cap_grant(server->domain_cap, DEVICE_CAP_CLIENT + client,
                                                             BOOT_CAP_THREAD, CAP_NOTIFY, MANAGER_BIT_DEVICE))) {
        give_up("%s: %s", trouble.step, status_text(trouble.status));
        return true;
    }
    ring_clear();
    device_server_tell(server, client);
    step_to(FETCH_READ);
    return true;
}

static void request_put(uint32_t slot)
{
    ring()->request[fetch.asked % BLOCK_SLOTS] = fetch.slot[slot].asked;
    fetch.asked++;
}

static void requests_show(void)
{
    __atomic_store_n(&ring()->asked, fetch.asked, __ATOMIC_RELEASE);
    device_server_wake(server);
}

/* The server has started, perhaps not for the first time: what was under way is asked for again. */
static bool start_take(void)
{
    struct block_ring *r = ring();
    const uint32_t epoch = __atomic_load_n(&r->epoch, __ATOMIC_ACQUIRE);
    uint64_t bytes;

    if (__atomic_load_n(&r->state, __ATOMIC_ACQUIRE) != DEVICE_READY || epoch == fetch.epoch)
        return false;
    bytes = __atomic_load_n(&r->bytes, __ATOMIC_RELAXED);
    if (bytes > COPY_BYTES_MOST || bytes % BLOCK_SECTOR != 0 || (fetch.epoch != 0 && bytes != fetch.bytes)) {
        give_up("it has %lu bytes: at most %lu MiB can be read, and its size must not change", bytes,
                COPY_BYTES_MOST >> 20);
        return true;
    }
    fetch.bytes = bytes;
    fetch.epoch = epoch;
    fetch.asked = fetch.taken = 0;
    r->asked = r->taken = 0;
    __atomic_store_n(&r->epoch_seen, epoch, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        if (fetch.slot[i].busy)
            request_put(i);
    }
    requests_show();
    return true;
}

static void answer_take(const struct block_answer *answer)
{
    const uint32_t slot = __atomic_load_n(&answer->slot, __ATOMIC_RELAXED);
    struct fetch_slot *s = &fetch.slot[slot < BLOCK_SLOTS ? slot : 0];

    if (slot >= BLOCK_SLOTS || !s->busy || __atomic_load_n(&answer->status, __ATOMIC_RELAXED) != BLOCK_OK) {
        give_up("it cannot be read; the block server's line says why");
        return;
    }
    memcpy(copy_bytes(fetch.copy) + s->asked.offset, ring()->data[slot], s->asked.bytes);
    s->busy = false;
    fetch.done += s->asked.bytes;
}

static bool answers_take(void)
{
    const uint32_t served = __atomic_load_n(&ring()->served, __ATOMIC_ACQUIRE);

    /* Against the rules, or the server is starting again. */
    if (fetch.epoch == 0 || served == fetch.taken || served - fetch.taken > BLOCK_SLOTS)
        return false;
    while (fetch.taken != served && fetch.step == FETCH_READ)
        answer_take(&ring()->answer[fetch.taken++ % BLOCK_SLOTS]);
    __atomic_store_n(&ring()->taken, fetch.taken, __ATOMIC_RELEASE);
    return true;
}

static bool requests_make(void)
{
    bool made = false;

    for (uint32_t i = 0; i < BLOCK_SLOTS && fetch.epoch != 0 && fetch.put < fetch.bytes; i++) {
        const uint64_t left = fetch.bytes - fetch.put;
        const uint64_t bytes = left < BLOCK_SLOT_BYTES ? left : BLOCK_SLOT_BYTES;

        if (fetch.slot[i].busy)
            continue;
        if (!copy_grow(fetch.copy, fetch.put + bytes)) {
            give_up("there is no memory for it: %s: %s", trouble.step, status_text(trouble.status));
            return true;
        }
        fetch.slot[i] = (struct fetch_slot){true, {BLOCK_READ, i, fetch.put, bytes}};
        fetch.put += bytes;
        request_put(i);
        made = true;
    }
    if (made)
        requests_show();
    return made;
}

static void read_end(void)
{
    char why[WHY_BYTES];

    ring_leave();
    fetch.sum = (struct bundle_sum){0};
    if (bundle_check_guest(copy_bytes(fetch.copy), fetch.bytes, why, sizeof why))
        step_to(FETCH_SUM);
    else
        give_up("it %s", why);
}

static bool read_slice(void)
{
    bool moved;

    if (__atomic_load_n(&ring()->state, __ATOMIC_ACQUIRE) == DEVICE_BROKEN) {
        give_up("it cannot be read; the block server's line says why");
        return true;
    }
    moved = start_take();
    if (fetch.step == FETCH_READ)
        moved = answers_take() || moved;
    if (fetch.step == FETCH_READ)
        moved = requests_make() || moved;
    if (fetch.step != FETCH_READ)
        return true;
    if (fetch.epoch != 0 && fetch.done == fetch.bytes)
        read_end();
    else if (moved)
        fetch.due = sys_time() + ticks(PATIENCE_US);
    else if (sys_time() > fetch.due)
        give_up("the block server does not answer");
    else
        return false;
    return true;
}

/* Once all sums are right it is made into a guest, of which the copy is from then on. */
static void sum_slice(void)
{
    const struct bundle *file = copy_bundle(fetch.copy);
    struct guest *g;

    if (!bundle_sum(file, &fetch.sum, SUM_BYTES)) {
        give_up("it has a damaged file '%s' (its checksum does not match); compile its description again",
                file->file[fetch.sum.file].name);
        return;
    }
    if (fetch.sum.file < file->file_count)
        return;
    g = room_fill(fetch.copy, fetch.order.memory_mib, fetch.order.cpus, fetch.why, sizeof fetch.why);
    if (g == NULL) {
        step_to(FETCH_DROP);
        return;
    }
    fetch.copy = NULL;
    fetch.step = FETCH_IDLE;
    say_begins(fetch.order.ticket);
    say_ends(fetch.order.ticket, room_start(g));
}

static void drop_slice(void)
{
    if (!copy_drop(fetch.copy))
        return;
    fetch.copy = NULL;
    fetch.step = FETCH_IDLE;
    say_begins(fetch.order.ticket);
    say("no guest is created from '%s': %s", fetch.order.path, fetch.why);
    say_ends(fetch.order.ticket, false);
}

bool fetch_slice(uint64_t *next)
{
    bool moved = true;

    if ((fetch.step == FETCH_ATTACH || fetch.step == FETCH_READ) && !device_server_serves(server))
        give_up("the block server has ended");
    switch (fetch.step) {
    case FETCH_IDLE:
        return false;
    case FETCH_ATTACH:
        moved = attach();
        break;
    case FETCH_READ:
        moved = read_slice();
        break;
    case FETCH_SUM:
        sum_slice();
        break;
    case FETCH_DROP:
        drop_slice();
        break;
    }
    if (!moved && fetch.due < *next)
        *next = fetch.due;
    return moved;
}

bool fetch_is_idle(void)
{
    return fetch.step == FETCH_IDLE;
}

void fetch_count(struct link_usage *usage)
{
    if (fetch.copy != NULL)
        estate_count(&fetch.copy->estate, usage);
}
