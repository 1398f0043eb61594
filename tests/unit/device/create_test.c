/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A guest that comes from a file into a room, and goes: each frame comes back, whatever file and block server do. */
#include "world.h"

#include <lib/crc32.h>

#include "manager/bundle.h"
#include "manager/copy.h"
#include "manager/fetch.h"

#define FETCHER 1u /* the manager's client of the block server: 'web' has a disk there */

static uint8_t file[GOOD_BYTES] __attribute__((aligned(4096)));
static uint64_t file_bytes;
static uint32_t served; /* of the requests in the ring */
static uint32_t life;   /* value of `wanted` that the server has taken */
static uint32_t most;   /* requests that it serves at a time */
static struct guest *const room = &guest[ROOM];

static struct block_ring *ring(void)
{
    return (struct block_ring *)(uintptr_t)SELF_VA_FETCH_RING;
}

static const struct device_client *fetcher(void)
{
    return &server(DEVICE_BLOCK)->link->client[FETCHER];
}

static void file_make(uint32_t memory_mib)
{
    struct bundle *b = bundle_good_guest(file);

    b->guest[0].memory_bytes = (uint64_t)memory_mib << 20;
    b->guest[0].mode = BUNDLE_HARDWARE;
    bundle_seal(b);
    file_bytes = GOOD_BYTES;
}

static int fresh_room(void **state)
{
    while (room->copy != NULL && !copy_drop(room->copy)) /* of the test before */
        continue;
    served = life = 0;
    most = BLOCK_SLOTS;
    file_make(2);
    return fresh(state);
}

static void ring_open(void)
{
    ring()->state = DEVICE_WAIT;
    ring()->served = served = 0;
    ring()->bytes = file_bytes;
    ring()->epoch++;
    ring()->state = DEVICE_READY;
}

/* What a block server does that keeps the rules. */
static void block_serve(void)
{
    if (fetcher()->wanted % 2 == 1 && fetcher()->wanted != life) {
        life = fetcher()->wanted;
        ring_open();
    }
    for (uint32_t k = 0; k < most && ring()->epoch_seen == ring()->epoch && served != ring()->asked; k++) {
        const struct block_request *r = &ring()->request[served % BLOCK_SLOTS];

        assert_int_equal(r->op, BLOCK_READ);
        assert_true(r->bytes > 0 && r->bytes <= BLOCK_SLOT_BYTES && r->offset + r->bytes <= file_bytes);
        memcpy(ring()->data[r->slot], file + r->offset, r->bytes);
        ring()->answer[served % BLOCK_SLOTS] = (struct block_answer){r->slot, BLOCK_OK};
        ring()->served = ++served;
    }
    serve_both();
}

/* Slices until it is over; false: it waits for something that does not come. */
static bool fetch_ends(bool serves)
{
    uint64_t next = SEPTUM_FOREVER;

    for (int i = 0; i < 500 && !fetch_is_idle(); i++) {
        if (!fetch_slice(&next) && serves)
            block_serve();
    }
    return fetch_is_idle();
}

static void order(const char *path, uint32_t memory_mib)
{
    struct link_command c = {.op = MANAGER_CREATE, .memory_mib = memory_mib, .ticket = 7};

    snprintf(c.file, sizeof c.file, "%s", path);
    said[0] = '\0';
    guest_create_from(&c);
}

static bool comes(uint32_t memory_mib)
{
    order("pub/new.guest", memory_mib);
    return fetch_ends(true) && reaches(room, PHASE_LIVE, true);
}

static bool goes(void)
{
    (void)guest_destroy(room);
    return reaches(room, PHASE_OFF, true) && room->source == NULL;
}

/* The next is refused for that reason, the room stays empty, and all frames are there again. */
static void refused_for(const char *reason)
{
    const uint64_t frames = pool.free;

    order("pub/new.guest", 0);
    assert_true(fetch_ends(true));
    if (strstr(said, reason) == NULL || strstr(said, "<7\nno guest is created from 'pub/new.guest': ") == NULL ||
        strstr(said, "failed>") == NULL)
        fail_msg("'%s' does not say '%s'", said, reason);
    assert_null(room->source);
    assert_int_equal(room->phase, PHASE_OFF);
    assert_int_equal(pool.free, frames);
}

/* The manager keeps the tables of the first. */
static void first_one(void)
{
    assert_true(comes(0) && goes());
    serve_both();
}

