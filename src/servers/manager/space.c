/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Building address spaces: frames out of the pool, tables where the kernel wants some, contents by a scratch page. */
#include "manager.h"

#include <string.h>

#include "bundle.h"

bool estate_take(struct estate *estate, uint64_t count, uint64_t align, uint64_t *first)
{
    struct frame_run *last = estate->count > 0 ? &estate->run[estate->count - 1] : NULL;

    if (!pool_take(&pool, count, align, first))
        return !refused("a free frame", SEPTUM_FULL);
    if (last != NULL && last->first + last->count == *first) {
        last->count += count;
        return true;
    }
    if (estate->count == ESTATE_RUNS) {
        pool_give(&pool, *first, count);
        return !refused("a place in the list of frames (memory is too fragmented)", SEPTUM_FULL);
    }
    estate->run[estate->count++] = (struct frame_run){*first, count};
    return true;
}

bool estate_reclaim(uint64_t frame)
{
    static uint64_t self;
    int64_t status = sys_frame_reclaim(frame);

    if (self == 0)
        self = (uint64_t)sys_frame_info(BOOT_CAP_AUDIT, boot_info()->bundle_first).owner;
    if (status != SEPTUM_OK && sys_frame_info(BOOT_CAP_AUDIT, frame).owner != self)
        return !refused("taking a frame back", status);
    pool_give(&pool, frame, 1);
    return true;
}

bool place_frame(const struct place *place, uint64_t *frame)
{
    if (!estate_take(place->estate, 1, 1, frame))
        return false;
    return place->domain == CAP_SELF || !refused("giving a frame", sys_frame_give(*frame, place->domain));
}

/* One more table on the way to `va`: the kernel says by its status which one is missing. */
static bool place_table(const struct place *place, uint64_t va)
{
    uint64_t frame;

    if (!place_frame(place, &frame))
        return false;
    if (sys_space_table(place->domain, va, 1, frame) == SEPTUM_OK)
        return true;
    return !refused("giving a table", sys_space_table(place->domain, va, 0, frame));
}

bool place_map(const struct place *place, uint64_t va, uint64_t frame, uint64_t level, uint64_t rights)
{
    int64_t status = sys_space_map(place->domain, va, frame, level, rights);

    for (int i = 0; status == SEPTUM_NO_TABLE && i < 2; i++) {
        if (!place_table(place, va))
            return false;
        status = sys_space_map(place->domain, va, frame, level, rights);
    }
    return !refused("mapping a frame", status);
}

bool place_window(const struct place *place, uint64_t window_cap, uint64_t va)
{
    int64_t status = sys_window_map(window_cap, place->domain, va);

    for (int i = 0; status == SEPTUM_NO_TABLE && i < 2; i++) {
        if (!place_table(place, va))
            return false;
        status = sys_window_map(window_cap, place->domain, va);
    }
    return !refused("mapping a device", status);
}

bool place_area(const struct place *place, uint64_t va, uint64_t count, uint64_t *first)
{
    if (!estate_take(place->estate, count, 1, first))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (refused("giving a frame", sys_frame_give(*first + i, place->domain)) ||
            !place_map(place, va + i * FRAME_BYTES, *first + i, 0, MAP_READ | MAP_WRITE))
            return false;
    }
    return true;
}

bool place_lend(const struct place *place, const char *step, uint64_t owner, uint64_t va, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (refused(step, sys_frame_lend(owner, first + i, place->domain)) ||
            !place_map(place, va + i * FRAME_BYTES, first + i, 0, MAP_READ | MAP_WRITE))
            return false;
    }
    return true;
}

bool place_root(const struct place *place, uint64_t frames)
{
    uint64_t first;

    if (!estate_take(place->estate, frames, frames, &first))
        return false;
    for (uint64_t i = 0; i < frames; i++) {
        if (refused("giving a root's frame", sys_frame_give(first + i, place->domain)))
            return false;
    }
    return !refused("making a root", sys_space_root(place->domain, first));
}

