/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A description that comes at run time: what is wrong with the file, what the room has not, who is there already. */
#include "suite.h"

#include "manager/bundle.h"
#include "manager/room.h"

#include <stdio.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static uint8_t boot_data[GOOD_BYTES] __attribute__((aligned(4096)));
static uint8_t file_data[GOOD_BYTES] __attribute__((aligned(4096)));
static struct bundle *boot;
static struct bundle *file;
static struct bundle_guest *room; /* boot's third guest: 64 MiB, 2 CPUs, disks below 'pub', network 'lan' */
static struct bundle_guest *guest;
static char why[300];

static void network_add(struct bundle *b, const char *name)
{
    snprintf(b->network[b->network_count++].name, BUNDLE_NAME_BYTES, "%s", name);
}

static void disk_add(struct bundle *b, uint32_t owner, uint32_t flags, const char *path, const char *overlay)
{
    struct bundle_disk *d = &b->disk[b->disk_count++];

    *d = (struct bundle_disk){.guest = owner, .flags = flags};
    snprintf(d->path, sizeof d->path, "%s", path);
    snprintf(d->overlay, sizeof d->overlay, "%s", overlay);
}

static void net_add(struct bundle *b, uint32_t owner, uint32_t network, uint8_t last)
{
    b->net[b->net_count++] = (struct bundle_net){owner, network, {2, 0, 0, 0, 0, last}, 0};
}

static void room_make(void)
{
    room = &boot->guest[boot->guest_count++];
    *room = (struct bundle_guest){.name = "spare", .memory_bytes = 64 * MIB, .cpus = 2, .priority = 2,
                                  .kernel = BUNDLE_NO_FILE, .initrd = BUNDLE_NO_FILE, .map = BUNDLE_NO_FILE,
                                  .devices = BUNDLE_GUEST_ROOM | BUNDLE_GUEST_DISKS, .networks = 2, .folder = "pub"};
}

/* The guest of the file is on 'lan' and has a disk. */
static int fresh(void **state)
{
    (void)state;
    boot = bundle_good(boot_data);
    boot->file[boot->file_count] = boot->file[1];
    strcpy(boot->file[boot->file_count++].name, "block");
    boot->file[boot->file_count] = boot->file[1];
    strcpy(boot->file[boot->file_count++].name, "net");
    network_add(boot, "inner");
    network_add(boot, "lan");
    net_add(boot, 0, 1, 1);
    disk_add(boot, 0, 0, "pub/web.img", "");
    disk_add(boot, 1, BUNDLE_DISK_OVERLAY, "pub/base.img", "pub/db.overlay");
    room_make();
    file = bundle_good_guest(file_data);
    guest = &file->guest[0];
    network_add(file, "lan");
    net_add(file, 0, 0, 9);
    disk_add(file, 0, BUNDLE_DISK_READ_ONLY, "pub/base.img", "");
    bundle_seal(boot);
    bundle_seal(file);
    return 0;
}

static void says(bool good, const char *reason)
{
    assert_false(good);
    if (strstr(why, reason) == NULL)
        fail_msg("'%s' does not say '%s'", why, reason);
}

static void no_room(const char *reason)
{
    says(room_fits(boot, 2, file, guest, why, sizeof why), reason);
    (void)fresh(NULL);
}

static void no_file(const char *reason)
{
    bundle_seal(file);
    says(bundle_check_guest(file_data, GOOD_BYTES, why, sizeof why), reason);
    (void)fresh(NULL);
}

static void no_bundle(const char *reason)
{
    bundle_seal(boot);
    says(bundle_check(boot_data, GOOD_BYTES, why, sizeof why), reason);
    (void)fresh(NULL);
}

static void a_good_one_fits(void **state)
{
    struct bundle_sum sum = {0};

    (void)state;
    assert_true(bundle_check(boot_data, GOOD_BYTES, why, sizeof why));
    assert_true(bundle_check_guest(file_data, GOOD_BYTES, why, sizeof why));
    assert_true(bundle_sum(file, &sum, UINT64_MAX));
    assert_int_equal(sum.file, 2);
    assert_true(room_fits(boot, 2, file, guest, why, sizeof why));
    assert_int_equal(room_network(boot, file, 0), 1);
    for (uint32_t i = 0; i < 2; i++)
        assert_true(room_apart(file, boot, i, why, sizeof why));
    assert_true(room_apart(file, file, 0, why, sizeof why));
}

