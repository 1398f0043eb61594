/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "bundle.h"

#include <lib/text.h>
#include <septum/proto.h>

#include <string.h>

#include "crc.h"

#define MIB2  (UINT64_C(2) << 20)
#define SECTORS_MOST (UINT64_MAX / 512)
#define VLAN_LAST 4094u
#define AGAIN "; build the bundle again (make) and boot that"

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
        return refuse(why, "is cut short: %lu bytes, its header alone has %lu" AGAIN, bytes, sizeof *b);
    if (b->magic != BUNDLE_MAGIC)
        return refuse(why, "has no bundle header (magic %lx): give the machine a septum bundle as its initrd",
                      b->magic);
    if (b->version != BUNDLE_VERSION)
        return refuse(why, "has version %u, this manager reads version %u" AGAIN, b->version, BUNDLE_VERSION);
    if (b->header_crc32 != header_crc(b))
        return refuse(why, "has a damaged header (checksum %08x, should be %08x)" AGAIN, header_crc(b),
                      b->header_crc32);
    if (b->total_bytes > bytes)
        return refuse(why, "is cut short: %lu of %lu bytes" AGAIN, bytes, b->total_bytes);
    if (b->file_count > BUNDLE_FILES || b->guest_count > BUNDLE_GUESTS)
        return refuse(why, "counts %u files and %u guests; at most %u and %u" AGAIN, b->file_count, b->guest_count,
                      (unsigned)BUNDLE_FILES, (unsigned)BUNDLE_GUESTS);
    if (b->disk_count > BUNDLE_DISKS || b->net_count > BUNDLE_NETS || b->network_count > BUNDLE_NETWORKS)
        return refuse(why, "counts %u disks, %u nets and %u networks; at most %u, %u and %u" AGAIN, b->disk_count,
                      b->net_count, b->network_count, (unsigned)BUNDLE_DISKS, (unsigned)BUNDLE_NETS,
                      (unsigned)BUNDLE_NETWORKS);
    if ((b->flags & ~BUNDLE_UNSAFE_DMA) != 0)
        return refuse(why, "has unknown flags %x" AGAIN, b->flags);
    if (!string_ends(b->description, sizeof b->description))
        return refuse(why, "has a description name without end" AGAIN);
    return true;
}

static bool file_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_file *f = &b->file[index];

    if (!name_is_good(f->name))
        return refuse(why, "has a bad name for file %u" AGAIN, index);
    if (f->kind < BUNDLE_SERVER || f->kind > BUNDLE_MAP)
        return refuse(why, "has an unknown kind %u for file '%s'" AGAIN, f->kind, f->name);
    if (f->offset % FRAME_BYTES != 0 || f->offset < sizeof *b || f->offset > b->total_bytes ||
        f->bytes > b->total_bytes - f->offset)
        return refuse(why, "has file '%s' at %lu + %lu, outside its %lu bytes" AGAIN, f->name, f->offset, f->bytes,
                      b->total_bytes);
    if (crc32_add(0, (const uint8_t *)b + f->offset, f->bytes) != f->crc32)
        return refuse(why, "has a damaged file '%s' (its checksum does not match)" AGAIN, f->name);
    return true;
}

static bool guest_files_check(const struct bundle *b, const struct bundle_guest *g, const struct why *why)
{
    if (g->kernel >= b->file_count || b->file[g->kernel].kind < BUNDLE_KERNEL_IMAGE ||
        b->file[g->kernel].kind > BUNDLE_KERNEL_RAW)
        return refuse(why, "has no kernel for guest '%s'" AGAIN, g->name);
    if (g->initrd != BUNDLE_NO_FILE && (g->initrd >= b->file_count || b->file[g->initrd].kind != BUNDLE_INITRD))
        return refuse(why, "has a wrong initrd for guest '%s'" AGAIN, g->name);
    if (g->map != BUNDLE_NO_FILE && (g->map >= b->file_count || b->file[g->map].kind != BUNDLE_MAP))
        return refuse(why, "has a wrong map for guest '%s'" AGAIN, g->name);
    return true;
}

