/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include "manager/bundle.h"
#include <lib/crc32.h>

#include <string.h>

#define VLAN_MOST 4094 /* IEEE 802.1Q: 4095 is reserved */

static uint8_t data[GOOD_BYTES] __attribute__((aligned(4096)));
static struct bundle *b;
static char why[300];

static int fresh(void **state)
{
    (void)state;
    b = bundle_good(data);
    memset(why, 0, sizeof why);
    return 0;
}

/* The bundle is refused, and the reason names what is wrong. */
static void refused_for(const char *reason)
{
    bundle_seal(b);
    assert_false(bundle_check(data, GOOD_BYTES, why, sizeof why));
    if (strstr(why, reason) == NULL)
        fail_msg("'%s' does not say '%s'", why, reason);
}

static void takes_a_good_one(void **state)
{
    (void)state;
    assert_true(bundle_check(data, GOOD_BYTES, why, sizeof why));
    assert_ptr_equal(bundle_server(b, "console"), &b->file[2]);
    assert_null(bundle_server(b, "Image"));
    assert_true(bundle_check(data, UINT64_C(1) << 40, why, sizeof why));
}

static void crc_is_that_of_zlib(void **state)
{
    (void)state;
    assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926u);
    assert_int_equal(crc32_add(crc32_add(0, "1234567", 7), "89", 2), 0xcbf43926u);
    assert_int_equal(crc32_add(0, "", 0), 0);
    assert_int_equal(crc32_add(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339u);
}

/* Every length short of the whole is refused, and reads nothing behind it (the sanitizer watches). */
static void any_cut_is_refused(void **state)
{
    (void)state;
    for (uint64_t bytes = 0; bytes < GOOD_BYTES; bytes += bytes < sizeof *b + 16 ? 1 : 997)
        assert_false(bundle_check(data, bytes, why, sizeof why));
    assert_false(bundle_check(data, GOOD_BYTES - 1, why, sizeof why));
    assert_non_null(strstr(why, "cut short"));
}

/* Any flipped bit of the header or of a file is seen. */
static void any_flip_is_seen(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < sizeof *b * 8; bit += 13) {
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(bundle_check(data, GOOD_BYTES, why, sizeof why));
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    for (uint32_t i = 0; i < b->file_count; i++) {
        data[b->file[i].offset + 50] ^= 0x10;
        assert_false(bundle_check(data, GOOD_BYTES, why, sizeof why));
        assert_non_null(strstr(why, b->file[i].name));
        data[b->file[i].offset + 50] ^= 0x10;
    }
    assert_true(bundle_check(data, GOOD_BYTES, why, sizeof why));
}

static void header_is_checked(void **state)
{
    (void)state;
    b->magic++;
    refused_for("no bundle header");
    fresh(NULL);
    b->version = BUNDLE_VERSION + 1;
    refused_for("version 5, this manager reads version 4");
    fresh(NULL);
    b->total_bytes = GOOD_BYTES + 1;
    refused_for("cut short");
    fresh(NULL);
    b->file_count = BUNDLE_FILES + 1;
    refused_for("81 files");
    fresh(NULL);
    b->guest_count = BUNDLE_GUESTS + 1;
    refused_for("25 guests");
    fresh(NULL);
    memset(b->description, 'x', sizeof b->description);
    refused_for("description name");
    fresh(NULL);
    b->audit_seconds = 1;
    refused_for("wants an audit every 1 s");
    fresh(NULL);
    b->flags = BUNDLE_AUDITOR;
    b->audit_seconds = BUNDLE_AUDIT_SECONDS + 1;
    refused_for("wants an audit every 86401 s");
    fresh(NULL);
    b->flags = BUNDLE_AUDITOR;
    refused_for("lacks the server 'auditor'");
}