static void any_piece_of_a_sum_is_as_good(void **state)
{
    (void)state;
    for (uint64_t most = 1; most < 9000; most += 700) {
        struct bundle_sum sum = {0};
        uint32_t pieces = 0;

        while (sum.file < file->file_count && pieces++ < 30000)
            assert_true(bundle_sum(file, &sum, most));
        assert_int_equal(sum.file, file->file_count);
    }
}

static void a_damaged_file_is_seen_and_named(void **state)
{
    struct bundle_sum sum = {0};

    (void)state;
    file_data[file->file[1].offset + 77] ^= 1;
    while (bundle_sum(file, &sum, 512))
        assert_true(sum.file < 2);
    assert_int_equal(sum.file, 1);
}

static void a_file_is_one_guest_and_no_more(void **state)
{
    (void)state;
    file->guest_count = 2;
    no_file("not the description of one guest");
    file->guest_count = 0;
    no_file("not the description of one guest");
    *guest = *room;
    no_file("not the description of one guest");
    file->flags = BUNDLE_UNSAFE_DMA;
    no_file("not the description of one guest");
    file->file[1].kind = BUNDLE_SERVER;
    no_file("brings a server 'web.cpio.gz'; compile its description again");
    guest->networks = 1;
    no_file("what is a room's");
    guest->devices = BUNDLE_GUEST_DISKS;
    no_file("what is a room's");
    guest->folder[0] = 'x';
    no_file("what is a room's");
    strcpy(file->disk[0].path, "../etc/shadow");
    no_file("bad disk 0");
    file->total_bytes = GOOD_BYTES + 1;
    no_file("cut short");
}

static void a_room_is_described_rightly(void **state)
{
    (void)state;
    room->kernel = 3;
    no_bundle("room 'spare' what is a guest's");
    room->autostart = 1;
    no_bundle("room 'spare' what is a guest's");
    room->networks = 4;
    no_bundle("bad networks or a bad folder for room 'spare'");
    strcpy(room->folder, "../up");
    no_bundle("bad networks or a bad folder for room 'spare'");
    disk_add(boot, 2, 0, "pub/x.img", "");
    no_bundle("gives disk 2 to guest 2");
    net_add(boot, 2, 1, 7);
    no_bundle("joins guest 2");
    boot->disk_count = 0;
    strcpy(boot->file[5].name, "blocks");
    no_bundle("has disks or rooms, but lacks the server 'block'");
    boot->net_count = 0;
    strcpy(boot->file[6].name, "nets");
    no_bundle("lacks the server 'net'");
}

static void names_are_plain_and_not_our_own(void **state)
{
    static const char *const bad[] = {"septum", "Console", "a.b", "a/b", "9a", "-a", "ne\xc3\xa4"};
    static const char *const good[] = {"septum2", "conso", "A9_-", "nets"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        strcpy(guest->name, bad[i]);
        no_room("is no name for a guest");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        strcpy(guest->name, good[i]);
        assert_true(room_fits(boot, 2, file, guest, why, sizeof why));
    }
}

static void no_more_than_the_room_has(void **state)
{
    (void)state;
    guest->memory_bytes = 66 * MIB;
    no_room("wants 66 MiB of memory, and room 'spare' has 64");
    guest->cpus = 3;
    no_room("wants 3 CPUs, and room 'spare' has 2");
    guest->priority = 3;
    no_room("wants priority 3, and room 'spare' has 2");
    guest->devices = BUNDLE_GUEST_ENTROPY;
    no_room("an entropy device, and room 'spare' none");
    guest->devices = BUNDLE_GUEST_CONSOLE; /* wants no server */
    assert_true(room_fits(boot, 2, file, guest, why, sizeof why));
}

static void no_more_of_a_hart_than_the_room_has(void **state)
{
    (void)state;
    guest->budget_us = guest->period_us = 1000;
    assert_true(room_fits(boot, 2, file, guest, why, sizeof why));
    room->budget_us = 2000;
    room->period_us = 10000;
    no_room("more of its harts than the 2000 us of each 10000 us");
    room->budget_us = 2000;
    room->period_us = 10000;
    guest->budget_us = 0;
    no_room("more of its harts");
    room->budget_us = 2000;
    room->period_us = 10000;
    guest->budget_us = 200;
    guest->period_us = 1000;
    assert_true(room_fits(boot, 2, file, guest, why, sizeof why));
    guest->budget_us = 201;
    no_room("more of its harts");
}

