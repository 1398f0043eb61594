/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "bundle.h"

#include <lib/crc32.h>
#include <lib/text.h>
#include <septum/proto.h>

#include <string.h>


#define MIB2  (UINT64_C(2) << 20)
#define SECTORS_MOST (UINT64_MAX / 512)
#define VLAN_LAST 4094u

/* Where the reason goes, and what to do about a bundle that the tool did not write like that. */
struct why {
    char *text;
    size_t bytes;
    const char *again;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct why *why, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_format_list(why->text, why->bytes, format, list);
    va_end(list);
    return false;
}

__attribute__((format(printf, 2, 3))) static bool damaged(const struct why *why, const char *format, ...)
{
    va_list list;
    size_t used;

    va_start(list, format);
    used = text_format_list(why->text, why->bytes, format, list);
    va_end(list);
    text_format(why->text + used, why->bytes - used, "; %s", why->again);
    return false;
}

/* A NUL within the array; a name also has at least one character, all printable and none a quote. */
static bool string_ends(const char *text, size_t bytes)
{
    return memchr(text, '\0', bytes) != NULL;
}

static bool name_is_good(const char *name)
{
    if (!string_ends(name, BUNDLE_NAME_BYTES) || name[0] == '\0')
        return false;
    for (; *name != '\0'; name++) {
        if (*name <= ' ' || *name > '~' || *name == '\'')
            return false;
    }
    return true;
}

static uint32_t header_crc(const struct bundle *b)
{
    const uint8_t *data = (const uint8_t *)b;
    const size_t at = offsetof(struct bundle, header_crc32);
    const uint32_t zero = 0;
    uint32_t crc = crc32_add(0, data, at);

    crc = crc32_add(crc, &zero, sizeof zero);
    return crc32_add(crc, data + at + sizeof zero, sizeof *b - at - sizeof zero);
}

static bool header_check(const struct bundle *b, uint64_t bytes, const struct why *why)
{
    if (bytes < sizeof *b)
        return damaged(why, "is cut short: %lu bytes, its header alone has %lu", bytes, sizeof *b);
    if (b->magic != BUNDLE_MAGIC)
        return refuse(why, "has no bundle header (magic %lx): give the machine a septum bundle as its initrd",
                      b->magic);
    if (b->version != BUNDLE_VERSION)
        return damaged(why, "has version %u, this manager reads version %u", b->version, BUNDLE_VERSION);
    if (b->header_crc32 != header_crc(b))
        return damaged(why, "has a damaged header (checksum %08x, should be %08x)", header_crc(b),
                       b->header_crc32);
    if (b->total_bytes > bytes)
        return damaged(why, "is cut short: %lu of %lu bytes", bytes, b->total_bytes);
    if (b->file_count > BUNDLE_FILES || b->guest_count > BUNDLE_GUESTS)
        return damaged(why, "counts %u files and %u guests; at most %u and %u", b->file_count, b->guest_count,
                       (unsigned)BUNDLE_FILES, (unsigned)BUNDLE_GUESTS);
    if (b->disk_count > BUNDLE_DISKS || b->net_count > BUNDLE_NETS || b->network_count > BUNDLE_NETWORKS)
        return damaged(why, "counts %u disks, %u nets and %u networks; at most %u, %u and %u", b->disk_count,
                       b->net_count, b->network_count, (unsigned)BUNDLE_DISKS, (unsigned)BUNDLE_NETS,
                       (unsigned)BUNDLE_NETWORKS);
    if ((b->flags & ~(BUNDLE_UNSAFE_DMA | BUNDLE_AUDITOR)) != 0)
        return damaged(why, "has unknown flags %x", b->flags);
    if (b->audit_seconds > ((b->flags & BUNDLE_AUDITOR) != 0 ? BUNDLE_AUDIT_SECONDS : 0) || b->pad != 0)
        return damaged(why, "wants an audit every %u s; at most %u, and with an auditor", b->audit_seconds,
                       (unsigned)BUNDLE_AUDIT_SECONDS);
    if (!string_ends(b->description, sizeof b->description))
        return damaged(why, "has a description name without end");
    return true;
}