static void a_guest_comes_from_a_file(void **state)
{
    const struct monitor_start *start;
    const struct bundle *b = (const struct bundle *)(const void *)file;
    const struct sys_message read = {{MANAGER_READ, 0, 4096, 1000}};

    (void)state;
    assert_true(comes(4));
    assert_string_equal(said, "<7\nguest 'new' is created in room 'spare': 4 MiB, 1 CPU\ndone>\n");
    start = kernel_memory(kernel_mapped(domain(room->monitor_cap), MONITOR_VA_START));
    assert_string_equal(start->guest.name, "new");
    assert_int_equal(start->guest.memory_bytes, 4u << 20);
    assert_int_equal(start->kernel.bytes, 9999);
    memset(file, 0xee, b->file[0].offset); /* what is in the shared directory does not count any more */
    assert_int_equal(call_serve(ROOM + 1, &read).m[0], SEPTUM_OK);
    bundle_good_guest(file);
    assert_memory_equal((void *)(uintptr_t)(SELF_VA_STAGING + STAGING_BYTES * ROOM), file + b->file[0].offset + 4096, 1000);
}

static void each_frame_comes_back(void **state)
{
    uint64_t frames;
    uint32_t caps;

    (void)state;
    first_one();
    frames = pool.free;
    caps = kernel_caps(MANAGER_DOMAIN);
    for (uint32_t turn = 0; turn < 20; turn++) {
        most = 1 + turn % 5;
        assert_true(comes(2 + turn % 4 * 2));
        assert_true(pool.free < frames);
        if (turn % 2 == 0) {
            guest_end(room, GUEST_OFF, false); /* by itself: it stays there, off */
            assert_true(reaches(room, PHASE_OFF, true));
            assert_non_null(room->source);
        }
        assert_true(goes());
        assert_int_equal(pool.free, frames);
        assert_int_equal(kernel_caps(MANAGER_DOMAIN), caps);
    }
}

static void it_starts_again_from_its_copy(void **state)
{
    (void)state;
    assert_true(comes(4));
    guest_end(room, GUEST_OFF, true); /* a reset */
    assert_true(reaches(room, PHASE_PAUSE, true));
    memset(file, 0, sizeof file);
    guest_begin(room);
    assert_true(reaches(room, PHASE_LIVE, true));
    assert_int_equal(room->about->memory_bytes, 4u << 20);
    assert_true(ends(room));
    assert_false(guest_create(room, 10, 0));
    assert_non_null(strstr(said, "wants 10 MiB of memory, and room 'spare' has 8"));
    assert_true(guest_create(room, 8, 2));
    assert_true(reaches(room, PHASE_LIVE, true));
    assert_true(goes());
}

static void files_that_are_wrong_are_refused(void **state)
{
    struct bundle *b = (struct bundle *)(void *)file;

    (void)state;
    first_one();
    file[b->file[1].offset + 3000] ^= 1;
    refused_for("it has a damaged file 'web.cpio.gz'");
    file_make(2);
    file_bytes = GOOD_BYTES - BLOCK_SECTOR;
    refused_for("it is cut short: 73216 of 73728 bytes; compile its description again");
    file_bytes = BLOCK_SECTOR;
    refused_for("it is cut short: 512 bytes, its header alone");
    file_bytes = COPY_BYTES_MOST + BLOCK_SECTOR;
    refused_for("at most 128 MiB can be read");
    file_make(10);
    refused_for("wants 10 MiB of memory, and room 'spare' has 8");
    file_make(2);
    strcpy(b->guest[0].name, "db");
    bundle_seal(b);
    refused_for("there is a guest 'db' already");
    file_make(2);
    assert_true(comes(0));
}

static void commands_that_cannot_be_are_refused(void **state)
{
    struct bundle *boot = (struct bundle *)(void *)bundle_bytes;

    (void)state;
    order("../x.guest", 0);
    assert_non_null(strstr(said, "a path is relative, and has no '..'"));
    order("pub/new.guest", 3);
    assert_non_null(strstr(said, "memory-mib=3 is not an even number"));
    order("pub/new.guest", 0);
    assert_string_equal(said, "");
    order("pub/other.guest", 0);
    assert_non_null(strstr(said, "another guest is being read"));
    assert_true(fetch_ends(true) && reaches(room, PHASE_LIVE, true));
    order("pub/new.guest", 0);
    assert_true(fetch_ends(true));
    assert_non_null(strstr(said, "no room is empty"));
    server(DEVICE_BLOCK)->physical.lack = "the machine shares no directory";
    order("pub/new.guest", 0);
    assert_non_null(strstr(said, "the machine shares no directory\nfailed>"));
    boot->guest[ROOM].devices = 0;
    order("pub/new.guest", 0);
    assert_non_null(strstr(said, "there is no room for guests at run time"));
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    uint64_t frames;

    (void)state;
    first_one();
    frames = pool.free;
    order("pub/new.guest", 0);
    assert_false(fetch_ends(false)); /* it waits for the server */
    ring()->state = DEVICE_BROKEN;
    assert_true(fetch_ends(false));
    assert_non_null(strstr(said, "it cannot be read; the block server's line says why\nfailed>"));
    serve_both();
    order("pub/new.guest", 0);
    most = 2;
    assert_false(fetch_ends(false));
    block_serve();
    ring()->answer[1].status = BLOCK_IO_ERROR;
    ring()->served = 2;
    (void)fetch_ends(false);
    block_serve();
    ring()->answer[0].status = BLOCK_IO_ERROR; /* the file has become shorter */
    assert_true(fetch_ends(false));
    assert_non_null(strstr(said, "it cannot be read"));
    assert_int_equal(pool.free, frames);
    serve_both();
    assert_true(comes(0));
}