static void networks_are_the_rooms(void **state)
{
    (void)state;
    strcpy(file->network[0].name, "inner");
    no_room("on network 'inner', which room 'spare' is not");
    strcpy(file->network[0].name, "outer");
    no_room("on network 'outer', which 'two.dts' has not");
    room->networks = 0;
    no_room("on network 'lan', which room 'spare' is not");
}

static void disks_are_in_the_rooms_folder(void **state)
{
    static const char *const outside[] = {"base.img", "public/base.img", "pub", "x/pub/base.img"};

    (void)state;
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        strcpy(file->disk[0].path, outside[i]);
        no_room("is not in the folder 'pub' of room 'spare'");
        disk_add(file, 0, BUNDLE_DISK_OVERLAY, "pub/base.img", outside[i]);
        no_room("is not in the folder 'pub'");
    }
    file->disk[0] = (struct bundle_disk){.flags = BUNDLE_DISK_SLICE, .sectors = 1};
    no_room("a slice of the physical disk");
    room->devices = BUNDLE_GUEST_ROOM;
    no_room("has a disk, and room 'spare' none");
    room->folder[0] = '\0';
    strcpy(file->disk[0].path, "any.img");
    assert_true(room_fits(boot, 2, file, guest, why, sizeof why));
}

static void clashes(uint32_t with, const char *reason)
{
    says(room_apart(file, with == 9 ? file : boot, with == 9 ? 0 : with, why, sizeof why), reason);
    (void)fresh(NULL);
}

static void it_disturbs_nobody_who_is_there(void **state)
{
    (void)state;
    strcpy(guest->name, "db");
    assert_true(room_apart(file, boot, 0, why, sizeof why));
    clashes(1, "there is a guest 'db' already");
    file->net[0].mac[5] = 1;
    assert_true(room_apart(file, boot, 1, why, sizeof why));
    clashes(0, "guests 'new' and 'web' have one MAC address on network 'lan'");
    file->net[0].mac[5] = 1;
    strcpy(file->network[0].name, "inner"); /* another network */
    assert_true(room_apart(file, boot, 0, why, sizeof why));
}

static void a_file_that_is_written_has_one_user(void **state)
{
    (void)state;
    strcpy(file->disk[0].path, "pub/web.img");
    clashes(0, "both use the file 'pub/web.img'");
    file->disk[0].flags = 0;
    assert_true(room_apart(file, boot, 0, why, sizeof why));
    clashes(1, "guests 'new' and 'db' both use the file 'pub/base.img'");
    strcpy(file->disk[0].path, "pub/db.overlay");
    clashes(1, "both use the file 'pub/db.overlay'");
    disk_add(file, 0, BUNDLE_DISK_OVERLAY, "pub/base.img", "pub/db.overlay");
    clashes(1, "both use the file 'pub/db.overlay'");
    disk_add(file, 0, BUNDLE_DISK_OVERLAY, "pub/base.img", "pub/new.overlay");
    assert_true(room_apart(file, boot, 1, why, sizeof why));
    assert_true(room_apart(file, file, 0, why, sizeof why));
    disk_add(file, 0, BUNDLE_DISK_OVERLAY, "pub/base.img", "pub/new.overlay");
    clashes(9, "both use the file 'pub/new.overlay'");
}

int room_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_one_fits, fresh),
        cmocka_unit_test_setup(any_piece_of_a_sum_is_as_good, fresh),
        cmocka_unit_test_setup(a_damaged_file_is_seen_and_named, fresh),
        cmocka_unit_test_setup(a_file_is_one_guest_and_no_more, fresh),
        cmocka_unit_test_setup(a_room_is_described_rightly, fresh),
        cmocka_unit_test_setup(names_are_plain_and_not_our_own, fresh),
        cmocka_unit_test_setup(no_more_than_the_room_has, fresh),
        cmocka_unit_test_setup(no_more_of_a_hart_than_the_room_has, fresh),
        cmocka_unit_test_setup(networks_are_the_rooms, fresh),
        cmocka_unit_test_setup(disks_are_in_the_rooms_folder, fresh),
        cmocka_unit_test_setup(it_disturbs_nobody_who_is_there, fresh),
        cmocka_unit_test_setup(a_file_that_is_written_has_one_user, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