static bool file_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_file *f = &b->file[index];

    if (!name_is_good(f->name))
        return damaged(why, "has a bad name for file %u", index);
    if (f->kind < BUNDLE_SERVER || f->kind > BUNDLE_MAP)
        return damaged(why, "has an unknown kind %u for file '%s'", f->kind, f->name);
    if (f->offset % FRAME_BYTES != 0 || f->offset < sizeof *b || f->offset > b->total_bytes ||
        f->bytes > b->total_bytes - f->offset)
        return damaged(why, "has file '%s' at %lu + %lu, outside its %lu bytes", f->name, f->offset, f->bytes,
                       b->total_bytes);
    return true;
}

bool bundle_sum(const struct bundle *b, struct bundle_sum *sum, uint64_t most)
{
    while (sum->file < b->file_count) {
        const struct bundle_file *f = &b->file[sum->file];
        const uint64_t left = f->bytes - sum->at;
        const uint64_t bytes = left < most ? left : most;

        sum->crc = crc32_add(sum->crc, (const uint8_t *)b + f->offset + sum->at, bytes);
        sum->at += bytes;
        most -= bytes;
        if (sum->at < f->bytes)
            return true;
        if (sum->crc != f->crc32)
            return false;
        *sum = (struct bundle_sum){sum->file + 1, 0, 0};
    }
    return true;
}

static bool files_check(const struct bundle *b, const struct why *why)
{
    struct bundle_sum sum = {0};

    for (uint32_t i = 0; i < b->file_count; i++) {
        if (!file_check(b, i, why))
            return false;
    }
    if (!bundle_sum(b, &sum, UINT64_MAX))
        return damaged(why, "has a damaged file '%s' (its checksum does not match)", b->file[sum.file].name);
    return true;
}