/* The frame is the domain's and mapped nowhere; what the data do not fill becomes zero. */
bool place_fill(const struct place *place, uint64_t frame, const void *data, uint64_t bytes)
{
    const struct place self = {CAP_SELF, &self_estate};

    if (!place_lend(&self, "borrowing a frame", place->domain, SELF_VA_SCRATCH, frame, 1))
        return false;
    memset((uint8_t *)(uintptr_t)SELF_VA_SCRATCH + bytes, 0, FRAME_BYTES - bytes);
    if (bytes > 0)
        memcpy((void *)(uintptr_t)SELF_VA_SCRATCH, data, bytes);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (refused("unmapping a frame", sys_space_unmap(CAP_SELF, frame)))
        return false;
    return !refused("releasing a frame", sys_frame_release(CAP_SELF, frame));
}

static bool writable_add(struct writable *writable, const struct writable_page *page)
{
    if (writable == NULL)
        return true;
    if (writable->count == WRITABLE_PAGES)
        return !refused("remembering a server's pages", SEPTUM_FULL);
    writable->page[writable->count++] = *page;
    return true;
}

bool place_server(struct place *place, const char *step, const char *server, uint64_t *entry, struct writable *writable)
{
    return cap_take(&place->domain) && !refused(step, sys_domain_create(SEPTUM_SERVER, place->domain)) &&
           place_root(place, 1) && place_elf(place, server, entry, writable) &&
           place_stack(place, SERVER_VA_STACK, writable);
}

bool place_renew(const struct place *place, const struct writable *writable)
{
    for (uint32_t i = 0; i < writable->count; i++) {
        const struct writable_page *page = &writable->page[i];

        sys_space_unmap(place->domain, page->frame);
        if (!place_fill(place, page->frame, page->data, page->bytes) ||
            !place_map(place, page->va, page->frame, 0, MAP_READ | MAP_WRITE))
            return false;
    }
    return true;
}

bool place_stack(const struct place *place, uint64_t top, struct writable *writable)
{
    for (uint64_t va = top - SERVER_STACK_BYTES; va < top; va += FRAME_BYTES) {
        struct writable_page page = {.va = va};

        if (!place_frame(place, &page.frame) || !place_map(place, va, page.frame, 0, MAP_READ | MAP_WRITE) ||
            !writable_add(writable, &page))
            return false;
    }
    return true;
}

static bool place_segment(const struct place *place, const uint8_t *data, const struct elf_segment *s,
                          struct writable *writable)
{
    for (uint64_t at = 0; at < s->pages * FRAME_BYTES; at += FRAME_BYTES) {
        uint64_t left = at < s->file_bytes ? s->file_bytes - at : 0;
        struct writable_page page = {.va = s->va + at, .data = data + s->offset + at};

        page.bytes = left < FRAME_BYTES ? left : FRAME_BYTES;
        if (!place_frame(place, &page.frame))
            return false;
        if (left > 0 && !place_fill(place, page.frame, page.data, page.bytes))
            return false;
        if (!place_map(place, page.va, page.frame, 0, s->rights))
            return false;
        if ((s->rights & MAP_WRITE) != 0 && !writable_add(writable, &page))
            return false;
    }
    return true;
}

bool place_elf(const struct place *place, const char *server, uint64_t *entry, struct writable *writable)
{
    const struct bundle_file *file = bundle_server(bundle, server);
    const uint8_t *data = (const uint8_t *)bundle + file->offset;
    struct elf_image image;
    char why[80];

    if (!elf_read(data, file->bytes, &image, why, sizeof why)) {
        say("bundle: server '%s' %s; build the bundle again (make)", server, why);
        return !refused("reading the server's ELF file", SEPTUM_BAD_ARGUMENT);
    }
    *entry = image.entry;
    for (uint32_t i = 0; i < image.segment_count; i++) {
        if (!place_segment(place, data, &image.segment[i], writable))
            return false;
    }
    return true;
}