static void files_are_checked(void **state)
{
    (void)state;
    b->file[3].offset += 1;
    refused_for("'Image'");
    fresh(NULL);
    b->file[3].offset = UINT64_MAX - 0xfff;
    refused_for("outside");
    fresh(NULL);
    b->file[3].bytes = UINT64_MAX;
    refused_for("outside");
    fresh(NULL);
    b->file[3].offset = 0;
    refused_for("outside");
    fresh(NULL);
    b->file[3].kind = 9;
    refused_for("kind 9");
    fresh(NULL);
    memset(b->file[3].name, 'x', BUNDLE_NAME_BYTES);
    refused_for("bad name for file 3");
    fresh(NULL);
    strcpy(b->file[1].name, "other");
    refused_for("lacks the server");
}

static void guests_are_checked(void **state)
{
    (void)state;
    b->guest[1].memory_bytes += 4096;
    refused_for("'db'");
    fresh(NULL);
    b->guest[1].memory_bytes = 0;
    refused_for("memory");
    fresh(NULL);
    b->guest[1].cpus = 9;
    refused_for("9 cpus");
    fresh(NULL);
    b->guest[1].priority = 5;
    refused_for("priority 5");
    fresh(NULL);
    b->guest[1].autostart = 2;
    refused_for("autostart");
    fresh(NULL);
    b->guest[1].kernel = 0;
    refused_for("no kernel for guest 'db'");
    fresh(NULL);
    b->guest[1].kernel = 5;
    refused_for("no kernel for guest 'db'");
    fresh(NULL);
    b->guest[0].initrd = 3;
    refused_for("wrong initrd for guest 'web'");
    b->guest[0].initrd = BUNDLE_NO_FILE;
    b->guest[0].map = 4;
    refused_for("wrong map for guest 'web'");
    b->guest[0].map = BUNDLE_FILES;
    refused_for("wrong map for guest 'web'");
    fresh(NULL);
    strcpy(b->guest[1].name, "web");
    refused_for("two guests named 'web'");
    fresh(NULL);
    strcpy(b->guest[1].name, "a b");
    refused_for("bad name");
    fresh(NULL);
    memset(b->guest[1].bootargs, 'x', BUNDLE_ARGS_BYTES);
    refused_for("bad bootargs");
    fresh(NULL);
    b->guest[1].budget_us = 11;
    b->guest[1].period_us = 10;
    refused_for("budget");
}

/* A disk by a file, one by a slice, two nets on one network, and the servers for them in place of two other files. */
static int fresh_devices(void **state)
{
    fresh(state);
    b->network_count = 1;
    strcpy(b->network[0].name, "lan");
    b->disk_count = 2;
    strcpy(b->disk[0].path, "sub/web.img");
    b->disk[1] = (struct bundle_disk){1, BUNDLE_DISK_SLICE, 8, 16, "", ""};
    b->net_count = 2;
    b->net[0] = (struct bundle_net){0, 0, {2, 0, 0, 0, 0, 1}, 0};
    b->net[1] = (struct bundle_net){1, 0, {2, 0, 0, 0, 0, 2}, VLAN_MOST};
    b->guest[1].devices = BUNDLE_GUEST_CONSOLE;
    b->guest[0].initrd = BUNDLE_NO_FILE;
    b->file[4].kind = BUNDLE_SERVER;
    strcpy(b->file[4].name, "block");
    b->file[b->file_count] = b->file[4];
    strcpy(b->file[b->file_count++].name, "net");
    b->file[b->file_count] = b->file[4];
    strcpy(b->file[b->file_count++].name, "disk");
    return 0;
}