static bool guest_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_guest *g = &b->guest[index];

    if (!name_is_good(g->name) || !string_ends(g->bootargs, BUNDLE_ARGS_BYTES))
        return refuse(why, "has a bad name or bad bootargs for guest %u" AGAIN, index);
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
        return refuse(why, "has a bad mode, autostart or restart for guest '%s'" AGAIN, g->name);
    if (g->budget_us != 0 && g->budget_us > g->period_us)
        return refuse(why, "gives guest '%s' a budget of %u us in each %u us: the budget must not exceed the period",
                      g->name, g->budget_us, g->period_us);
    if ((g->devices & ~(BUNDLE_GUEST_ENTROPY | BUNDLE_GUEST_CONSOLE)) != 0)
        return refuse(why, "has unknown devices %x for guest '%s'" AGAIN, g->devices, g->name);
    if (bundle_devices(b, index) > GUEST_DEVICES)
        return refuse(why, "gives guest '%s' %u devices: up to %u is right", g->name, bundle_devices(b, index),
                      (unsigned)GUEST_DEVICES);
    return guest_files_check(b, g, why);
}

/* Below the shared directory whatever it holds: relative, and no component is empty, "." or "..". */
static bool path_is_good(const char *path)
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

static bool slice_is_good(const struct bundle_disk *d)
{
    return d->flags <= (BUNDLE_DISK_SLICE | BUNDLE_DISK_READ_ONLY) && (d->flags & BUNDLE_DISK_OVERLAY) == 0 &&
           d->path[0] == '\0' && d->overlay[0] == '\0' && d->sectors != 0 && d->sectors <= SECTORS_MOST &&
           d->first_sector <= SECTORS_MOST - d->sectors;
}

static bool disk_file_is_good(const struct bundle_disk *d)
{
    if (d->first_sector != 0 || d->sectors != 0 || !path_is_good(d->path))
        return false;
    if (d->flags == BUNDLE_DISK_OVERLAY)
        return path_is_good(d->overlay) && strcmp(d->path, d->overlay) != 0;
    return d->flags <= BUNDLE_DISK_READ_ONLY && d->overlay[0] == '\0';
}

static bool disk_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_disk *d = &b->disk[index];

    if (d->guest >= b->guest_count)
        return refuse(why, "gives disk %u to guest %u of %u" AGAIN, index, d->guest, b->guest_count);
    if ((d->flags & BUNDLE_DISK_SLICE) != 0 ? !slice_is_good(d) : !disk_file_is_good(d))
        return refuse(why, "has a bad disk %u of guest '%s'" AGAIN, index, b->guest[d->guest].name);
    return true;
}

static bool network_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_network *n = &b->network[index];

    if (!name_is_good(n->name) || (n->flags & ~BUNDLE_NETWORK_UPLINK) != 0)
        return refuse(why, "has a bad name or bad flags for network %u" AGAIN, index);
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

    if (n->guest >= b->guest_count || n->network >= b->network_count)
        return refuse(why, "joins guest %u of %u to network %u of %u" AGAIN, n->guest, b->guest_count, n->network,
                      b->network_count);
    if (!mac_is_good(n->mac) || n->vlan > VLAN_LAST)
        return refuse(why, "has a bad MAC address or VLAN for guest '%s' on network '%s'" AGAIN,
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

static bool servers_check(const struct bundle *b, const struct why *why)
{
    bool entropy = false;

    for (uint32_t i = 0; i < b->guest_count; i++)
        entropy = entropy || (b->guest[i].devices & BUNDLE_GUEST_ENTROPY) != 0;
    if (bundle_server(b, "monitor") == NULL || bundle_server(b, "console") == NULL)
        return refuse(why, "lacks the server 'monitor' or 'console'" AGAIN);
    if (b->disk_count > 0 && bundle_server(b, "block") == NULL)
        return refuse(why, "has disks, but lacks the server 'block'" AGAIN);
    if (b->net_count > 0 && bundle_server(b, "net") == NULL)
        return refuse(why, "has nets, but lacks the server 'net'" AGAIN);
    if (entropy && bundle_server(b, "entropy") == NULL)
        return refuse(why, "has guests with entropy, but lacks the server 'entropy'" AGAIN);
    return true;
}

bool bundle_check(const void *data, uint64_t bytes, char *why_text, size_t why_bytes)
{
    const struct bundle *b = data;
    const struct why why = {why_text, why_bytes};

    if (!header_check(b, bytes, &why))
        return false;
    for (uint32_t i = 0; i < b->file_count; i++) {
        if (!file_check(b, i, &why))
            return false;
    }
    for (uint32_t i = 0; i < b->guest_count; i++) {
        if (!guest_check(b, i, &why))
            return false;
    }
    return devices_check(b, &why) && servers_check(b, &why);
}

uint32_t bundle_devices(const struct bundle *b, uint32_t guest)
{
    const uint32_t more = b->guest[guest].devices;
    uint32_t count = (more & BUNDLE_GUEST_ENTROPY) / BUNDLE_GUEST_ENTROPY + (more & BUNDLE_GUEST_CONSOLE) / BUNDLE_GUEST_CONSOLE;

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
