/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Any bytes as a bundle and as a server's ELF file. The first byte says how: raw, or as patches (position, value) on
 * a good file, so that what lies behind the first checks is reached, too. What is accepted must lie within the file.
 */
#include "../../unit/manager/suite.h"

#include "manager/bundle.h"
#include "manager/elf.h"
#include "manager/room.h"

#include <septum/proto.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes);

static uint8_t data[GOOD_BYTES] __attribute__((aligned(4096)));
static char why[300];

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* With the servers for them, so that the fuzzer reaches the checks of devices. */
static void devices_add(struct bundle *b)
{
    b->disk_count = 2;
    strcpy(b->disk[0].path, "web.img");
    b->disk[1] = (struct bundle_disk){1, BUNDLE_DISK_OVERLAY, 0, 0, "base/db.img", "db.overlay"};
    b->network_count = 1;
    strcpy(b->network[0].name, "lan");
    b->net_count = 1;
    b->net[0].mac[0] = 2;
    b->file[b->file_count] = b->file[1];
    strcpy(b->file[b->file_count++].name, "block");
    b->file[b->file_count] = b->file[1];
    strcpy(b->file[b->file_count++].name, "net");
}

/* Each four bytes of input: where, and what. */
static void patch(uint8_t *to, size_t room, const uint8_t *input, size_t bytes)
{
    for (; bytes >= 4; bytes -= 4, input += 4)
        to[((size_t)input[0] | (size_t)input[1] << 8 | (size_t)(input[2] & 1) << 16) % room] = input[3];
}

/* No index of an accepted device leads out of its table, and no path out of the shared directory. */
static void devices_try(const struct bundle *b)
{
    for (uint32_t i = 0; i < b->disk_count; i++) {
        const struct bundle_disk *d = &b->disk[i];
        const bool slice = (d->flags & BUNDLE_DISK_SLICE) != 0;

        must(d->guest < b->guest_count && memchr(d->path, '\0', sizeof d->path) != NULL);
        must(slice == (d->path[0] == '\0') && d->path[0] != '/' && strncmp(d->path, "../", 3) != 0);
        must(strstr(d->path, "/../") == NULL && memchr(d->overlay, '\0', sizeof d->overlay) != NULL);
        must(d->first_sector + d->sectors >= d->sectors);
    }
    for (uint32_t i = 0; i < b->net_count; i++)
        must(b->net[i].guest < b->guest_count && b->net[i].network < b->network_count);
}

static void bundle_try(const struct bundle *b, uint64_t bytes)
{
    memset(why, 0, sizeof why);
    if (!bundle_check(b, bytes, why, sizeof why)) {
        must(why[0] != '\0' && memchr(why, '\0', sizeof why) != NULL);
        return;
    }
    must(b->total_bytes <= bytes && bundle_server(b, "monitor") != NULL);
    for (uint32_t i = 0; i < b->file_count; i++)
        must(b->file[i].offset <= bytes && b->file[i].bytes <= bytes - b->file[i].offset);
    for (uint32_t i = 0; i < b->guest_count; i++)
        must(b->guest[i].kernel < b->file_count && b->guest[i].cpus <= GUEST_CPUS && bundle_devices(b, i) <= GUEST_DEVICES);
    devices_try(b);
}

/* A description of one guest, and the boot bundle's room for it. */
static void guest_try(const struct bundle *b, uint64_t bytes)
{
    static struct bundle boot = {.guest_count = 2, .network_count = 1, .network = {{.name = "lan"}}};
    struct bundle_sum sum = {0};

    memset(why, 0, sizeof why);
    if (!bundle_check_guest(b, bytes, why, sizeof why)) {
        must(why[0] != '\0' && memchr(why, '\0', sizeof why) != NULL);
        return;
    }
    must(b->guest_count == 1 && b->guest[0].kernel < b->file_count && (b->guest[0].devices & BUNDLE_GUEST_ROOM) == 0);
    devices_try(b);
    while (sum.file < b->file_count && bundle_sum(b, &sum, 4000))
        must(sum.file == b->file_count || sum.at <= b->file[sum.file].bytes);
    boot.guest[0] = (struct bundle_guest){.memory_bytes = 64u << 20, .cpus = 1, .priority = 2, .networks = 1,
                                          .devices = BUNDLE_GUEST_ROOM | BUNDLE_GUEST_DISKS, .folder = "base"};
    strcpy(boot.guest[1].name, "db");
    if (room_fits(&boot, 0, b, &b->guest[0], why, sizeof why) && room_apart(b, &boot, 1, why, sizeof why)) {
        must(b->guest[0].cpus == 1 && strcmp(b->guest[0].name, "db") != 0);
        for (uint32_t i = 0; i < b->disk_count; i++)
            must(strncmp(b->disk[i].path, "base/", 5) == 0);
    }
    (void)room_apart(b, b, 0, why, sizeof why);
}

/* A good one, with devices. */
static struct bundle *guest_good(void)
{
    struct bundle *b = bundle_good_guest(data);

    devices_add(b);
    b->file_count = 2;
    b->disk[1].guest = 0;
    strcpy(b->disk[0].path, "base/web.img");
    strcpy(b->disk[1].overlay, "base/new.overlay");
    return b;
}

static void elf_try(const uint8_t *file, uint64_t bytes)
{
    struct elf_image image;
    uint64_t end = SERVER_VA_BASE;

    if (!elf_read(file, bytes, &image, why, sizeof why))
        return;
    must(image.segment_count >= 1 && image.segment_count <= ELF_SEGMENTS);
    for (uint32_t i = 0; i < image.segment_count; i++) {
        const struct elf_segment *s = &image.segment[i];

        must(s->va >= end && s->va % FRAME_BYTES == 0 && s->pages > 0 && s->pages <= 0x20000);
        must(s->offset <= bytes && s->file_bytes <= bytes - s->offset && s->file_bytes <= s->pages * FRAME_BYTES);
        must((s->rights & MAP_READ) != 0 && (s->rights & (MAP_WRITE | MAP_EXECUTE)) != (MAP_WRITE | MAP_EXECUTE));
        end = s->va + s->pages * FRAME_BYTES;
    }
    must(image.entry >= SERVER_VA_BASE && image.entry < end);
}

static void elf_copy_try(const uint8_t *file, size_t bytes)
{
    uint8_t *copy = malloc(bytes == 0 ? 1 : bytes); /* the sanitizer sees a read behind its end */

    must(copy != NULL);
    memcpy(copy, file, bytes);
    elf_try(copy, bytes);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes)
{
    uint8_t how = bytes > 0 ? input[0] % 5 : 0;

    if (bytes > 0) {
        input++;
        bytes--;
    }
    if (how == 0) {
        memset(data, 0, sizeof data);
        memcpy(data, input, bytes < sizeof data ? bytes : sizeof data);
        bundle_try((const struct bundle *)(const void *)data, bytes < sizeof data ? bytes : sizeof data);
        guest_try((const struct bundle *)(const void *)data, bytes < sizeof data ? bytes : sizeof data);
    } else if (how == 1) {
        struct bundle *b = bundle_good(data);

        devices_add(b);
        patch(data, sizeof data, input, bytes);
        bundle_seal(b);
        bundle_try(b, sizeof data);
    } else if (how == 4) {
        struct bundle *b = guest_good();

        patch(data, sizeof data, input, bytes);
        bundle_seal(b);
        guest_try(b, sizeof data);
    } else if (how == 2) {
        elf_copy_try(input, bytes);
    } else {
        elf_good(data);
        patch(data, 0x200, input, bytes);
        elf_copy_try(data, ELF_BYTES);
    }
    return 0;
}
