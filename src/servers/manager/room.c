/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "room.h"

#include <lib/text.h>

#include <string.h>

#define MIB_BYTES UINT64_C(0x100000)
#define LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Where the reason goes. */
struct why {
    char *text;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct why *why, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_format_list(why->text, why->bytes, format, list);
    va_end(list);
    return false;
}

/* As the description tool has them: who types a name must not have to quote it, nor take it for Septum's own. */
static bool name_is_plain(const char *name)
{
    static const char *const reserved[] = {"septum", "kernel", "loader", "manager", "monitor", "console", "block", "net",
                                           "entropy", "pci", "uplink", "disk", "auditor"};

    if (strspn(name, LETTERS) == 0 || name[strspn(name, LETTERS "0123456789-_")] != '\0')
        return false;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        size_t at = 0;

        while (name[at] != '\0' && (name[at] | 0x20) == reserved[i][at])
            at++;
        if (name[at] == '\0' && reserved[i][at] == '\0')
            return false;
    }
    return true;
}

/* No more of a hart than the room has: a limit of the room's is one for its guest. */
static bool share_fits(const struct bundle_guest *room, const struct bundle_guest *g)
{
    return room->budget_us == 0 ||
           (g->budget_us != 0 && (uint64_t)g->budget_us * room->period_us <= (uint64_t)room->budget_us * g->period_us);
}

static bool sizes_fit(const struct bundle_guest *room, const struct bundle_guest *g, const struct why *why)
{
    if (g->memory_bytes > room->memory_bytes)
        return refuse(why, "guest '%s' wants %lu MiB of memory, and room '%s' has %lu: lower memory-mib", g->name,
                      g->memory_bytes / MIB_BYTES, room->name, room->memory_bytes / MIB_BYTES);
    if (g->cpus > room->cpus)
        return refuse(why, "guest '%s' wants %u CPUs, and room '%s' has %u: lower cpus", g->name, g->cpus, room->name,
                      room->cpus);
    if (g->priority > room->priority)
        return refuse(why, "guest '%s' wants priority %u, and room '%s' has %u: lower priority", g->name, g->priority,
                      room->name, room->priority);
    if (!share_fits(room, g))
        return refuse(why, "guest '%s' wants more of its harts than the %u us of each %u us of room '%s': "
                      "lower budget-us, or write one", g->name, room->budget_us, room->period_us, room->name);
    return true;
}

uint32_t room_network(const struct bundle *boot, const struct bundle *file, uint32_t network)
{
    for (uint32_t i = 0; i < boot->network_count; i++) {
        if (strcmp(boot->network[i].name, file->network[network].name) == 0)
            return i;
    }
    return BUNDLE_NETWORKS;
}

static bool nets_fit(const struct bundle *boot, const struct bundle_guest *room, const struct bundle *file,
                     const struct why *why)
{
    for (uint32_t i = 0; i < file->net_count; i++) {
        const uint32_t network = room_network(boot, file, file->net[i].network);
        const char *name = file->network[file->net[i].network].name;

        if (network == BUNDLE_NETWORKS)
            return refuse(why, "guest '%s' is on network '%s', which '%s' has not: name one of its networks",
                          file->guest[0].name, name, boot->description);
        if ((room->networks >> network & 1) == 0)
            return refuse(why, "guest '%s' is on network '%s', which room '%s' is not: leave the net out, or add the "
                          "network to the room in '%s'", file->guest[0].name, name, room->name, boot->description);
    }
    return true;
}

static bool lies_below(const char *folder, const char *path)
{
    const size_t bytes = strlen(folder);

    return bytes == 0 || path[0] == '\0' || (strncmp(folder, path, bytes) == 0 && path[bytes] == '/');
}

static bool disks_fit(const struct bundle_guest *room, const struct bundle *file, const struct why *why)
{
    if (file->disk_count > 0 && (room->devices & BUNDLE_GUEST_DISKS) == 0)
        return refuse(why, "guest '%s' has a disk, and room '%s' none: leave it out, or write disks; in the room",
                      file->guest[0].name, room->name);
    for (uint32_t i = 0; i < file->disk_count; i++) {
        const struct bundle_disk *d = &file->disk[i];

        if ((d->flags & BUNDLE_DISK_SLICE) != 0)
            return refuse(why, "disk %u of guest '%s' is a slice of the physical disk: name a file", i,
                          file->guest[0].name);
        if (!lies_below(room->folder, d->path) || !lies_below(room->folder, d->overlay))
            return refuse(why, "disk %u of guest '%s', '%s', is not in the folder '%s' of room '%s': move it there", i,
                          file->guest[0].name, d->path, room->folder, room->name);
    }
    return true;
}