static void takes_devices(void **state)
{
    (void)state;
    b->network[0].flags = BUNDLE_NETWORK_UPLINK;
    b->file[b->file_count] = b->file[4];
    strcpy(b->file[b->file_count++].name, "uplink");
    b->flags = BUNDLE_UNSAFE_DMA;
    bundle_seal(b);
    if (!bundle_check(data, GOOD_BYTES, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(bundle_devices(b, 0), 2);
    assert_int_equal(bundle_devices(b, 1), 3);
    strcpy(b->disk[0].path, "a..b/...");
    strcpy(b->disk[0].overlay, ".c/d");
    b->disk[0].flags = BUNDLE_DISK_OVERLAY;
    b->disk[1].flags |= BUNDLE_DISK_READ_ONLY;
    b->disk[1].first_sector = UINT64_MAX / 512 - 16;
    bundle_seal(b);
    assert_true(bundle_check(data, GOOD_BYTES, why, sizeof why));
}

static void disk_paths_are_checked(void **state)
{
    static const char *const bad[] = {"", "/etc/passwd", "..", "../a", "a/..", "a/../b", "./a", "a/.", "a//b", "a/", "a\nb"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fresh_devices(NULL);
        strcpy(b->disk[0].path, bad[i]);
        refused_for("bad disk 0 of guest 'web'");
        strcpy(b->disk[0].path, "base");
        strcpy(b->disk[0].overlay, bad[i]);
        b->disk[0].flags = BUNDLE_DISK_OVERLAY;
        refused_for("bad disk 0 of guest 'web'");
    }
    fresh_devices(NULL);
    memset(b->disk[0].path, 'x', BUNDLE_PATH_BYTES);
    refused_for("bad disk 0 of guest 'web'");
}

static void disks_are_checked(void **state)
{
    (void)state;
    b->disk[0].guest = 2;
    refused_for("disk 0 to guest 2 of 2");
    fresh_devices(NULL);
    b->disk_count = BUNDLE_DISKS + 1;
    refused_for("33 disks");
    fresh_devices(NULL);
    b->disk[0].sectors = 1;
    refused_for("bad disk 0");
    fresh_devices(NULL);
    strcpy(b->disk[0].overlay, "over");
    refused_for("bad disk 0");
    b->disk[0].flags = BUNDLE_DISK_OVERLAY | BUNDLE_DISK_READ_ONLY;
    refused_for("bad disk 0");
    b->disk[0].flags = BUNDLE_DISK_OVERLAY;
    strcpy(b->disk[0].overlay, "sub/web.img");
    refused_for("bad disk 0");
    fresh_devices(NULL);
    b->disk[1].flags |= BUNDLE_DISK_OVERLAY;
    refused_for("bad disk 1 of guest 'db'");
    b->disk[1].flags = 8 | BUNDLE_DISK_SLICE;
    refused_for("bad disk 1");
    fresh_devices(NULL);
    b->disk[1].sectors = 0;
    refused_for("bad disk 1");
    b->disk[1].sectors = 16;
    b->disk[1].first_sector = UINT64_MAX / 512 - 15;
    refused_for("bad disk 1");
    b->disk[1].first_sector = UINT64_MAX;
    refused_for("bad disk 1");
}

/* Each sector of the machine's disk has one guest, or is only read. */
static void slices_are_apart(void **state)
{
    static const uint64_t bad[][2] = {{8, 16}, {0, 9}, {0, 100}, {23, 1}, {10, 2}};
    static const uint64_t good[][2] = {{0, 8}, {24, 1}};

    (void)state;
    b->disk[0] = (struct bundle_disk){0, BUNDLE_DISK_SLICE, 8, 16, "", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        b->disk[1].first_sector = bad[i][0];
        b->disk[1].sectors = bad[i][1];
        refused_for("guests 'web' and 'db' slices that overlap");
        b->disk[0].flags |= BUNDLE_DISK_READ_ONLY;
        refused_for("slices that overlap");
        b->disk[1].flags |= BUNDLE_DISK_READ_ONLY;
        bundle_seal(b);
        assert_true(bundle_check(data, GOOD_BYTES, why, sizeof why));
        b->disk[0].flags = b->disk[1].flags = BUNDLE_DISK_SLICE;
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        b->disk[1].first_sector = good[i][0];
        b->disk[1].sectors = good[i][1];
        bundle_seal(b);
        assert_true(bundle_check(data, GOOD_BYTES, why, sizeof why));
    }
}

static void nets_are_checked(void **state)
{
    (void)state;
    b->net_count = BUNDLE_NETS + 1;
    refused_for("33 nets");
    fresh_devices(NULL);
    b->network_count = BUNDLE_NETWORKS + 1;
    refused_for("9 networks");
    fresh_devices(NULL);
    b->network[0].name[0] = '\0';
    refused_for("network 0");
    fresh_devices(NULL);
    b->network[0].flags = 2;
    refused_for("network 0");
    fresh_devices(NULL);
    b->network_count = 3;
    strcpy(b->network[1].name, "dmz");
    strcpy(b->network[2].name, "far");
    b->network[0].flags = b->network[2].flags = BUNDLE_NETWORK_UPLINK;
    refused_for("joins networks 'lan' and 'far' by one uplink");
    fresh_devices(NULL);
    b->net[0].network = 1;
    refused_for("network 1 of 1");
    fresh_devices(NULL);
    b->net[0].guest = 2;
    refused_for("guest 2 of 2");
    fresh_devices(NULL);
    b->net[0].mac[0] = 3;
    refused_for("bad MAC");
    memset(b->net[0].mac, 0, 6);
    refused_for("bad MAC");
    fresh_devices(NULL);
    b->net[1].vlan = VLAN_MOST + 1;
    refused_for("VLAN for guest 'db' on network 'lan'");
    fresh_devices(NULL);
    b->net[1].mac[5] = 1;
    refused_for("'web' and 'db' one MAC address");
}

static void devices_are_counted_and_served(void **state)
{
    (void)state;
    b->flags = 4;
    refused_for("unknown flags 4");
    fresh_devices(NULL);
    b->guest[0].devices = 32;
    refused_for("unknown devices 20 for guest 'web'");
    fresh_devices(NULL);
    for (uint8_t i = 2; i < 8; i++)
        b->net[i] = (struct bundle_net){1, 0, {2, 0, 0, 0, 0, (uint8_t)(i + 2)}, 0};
    b->net_count = 8;
    refused_for("guest 'db' 9 devices: up to 8");
    fresh_devices(NULL);
    b->guest[0].devices = BUNDLE_GUEST_ENTROPY;
    refused_for("lacks the server 'entropy'");
    fresh_devices(NULL);
    b->network[b->net[0].network].flags = BUNDLE_NETWORK_UPLINK;
    refused_for("lacks the server 'uplink'");
    fresh_devices(NULL);
    b->file_count--;
    refused_for("lacks the server 'disk'");
    b->file_count--;
    b->disk_count--;
    refused_for("lacks the server 'net'");
    fresh_devices(NULL);
    strcpy(b->file[4].name, "blocks");
    refused_for("lacks the server 'block'");
    b->disk_count = 1;
    b->disk[0] = b->disk[1]; /* a slice needs none */
    bundle_seal(b);
    if (!bundle_check(data, GOOD_BYTES, why, sizeof why))
        fail_msg("%s", why);
}

int bundle_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(takes_a_good_one, fresh),   cmocka_unit_test_setup(crc_is_that_of_zlib, fresh),
        cmocka_unit_test_setup(any_cut_is_refused, fresh), cmocka_unit_test_setup(any_flip_is_seen, fresh),
        cmocka_unit_test_setup(header_is_checked, fresh),  cmocka_unit_test_setup(files_are_checked, fresh),
        cmocka_unit_test_setup(guests_are_checked, fresh), cmocka_unit_test_setup(takes_devices, fresh_devices),
        cmocka_unit_test_setup(disk_paths_are_checked, fresh_devices),
        cmocka_unit_test_setup(disks_are_checked, fresh_devices),
        cmocka_unit_test_setup(slices_are_apart, fresh_devices),
        cmocka_unit_test_setup(nets_are_checked, fresh_devices),
        cmocka_unit_test_setup(devices_are_counted_and_served, fresh_devices),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