static void a_server_that_does_not_answer_is_not_waited_for(void **state)
{
    struct device_server *block = server(DEVICE_BLOCK);
    uint64_t frames;
    uint64_t starts;

    (void)state;
    first_one();
    frames = pool.free;
    starts = block->starts;
    order("pub/new.guest", 0);
    assert_false(fetch_ends(false));
    kernel_now += 31 * SECOND;
    assert_true(fetch_ends(false));
    assert_non_null(strstr(said, "the block server does not answer\nfailed>"));
    assert_int_equal(pool.free, frames);
    order("pub/new.guest", 0); /* it still has the ring */
    assert_false(fetch_ends(false));
    kernel_now += 31 * SECOND;
    assert_true(fetch_ends(false));
    assert_non_null(strstr(said, "the block server does not let go of its last file\nfailed>"));
    assert_int_equal(block->starts, starts + 1);
    serve_both();
    assert_true(comes(0) && goes());
    assert_int_equal(pool.free, frames);
}

static void a_server_that_is_started_again_reads_on(void **state)
{
    (void)state;
    first_one();
    most = 1;
    order("pub/new.guest", 0);
    for (int i = 0; i < 6; i++) {
        uint64_t next = SEPTUM_FOREVER;

        if (!fetch_slice(&next))
            block_serve();
    }
    assert_false(fetch_is_idle());
    assert_int_equal(ring()->taken, 1);
    ring_open(); /* with another epoch: what it had is asked for again */
    most = BLOCK_SLOTS;
    assert_true(fetch_ends(true) && reaches(room, PHASE_LIVE, true));
    assert_memory_equal(copy_bytes(room->copy), file, GOOD_BYTES);
    assert_true(goes());
    serve_both();
    order("pub/new.guest", 0);
    (void)fetch_ends(false);
    most = 1;
    block_serve();
    (void)fetch_ends(false);
    file_bytes -= BLOCK_SECTOR;
    ring_open();
    assert_true(fetch_ends(false));
    assert_non_null(strstr(said, "its size must not change"));
    serve_both();
}

static void a_server_that_ends_ends_the_reading(void **state)
{
    struct device_server *block = server(DEVICE_BLOCK);
    uint64_t frames;

    (void)state;
    first_one();
    frames = pool.free;
    order("pub/new.guest", 0);
    assert_false(fetch_ends(false));
    cap_free(&block->thread_cap);
    assert_true(fetch_ends(false));
    assert_non_null(strstr(said, "the block server has ended\nfailed>"));
    assert_int_equal(pool.free, frames);
    order("pub/new.guest", 0);
    assert_non_null(strstr(said, "the block server does not run\nfailed>"));
}

/* Slots that nobody asked for, more answers than there can be, a slot behind the last. */
static void a_hostile_ring_fools_nobody(void **state)
{
    (void)state;
    first_one();
    for (uint32_t how = 0; how < 3; how++) {
        most = 0;
        order("pub/new.guest", 0);
        (void)fetch_ends(false);
        block_serve();
        assert_false(fetch_ends(false));
        ring()->answer[0] = (struct block_answer){how == 0 ? BLOCK_SLOTS : how == 1 ? 9 : 0, BLOCK_OK};
        ring()->answer[1] = (struct block_answer){0, BLOCK_OK}; /* twice */
        ring()->served = how == 2 ? 2 : 1;
        assert_true(fetch_ends(false));
        assert_non_null(strstr(said, "it cannot be read"));
        serve_both();
    }
    order("pub/new.guest", 0);
    (void)fetch_ends(false);
    block_serve();
    (void)fetch_ends(false);
    ring()->served = 1000;
    assert_false(fetch_ends(false));
    kernel_now += 31 * SECOND;
    assert_true(fetch_ends(false));
    serve_both();
    most = BLOCK_SLOTS;
    assert_true(comes(0));
}