bool room_fits(const struct bundle *boot, uint32_t room, const struct bundle *file, const struct bundle_guest *sized,
               char *why_text, size_t why_bytes)
{
    const struct bundle_guest *about = &boot->guest[room];
    const struct why why = {why_text, why_bytes};

    if (!name_is_plain(sized->name))
        return refuse(&why, "'%s' is no name for a guest: use letters, digits, '-' and '_', and no name of Septum's own",
                      sized->name);
    if ((sized->devices & BUNDLE_GUEST_ENTROPY & ~about->devices) != 0)
        return refuse(&why, "guest '%s' has an entropy device, and room '%s' none: leave it out, or write entropy; in "
                      "the room", sized->name, about->name);
    return sizes_fit(about, sized, &why) && nets_fit(boot, about, file, &why) && disks_fit(about, file, &why);
}

/* A file that a disk uses. */
struct use {
    const char *path;
    bool writes;
};

static uint32_t uses_of(const struct bundle_disk *d, struct use use[2])
{
    if ((d->flags & BUNDLE_DISK_SLICE) != 0)
        return 0;
    use[0] = (struct use){d->path, d->flags == 0};
    use[1] = (struct use){d->overlay, true};
    return (d->flags & BUNDLE_DISK_OVERLAY) != 0 ? 2 : 1;
}

/* A file that both use and one of them writes; NULL: there is none. */
static const char *disks_clash(const struct bundle_disk *a, const struct bundle_disk *b)
{
    struct use of_a[2];
    struct use of_b[2];
    const uint32_t count_a = uses_of(a, of_a);
    const uint32_t count_b = uses_of(b, of_b);

    for (uint32_t i = 0; i < count_a; i++) {
        for (uint32_t k = 0; k < count_b; k++) {
            if ((of_a[i].writes || of_b[k].writes) && strcmp(of_a[i].path, of_b[k].path) == 0)
                return of_a[i].path;
        }
    }
    return NULL;
}

static bool disks_apart(const struct bundle *file, const struct bundle *other, uint32_t guest, const struct why *why)
{
    for (uint32_t i = 0; i < file->disk_count; i++) {
        for (uint32_t k = 0; k < other->disk_count; k++) {
            const char *path;

            if (other->disk[k].guest != guest || (other == file && k <= i))
                continue;
            path = disks_clash(&file->disk[i], &other->disk[k]);
            if (path != NULL)
                return refuse(why, "guests '%s' and '%s' both use the file '%s', and one of them writes it: write "
                              "overlay; or read-only; at both", file->guest[0].name, other->guest[guest].name, path);
        }
    }
    return true;
}

static bool nets_apart(const struct bundle *file, const struct bundle *other, uint32_t guest, const struct why *why)
{
    for (uint32_t i = 0; i < file->net_count; i++) {
        for (uint32_t k = 0; k < other->net_count; k++) {
            const struct bundle_net *a = &file->net[i];
            const struct bundle_net *b = &other->net[k];

            if (b->guest == guest && memcmp(a->mac, b->mac, sizeof a->mac) == 0 &&
                strcmp(file->network[a->network].name, other->network[b->network].name) == 0)
                return refuse(why, "guests '%s' and '%s' have one MAC address on network '%s': change one",
                              file->guest[0].name, other->guest[guest].name, file->network[a->network].name);
        }
    }
    return true;
}

bool room_apart(const struct bundle *file, const struct bundle *other, uint32_t guest, char *why_text, size_t why_bytes)
{
    const struct why why = {why_text, why_bytes};

    if (other != file && strcmp(file->guest[0].name, other->guest[guest].name) == 0)
        return refuse(&why, "there is a guest '%s' already: give this one another name", file->guest[0].name);
    return disks_apart(file, other, guest, &why) && (other == file || nets_apart(file, other, guest, &why));
}