/* Below the shared directory whatever it holds: relative, and no component is empty, "." or "..". */
bool bundle_path_is_good(const char path[BUNDLE_PATH_BYTES])
{
    if (!string_ends(path, BUNDLE_PATH_BYTES) || path[0] == '\0')
        return false;
    for (const char *at = path;; at++) {
        const size_t bytes = strcspn(at, "/");

        if (bytes == 0 || (bytes == 1 && at[0] == '.') || (bytes == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        for (size_t i = 0; i < bytes; i++) {
            if ((uint8_t)at[i] < ' ' || at[i] == 0x7f)
                return false;
        }
        at += bytes;
        if (*at == '\0')
            return true;
    }
}

static bool guest_files_check(const struct bundle *b, const struct bundle_guest *g, const struct why *why)
{
    if (g->kernel >= b->file_count || b->file[g->kernel].kind < BUNDLE_KERNEL_IMAGE ||
        b->file[g->kernel].kind > BUNDLE_KERNEL_RAW)
        return damaged(why, "has no kernel for guest '%s'", g->name);
    if (g->initrd != BUNDLE_NO_FILE && (g->initrd >= b->file_count || b->file[g->initrd].kind != BUNDLE_INITRD))
        return damaged(why, "has a wrong initrd for guest '%s'", g->name);
    if (g->map != BUNDLE_NO_FILE && (g->map >= b->file_count || b->file[g->map].kind != BUNDLE_MAP))
        return damaged(why, "has a wrong map for guest '%s'", g->name);
    return true;
}

static bool is_room(const struct bundle_guest *g)
{
    return (g->devices & BUNDLE_GUEST_ROOM) != 0;
}

/* What only a room has, and what it has not. */
static bool room_check(const struct bundle *b, const struct bundle_guest *g, const struct why *why)
{
    if (!is_room(g)) {
        if (g->networks != 0 || g->folder[0] != '\0' || (g->devices & BUNDLE_GUEST_DISKS) != 0)
            return damaged(why, "gives guest '%s' what is a room's", g->name);
        return guest_files_check(b, g, why);
    }
    if (g->kernel != BUNDLE_NO_FILE || g->initrd != BUNDLE_NO_FILE || g->map != BUNDLE_NO_FILE || g->autostart != 0 ||
        (g->devices & (BUNDLE_GUEST_CONSOLE | BUNDLE_GUEST_BALLOON)) != 0)
        return damaged(why, "gives room '%s' what is a guest's", g->name);
    if (g->networks >> b->network_count != 0 || (g->folder[0] != '\0' && !bundle_path_is_good(g->folder)))
        return damaged(why, "has bad networks or a bad folder for room '%s'", g->name);
    return true;
}

static bool guest_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_guest *g = &b->guest[index];

    if (!name_is_good(g->name) || !string_ends(g->bootargs, BUNDLE_ARGS_BYTES))
        return damaged(why, "has a bad name or bad bootargs for guest %u", index);
    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(b->guest[i].name, g->name) == 0)
            return refuse(why, "has two guests named '%s': rename one in the system description", g->name);
    }
    if (g->memory_bytes == 0 || g->memory_bytes % MIB2 != 0 || g->memory_bytes > (uint64_t)FRAMES * FRAME_BYTES)
        return refuse(why, "gives guest '%s' %lu bytes of memory: a multiple of 2 MiB up to 16 GiB is right", g->name,
                      g->memory_bytes);
    if (g->cpus == 0 || g->cpus > GUEST_CPUS)
        return refuse(why, "gives guest '%s' %u cpus: 1 to %u is right", g->name, g->cpus, (unsigned)GUEST_CPUS);
    if (g->priority < 1 || g->priority > 4)
        return refuse(why, "gives guest '%s' priority %u: 1 to 4 is right", g->name, g->priority);
    if (g->mode > BUNDLE_SHADOW || g->autostart > 1 || g->restart > BUNDLE_RESTART_ON_CRASH)
        return damaged(why, "has a bad mode, autostart or restart for guest '%s'", g->name);
    if (g->budget_us != 0 && g->budget_us > g->period_us)
        return refuse(why, "gives guest '%s' a budget of %u us in each %u us: the budget must not exceed the period",
                      g->name, g->budget_us, g->period_us);
    if ((g->devices & ~(BUNDLE_GUEST_ENTROPY | BUNDLE_GUEST_CONSOLE | BUNDLE_GUEST_ROOM | BUNDLE_GUEST_DISKS |
                        BUNDLE_GUEST_BALLOON)) != 0)
        return damaged(why, "has unknown devices %x for guest '%s'", g->devices, g->name);
    if (bundle_devices(b, index) > GUEST_DEVICES)
        return refuse(why, "gives guest '%s' %u devices: up to %u is right", g->name, bundle_devices(b, index),
                      (unsigned)GUEST_DEVICES);
    return room_check(b, g, why);
}

static bool slice_is_good(const struct bundle_disk *d)
{
    return d->flags <= (BUNDLE_DISK_SLICE | BUNDLE_DISK_READ_ONLY) && (d->flags & BUNDLE_DISK_OVERLAY) == 0 &&
           d->path[0] == '\0' && d->overlay[0] == '\0' && d->sectors != 0 && d->sectors <= SECTORS_MOST &&
           d->first_sector <= SECTORS_MOST - d->sectors;
}

static bool disk_file_is_good(const struct bundle_disk *d)
{
    if (d->first_sector != 0 || d->sectors != 0 || !bundle_path_is_good(d->path))
        return false;
    if (d->flags == BUNDLE_DISK_OVERLAY)
        return bundle_path_is_good(d->overlay) && strcmp(d->path, d->overlay) != 0;
    return d->flags <= BUNDLE_DISK_READ_ONLY && d->overlay[0] == '\0';
}

