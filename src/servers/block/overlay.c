/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "overlay.h"

#include <string.h>

#define MAP_MAGIC UINT64_C(0x31455641455f504d) /* of a struct map that is in use */

_Static_assert(sizeof(struct overlay_head) == OVERLAY_HEAD_BYTES, "the head as the format has it");

uint64_t overlay_data_at(uint64_t disk_bytes)
{
    return OVERLAY_MAP_AT + (disk_bytes + MAP_PAGE_COVERS - 1) / MAP_PAGE_COVERS * MAP_PAGE_BYTES;
}

void overlay_head_make(struct overlay_head *head, uint64_t disk_bytes, const char *base)
{
    memset(head, 0, sizeof *head);
    head->magic = OVERLAY_MAGIC;
    head->disk_bytes = disk_bytes;
    head->data_at = overlay_data_at(disk_bytes);
    head->sector_bytes = BLOCK_SECTOR;
    for (uint32_t i = 0; i + 1 < sizeof head->base && base[i] != '\0'; i++)
        head->base[i] = base[i];
}

static bool is_zero(const struct overlay_head *head)
{
    const uint8_t *byte = (const uint8_t *)head;

    for (uint32_t i = 0; i < sizeof *head; i++) {
        if (byte[i] != 0)
            return false;
    }
    return true;
}

enum overlay_verdict overlay_head_judge(const struct overlay_head *head, uint64_t disk_bytes)
{
    if (is_zero(head))
        return OVERLAY_EMPTY;
    if (head->magic != OVERLAY_MAGIC || head->sector_bytes != BLOCK_SECTOR ||
        head->data_at != overlay_data_at(head->disk_bytes))
        return OVERLAY_NONE;
    return head->disk_bytes == disk_bytes ? OVERLAY_GOOD : OVERLAY_OTHER_SIZE;
}

void map_start(struct map *map, uint8_t *memory)
{
    memset(map, 0, sizeof *map);
    map->magic = MAP_MAGIC;
    map->memory = memory;
}

void map_resume(struct map *map, uint8_t *memory)
{
    if (map->magic != MAP_MAGIC) {
        map_start(map, memory);
        return;
    }
    map->memory = memory;
    map->hint = 0;
    for (uint32_t i = 0; i < MAP_PAGES; i++) {
        struct map_page *p = &map->page[i];

        p->state = p->disk < DEVICE_CLIENTS && (p->state == PAGE_DIRTY || p->state == PAGE_WRITING) ? PAGE_DIRTY : PAGE_FREE;
    }
}

void map_begin(struct map *map, uint32_t disk, uint32_t wanted)
{
    if (map->life[disk] != wanted)
        map_forget(map, disk);
    map->life[disk] = wanted;
}

void map_limit(struct map *map, uint32_t disk, uint64_t disk_bytes)
{
    for (uint32_t i = 0; i < MAP_PAGES; i++) {
        if (map->page[i].disk == disk && map->page[i].index >= (disk_bytes + MAP_PAGE_COVERS - 1) / MAP_PAGE_COVERS)
            map->page[i].state = PAGE_FREE;
    }
}

static bool is_page(const struct map *map, uint32_t page, uint32_t disk, uint32_t index)
{
    const struct map_page *p = &map->page[page];

    return p->state != PAGE_FREE && p->disk == disk && p->index == index;
}

uint32_t map_find(struct map *map, uint32_t disk, uint32_t index)
{
    uint32_t page = map->hint;

    if (!is_page(map, page, disk, index)) {
        page = 0;
        while (page < MAP_PAGES && !is_page(map, page, disk, index))
            page++;
    }
    if (page == MAP_NONE)
        return MAP_NONE;
    map->hint = page;
    map->page[page].used = ++map->clock;
    return page;
}

uint32_t map_take(struct map *map, uint32_t disk, uint32_t index)
{
    uint32_t best = MAP_NONE;

    for (uint32_t i = 0; i < MAP_PAGES; i++) {
        const struct map_page *p = &map->page[i];

        if (p->state == PAGE_FREE) {
            best = i;
            break;
        }
        if (p->state == PAGE_CLEAN && (best == MAP_NONE || map->clock - p->used > map->clock - map->page[best].used))
            best = i;
    }
    if (best != MAP_NONE)
        map->page[best] = (struct map_page){PAGE_LOADING, (uint8_t)disk, index, ++map->clock};
    return best;
}

uint32_t map_first(const struct map *map, uint32_t disk, enum page_state state)
{
    for (uint32_t i = 0; i < MAP_PAGES; i++) {
        if (map->page[i].state == state && (disk == DEVICE_CLIENTS || map->page[i].disk == disk))
            return i;
    }
    return MAP_NONE;
}

void map_forget(struct map *map, uint32_t disk)
{
    map->life[disk] = 0;
    for (uint32_t i = 0; i < MAP_PAGES; i++) {
        if (map->page[i].disk == disk)
            map->page[i].state = PAGE_FREE;
    }
}

static bool bit_of(const struct map *map, uint32_t page, uint32_t sector)
{
    return (map->memory[(size_t)page * MAP_PAGE_BYTES + sector / 8] >> sector % 8 & 1) != 0;
}

uint32_t map_run(const struct map *map, uint32_t page, uint32_t sector, uint32_t count, bool *mapped)
{
    uint32_t run = 1;

    *mapped = bit_of(map, page, sector);
    while (run < count && bit_of(map, page, sector + run) == *mapped)
        run++;
    return run;
}

void map_mark(struct map *map, uint32_t page, uint32_t sector, uint32_t count)
{
    for (uint32_t s = sector; s < sector + count; s++) {
        if (bit_of(map, page, s))
            continue;
        map->memory[(size_t)page * MAP_PAGE_BYTES + s / 8] |= (uint8_t)(1u << s % 8);
        map->page[page].state = PAGE_DIRTY;
    }
}
