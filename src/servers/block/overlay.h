/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The format of an overlay's file, and the pages of its map that are in memory.
 *
 * An overlay is a sparse file: a head of one page, a map with one bit for each sector of the disk (lowest bit first;
 * set: the sector stands in this file, else in the base), whole pages of it, and then every sector at its own place. Bits
 * are only ever set. A bit reaches the file when the data that it vouches for are safe there; so the file is right
 * after a crash at any moment, and holds all that was flushed. docs/disks.md has the format for those who read it.
 */
#pragma once

#include <septum/device.h>

#include <stdbool.h>

#define OVERLAY_MAGIC      UINT64_C(0x315245564f504553) /* "SEPOVER1" */
#define OVERLAY_HEAD_BYTES 512u
#define OVERLAY_MAP_AT     4096u
#define MAP_PAGE_BYTES     4096u
#define MAP_PAGE_SECTORS   (MAP_PAGE_BYTES * 8u)
#define MAP_PAGE_COVERS    ((uint64_t)MAP_PAGE_SECTORS * BLOCK_SECTOR) /* bytes of the disk: 16 MiB */

struct overlay_head { /* little endian; the rest of the page is zero */
    uint64_t magic;
    uint64_t disk_bytes;
    uint64_t data_at;
    uint32_t sector_bytes;
    uint32_t pad;
    char base[BUNDLE_PATH_BYTES]; /* as the description named it, for people */
    uint8_t zero[OVERLAY_HEAD_BYTES - 32 - BUNDLE_PATH_BYTES];
};

enum overlay_verdict { OVERLAY_GOOD, OVERLAY_EMPTY, OVERLAY_OTHER_SIZE, OVERLAY_NONE };

uint64_t overlay_data_at(uint64_t disk_bytes);
void overlay_head_make(struct overlay_head *head, uint64_t disk_bytes, const char *base);
/* EMPTY: nothing was ever flushed into it: its making was cut short. NONE: it is no overlay's head. */
enum overlay_verdict overlay_head_judge(const struct overlay_head *head, uint64_t disk_bytes);

enum page_state { PAGE_FREE, PAGE_LOADING, PAGE_CLEAN, PAGE_DIRTY, PAGE_WRITING };

struct map_page {
    uint8_t state; /* enum page_state */
    uint8_t disk;
    uint32_t index; /* of the disk's map */
    uint32_t used;  /* when, as map.clock counts */
};

#define MAP_PAGES 480u
#define MAP_NONE  MAP_PAGES

/*
 * It lies beside its pages in memory that outlives the server: one that is started again finds there what its clients'
 * overlays have and their files do not know yet.
 */
struct map {
    uint64_t magic;
    uint32_t clock;
    uint32_t hint;
    uint32_t life[DEVICE_CLIENTS]; /* `wanted` of the client that the pages are of; 0: there are none */
    struct map_page page[MAP_PAGES];
    uint8_t *memory; /* of page i at + MAP_PAGE_BYTES * i */
};

/* Empty. */
void map_start(struct map *map, uint8_t *memory);
/* As the last server left it, dirty pages only; or empty, if there was none. */
void map_resume(struct map *map, uint8_t *memory);
/* The client has begun that life: pages of an earlier one go. */
void map_begin(struct map *map, uint32_t disk, uint32_t wanted);
/* The disk has so many bytes: what cannot be of its map goes. */
void map_limit(struct map *map, uint32_t disk, uint64_t disk_bytes);
/* The page, whatever its state, or MAP_NONE. */
uint32_t map_find(struct map *map, uint32_t disk, uint32_t index);
/* A page for that part of the map: a free one, or the clean one that was used longest ago; LOADING. MAP_NONE: all are
 * dirty or on their way. */
uint32_t map_take(struct map *map, uint32_t disk, uint32_t index);
/* The first page of that disk (DEVICE_CLIENTS: of any) in that state, or MAP_NONE. */
uint32_t map_first(const struct map *map, uint32_t disk, enum page_state state);
void map_forget(struct map *map, uint32_t disk);

/* How many of `count` sectors from `sector` of the page on are like the first; *mapped says how that is. */
uint32_t map_run(const struct map *map, uint32_t page, uint32_t sector, uint32_t count, bool *mapped);
/* Sets the bits; the page becomes dirty if one of them was clear. */
void map_mark(struct map *map, uint32_t page, uint32_t sector, uint32_t count);