/* Sectors that both have, and at least one writes. */
static bool slices_meet(const struct bundle_disk *a, const struct bundle_disk *b)
{
    return (a->flags & b->flags & BUNDLE_DISK_SLICE) != 0 && (a->flags & b->flags & BUNDLE_DISK_READ_ONLY) == 0 &&
           a->first_sector < b->first_sector + b->sectors && b->first_sector < a->first_sector + a->sectors;
}

static bool disk_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_disk *d = &b->disk[index];

    if (d->guest >= b->guest_count || is_room(&b->guest[d->guest]))
        return damaged(why, "gives disk %u to guest %u of %u", index, d->guest, b->guest_count);
    if ((d->flags & BUNDLE_DISK_SLICE) != 0 ? !slice_is_good(d) : !disk_file_is_good(d))
        return damaged(why, "has a bad disk %u of guest '%s'", index, b->guest[d->guest].name);
    for (uint32_t i = 0; i < index; i++) {
        if (slices_meet(&b->disk[i], d))
            return refuse(why, "gives guests '%s' and '%s' slices that overlap: move one in the system description",
                          b->guest[b->disk[i].guest].name, b->guest[d->guest].name);
    }
    return true;
}

static bool network_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_network *n = &b->network[index];

    if (!name_is_good(n->name) || (n->flags & ~BUNDLE_NETWORK_UPLINK) != 0)
        return damaged(why, "has a bad name or bad flags for network %u", index);
    for (uint32_t i = 0; i < index; i++) {
        if ((b->network[i].flags & n->flags & BUNDLE_NETWORK_UPLINK) != 0)
            return refuse(why, "joins networks '%s' and '%s' by one uplink: remove one in the system description",
                          b->network[i].name, n->name);
    }
    return true;
}

static bool mac_is_good(const uint8_t mac[6])
{
    static const uint8_t none[6];

    return (mac[0] & 1) == 0 && memcmp(mac, none, sizeof none) != 0;
}

static bool net_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_net *n = &b->net[index];

    if (n->guest >= b->guest_count || is_room(&b->guest[n->guest]) || n->network >= b->network_count)
        return damaged(why, "joins guest %u of %u to network %u of %u", n->guest, b->guest_count, n->network,
                       b->network_count);
    if (!mac_is_good(n->mac) || n->vlan > VLAN_LAST)
        return damaged(why, "has a bad MAC address or VLAN for guest '%s' on network '%s'",
                       b->guest[n->guest].name, b->network[n->network].name);
    for (uint32_t i = 0; i < index; i++) {
        if (b->net[i].network == n->network && memcmp(b->net[i].mac, n->mac, sizeof n->mac) == 0)
            return refuse(why, "gives guests '%s' and '%s' one MAC address: change one in the system description",
                          b->guest[b->net[i].guest].name, b->guest[n->guest].name);
    }
    return true;
}

static bool devices_check(const struct bundle *b, const struct why *why)
{
    bool good = true;

    for (uint32_t i = 0; good && i < b->network_count; i++)
        good = network_check(b, i, why);
    for (uint32_t i = 0; good && i < b->disk_count; i++)
        good = disk_check(b, i, why);
    for (uint32_t i = 0; good && i < b->net_count; i++)
        good = net_check(b, i, why);
    return good;
}

uint32_t bundle_uplink(const struct bundle *b)
{
    uint64_t used = 0;

    for (uint32_t i = 0; i < b->net_count; i++)
        used |= UINT64_C(1) << b->net[i].network;
    for (uint32_t i = 0; i < b->guest_count; i++)
        used |= b->guest[i].networks;
    for (uint32_t i = 0; i < b->network_count; i++) {
        if ((used >> i & 1) != 0 && (b->network[i].flags & BUNDLE_NETWORK_UPLINK) != 0)
            return i;
    }
    return BUNDLE_NETWORKS;
}