/* Its half that the server maps, and the data that its device reaches or, on this machine, nobody else. */
static void the_ring_is_the_managers(void **state)
{
    const struct device_server *block = server(DEVICE_BLOCK);

    (void)state;
    assert_true(starts(&guest[0]));
    assert_true(comes(0));
    for (uint64_t i = 0; i < BLOCK_RING_FRAMES; i++) {
        const uint64_t f = kernel_mapped(MANAGER_DOMAIN, SELF_VA_FETCH_RING + i * FRAME_BYTES);

        assert_int_equal(kernel_frame[f].owner, MANAGER_DOMAIN);
        assert_int_equal(kernel_frame[f].borrower, i < BLOCK_RING_HEAD ? domain(block->domain_cap) : 0);
    }
    for (uint64_t at = 0; at < GOOD_BYTES; at += FRAME_BYTES) {
        const uint64_t f = kernel_mapped(MANAGER_DOMAIN, (uintptr_t)copy_bytes(room->copy) + at);

        assert_int_equal(kernel_frame[f].owner, MANAGER_DOMAIN);
        assert_int_equal(kernel_frame[f].borrower, 0);
    }
}

/* On network 'lan', which has another number in its own description, and with a disk. */
static void its_devices_are_served_and_their_numbers_come_back(void **state)
{
    struct bundle *b = (struct bundle *)(void *)file;
    const struct device_server *net = server(DEVICE_NET);
    uint64_t frames = 0;

    (void)state;
    b->network_count = 1;
    strcpy(b->network[0].name, "lan");
    b->net_count = 1;
    b->net[0] = (struct bundle_net){0, 0, {2, 0, 0, 0, 0, 9}, 5};
    b->disk_count = 1;
    b->disk[0] = (struct bundle_disk){.path = "pub/new.img"};
    bundle_seal(b);
    for (int turn = 0; turn < 3; turn++) {
        assert_true(comes(0));
        ring_is_shared(room, 0, server(DEVICE_BLOCK), FETCHER + 1);
        ring_is_shared(room, 1, net, 3);
        assert_string_equal(net->link->client[3].name, "new");
        assert_int_equal(net->link->client[3].about.net.network, 1);
        assert_int_equal(net->link->client[3].wanted, 2 * turn + 1); /* news to the server each time */
        assert_string_equal(server(DEVICE_BLOCK)->link->client[FETCHER + 1].about.disk.path, "pub/new.img");
        assert_true(goes());
        assert_int_equal(net->taken, 7);
        assert_int_equal(server(DEVICE_BLOCK)->taken, 3);
        if (turn == 0)
            frames = pool.free;
        assert_int_equal(pool.free, frames);
    }
    strcpy(b->network[0].name, "inner");
    bundle_seal(b);
    refused_for("on network 'inner', which room 'spare' is not");
}

/* What cannot be built leaves its room. */
static void one_that_cannot_be_built_goes_again(void **state)
{
    uint64_t frames;

    (void)state;
    first_one();
    while (pool_chunks(&pool) > 1)
        (void)pool_take_chunks(&pool, 1);
    frames = pool.free;
    order("pub/new.guest", 8);
    assert_true(fetch_ends(true));
    assert_non_null(strstr(said, "guest 'new' needs 8 MiB of memory, but only 2 MiB are free"));
    assert_non_null(strstr(said, "failed>"));
    assert_true(reaches(room, PHASE_OFF, true));
    assert_null(room->source);
    assert_int_equal(pool.free, frames);
}

const struct CMUnitTest create_tests[] = {
    cmocka_unit_test_setup(a_guest_comes_from_a_file, fresh_room),
    cmocka_unit_test_setup(each_frame_comes_back, fresh_room),
    cmocka_unit_test_setup(it_starts_again_from_its_copy, fresh_room),
    cmocka_unit_test_setup(files_that_are_wrong_are_refused, fresh_room),
    cmocka_unit_test_setup(commands_that_cannot_be_are_refused, fresh_room),
    cmocka_unit_test_setup(a_file_that_cannot_be_read_is_told, fresh_room),
    cmocka_unit_test_setup(a_server_that_does_not_answer_is_not_waited_for, fresh_room),
    cmocka_unit_test_setup(a_server_that_is_started_again_reads_on, fresh_room),
    cmocka_unit_test_setup(a_server_that_ends_ends_the_reading, fresh_room),
    cmocka_unit_test_setup(a_hostile_ring_fools_nobody, fresh_room),
    cmocka_unit_test_setup(the_ring_is_the_managers, fresh_room),
    cmocka_unit_test_setup(its_devices_are_served_and_their_numbers_come_back, fresh_room),
    cmocka_unit_test_setup(one_that_cannot_be_built_goes_again, fresh_room),
};
const int create_count = (int)(sizeof create_tests / sizeof create_tests[0]);