static bool servers_check(const struct bundle *b, const struct why *why)
{
    bool block = false;
    bool disk = false;
    bool net = b->net_count > 0;
    bool entropy = false;

    for (uint32_t i = 0; i < b->disk_count; i++) {
        block = block || (b->disk[i].flags & BUNDLE_DISK_SLICE) == 0;
        disk = disk || (b->disk[i].flags & BUNDLE_DISK_SLICE) != 0;
    }
    for (uint32_t i = 0; i < b->guest_count; i++) {
        block = block || is_room(&b->guest[i]); /* it reads what comes into a room */
        net = net || b->guest[i].networks != 0;
        entropy = entropy || (b->guest[i].devices & BUNDLE_GUEST_ENTROPY) != 0;
    }
    if (bundle_server(b, "monitor") == NULL || bundle_server(b, "console") == NULL)
        return damaged(why, "lacks the server 'monitor' or 'console'");
    if (block && bundle_server(b, "block") == NULL)
        return damaged(why, "has disks or rooms, but lacks the server 'block'");
    if (disk && bundle_server(b, "disk") == NULL)
        return damaged(why, "has slices of a disk, but lacks the server 'disk'");
    if (net && bundle_server(b, "net") == NULL)
        return damaged(why, "has nets, but lacks the server 'net'");
    if (bundle_uplink(b) != BUNDLE_NETWORKS && bundle_server(b, "uplink") == NULL)
        return damaged(why, "has a network with an uplink, but lacks the server 'uplink'");
    if (entropy && bundle_server(b, "entropy") == NULL)
        return damaged(why, "has guests with entropy, but lacks the server 'entropy'");
    if ((b->flags & BUNDLE_AUDITOR) != 0 && bundle_server(b, "auditor") == NULL)
        return damaged(why, "wants audits, but lacks the server 'auditor'");
    return true;
}

static bool guests_check(const struct bundle *b, const struct why *why)
{
    bool good = true;

    for (uint32_t i = 0; good && i < b->guest_count; i++)
        good = guest_check(b, i, why);
    return good && devices_check(b, why);
}

bool bundle_check(const void *data, uint64_t bytes, char *why_text, size_t why_bytes)
{
    const struct bundle *b = data;
    const struct why why = {why_text, why_bytes, "build the bundle again (make) and boot that"};

    return header_check(b, bytes, &why) && files_check(b, &why) && guests_check(b, &why) && servers_check(b, &why);
}

bool bundle_check_guest(const void *data, uint64_t bytes, char *why_text, size_t why_bytes)
{
    const struct bundle *b = data;
    const struct why why = {why_text, why_bytes, "compile its description again (septum-config bundle --guest)"};

    if (!header_check(b, bytes, &why))
        return false;
    for (uint32_t i = 0; i < b->file_count; i++) {
        if (!file_check(b, i, &why))
            return false;
        if (b->file[i].kind == BUNDLE_SERVER)
            return damaged(&why, "brings a server '%s'", b->file[i].name);
    }
    if (b->guest_count != 1 || is_room(&b->guest[0]) || b->flags != 0)
        return damaged(&why, "is not the description of one guest");
    return guests_check(b, &why);
}

uint32_t bundle_devices(const struct bundle *b, uint32_t guest)
{
    const uint32_t more = b->guest[guest].devices;
    uint32_t count = (more & BUNDLE_GUEST_ENTROPY) / BUNDLE_GUEST_ENTROPY + (more & BUNDLE_GUEST_CONSOLE) / BUNDLE_GUEST_CONSOLE +
                     (more & BUNDLE_GUEST_BALLOON) / BUNDLE_GUEST_BALLOON;

    for (uint32_t i = 0; i < b->disk_count; i++)
        count += b->disk[i].guest == guest;
    for (uint32_t i = 0; i < b->net_count; i++)
        count += b->net[i].guest == guest;
    return count;
}

const struct bundle_file *bundle_server(const struct bundle *b, const char *name)
{
    for (uint32_t i = 0; i < b->file_count; i++) {
        if (b->file[i].kind == BUNDLE_SERVER && strcmp(b->file[i].name, name) == 0)
            return &b->file[i];
    }
    return NULL;
}
