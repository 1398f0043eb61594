/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A disk's files are opened and let go in stages, each one question to the file server. A fault of a file fails its disk
 * with a line that says which, what and how to mend it.
 */
#include "block.h"

#include <string.h>

enum stage {
    STAGE_BASE_WALK,
    STAGE_BASE_ATTR,
    STAGE_BASE_OPEN,
    STAGE_OVER_WALK,
    STAGE_OVER_ATTR,
    STAGE_OVER_OPEN,
    STAGE_OVER_HEAD,   /* is read */
    STAGE_OVER_CLUNK,  /* half of its path was walked, and then it is not there */
    STAGE_FOLDER_WALK, /* the overlay is to be made */
    STAGE_CREATE,
    STAGE_SIZE,
    STAGE_WRITE_HEAD,
    STAGE_SYNC_HEAD,
    STAGE_CLUNK_BASE,
    STAGE_CLUNK_OVER,
};

#define NEW_FILE_MODE 0644u
#define ID_BYTES      20u

static struct overlay_head *head_of(const struct disk *d)
{
    return (struct overlay_head *)(void *)(share.memory + SHARE_HEADS_AT + (size_t)OVERLAY_HEAD_BYTES * d->index);
}

static uint64_t head_address(const struct disk *d)
{
    return share.address + SHARE_HEADS_AT + (uint64_t)OVERLAY_HEAD_BYTES * d->index;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static void stage_go(struct disk *d, enum stage stage)
{
    d->stage = stage;
    d->walked = 0;
}

void file_open(struct disk *d)
{
    d->state = DISK_OPENING;
    d->asked = false;
    d->has[FILE_BASE] = false;
    d->has[FILE_OVERLAY] = false;
    stage_go(d, STAGE_BASE_WALK);
}

static void file_fail(struct disk *d)
{
    d->state = DISK_FAILED;
    ring_break(d->ring);
    d->bell = true;
}

static void file_opened(struct disk *d)
{
    struct ring_about about = {d->bytes, 0, name_of(d->about.path)};

    about.flags = (d->about.flags & BUNDLE_DISK_READ_ONLY) != 0 ? BLOCK_FLAG_READ_ONLY
                                                                : BLOCK_FLAG_DISCARD | BLOCK_FLAG_ZEROES;
    map_limit(map, d->index, d->bytes);
    d->flags = about.flags;
    d->state = DISK_OPEN;
    ring_open(d->ring, &d->place, &about);
    d->bell = true;
}

static void put(struct disk *d, struct p9_ask *ask, uint64_t data)
{
    d->asked = true;
    disk_ask(d, ask, data, OWNER(OWNER_FILE, d->index, 0));
}

/* The next names of the path; the overlay's own name is left out where its folder is looked for. */
static void walk(struct disk *d, enum disk_file file, const char *path, uint32_t bytes)
{
    struct p9_ask ask = {.type = P9_WALK, .fid = d->walked == 0 ? SHARE_ROOT : disk_fid(d, file),
                         .new_fid = disk_fid(d, file), .name = path + d->walked, .name_bytes = bytes - d->walked};

    d->asked = true;
    d->walked += disk_ask(d, &ask, 0, OWNER(OWNER_FILE, d->index, 0));
}

static void simple(struct disk *d, enum p9_type type, enum disk_file file, uint32_t flags)
{
    struct p9_ask ask = {.type = (uint8_t)type, .fid = disk_fid(d, file), .flags = flags};

    put(d, &ask, 0);
}

static void head_ask(struct disk *d, enum p9_type type)
{
    struct p9_ask ask = {.type = (uint8_t)type, .fid = disk_fid(d, FILE_OVERLAY), .bytes = OVERLAY_HEAD_BYTES};

    if (type == P9_WRITE)
        overlay_head_make(head_of(d), d->bytes, d->about.path);
    put(d, &ask, head_address(d));
}

static void create_ask(struct disk *d)
{
    const char *name = name_of(d->about.overlay);
    struct p9_ask ask = {.type = P9_LCREATE, .fid = disk_fid(d, FILE_OVERLAY), .flags = P9_OPEN_BOTH | P9_OPEN_EXCL,
                         .mode = NEW_FILE_MODE, .name = name, .name_bytes = (uint32_t)strlen(name)};

    put(d, &ask, 0);
}

static void size_ask(struct disk *d)
{
    struct p9_ask ask = {.type = P9_SETATTR, .fid = disk_fid(d, FILE_OVERLAY), .size = d->data_at + d->bytes};

    put(d, &ask, 0);
}

static uint32_t folder_bytes(const struct disk *d)
{
    return (uint32_t)(name_of(d->about.overlay) - d->about.overlay);
}

static uint32_t base_rights(const struct disk *d)
{
    return (d->about.flags & (BUNDLE_DISK_READ_ONLY | BUNDLE_DISK_OVERLAY)) != 0 ? P9_OPEN_READ : P9_OPEN_BOTH;
}

static void stage_ask(struct disk *d)
{
    switch ((enum stage)d->stage) {
    case STAGE_BASE_WALK:
        walk(d, FILE_BASE, d->about.path, (uint32_t)strlen(d->about.path));
        break;
    case STAGE_BASE_ATTR:
        simple(d, P9_GETATTR, FILE_BASE, 0);
        break;
    case STAGE_BASE_OPEN:
        simple(d, P9_LOPEN, FILE_BASE, base_rights(d));
        break;
    case STAGE_OVER_WALK:
        walk(d, FILE_OVERLAY, d->about.overlay, (uint32_t)strlen(d->about.overlay));
        break;
    case STAGE_OVER_ATTR:
        simple(d, P9_GETATTR, FILE_OVERLAY, 0);
        break;
    case STAGE_OVER_OPEN:
        simple(d, P9_LOPEN, FILE_OVERLAY, P9_OPEN_BOTH);
        break;
    case STAGE_OVER_HEAD:
        head_ask(d, P9_READ);
        break;
    case STAGE_FOLDER_WALK:
        walk(d, FILE_OVERLAY, d->about.overlay, folder_bytes(d));
        break;
    case STAGE_CREATE:
        create_ask(d);
        break;
    case STAGE_SIZE:
        size_ask(d);
        break;
    case STAGE_WRITE_HEAD:
        head_ask(d, P9_WRITE);
        break;
    case STAGE_SYNC_HEAD:
        simple(d, P9_FSYNC, FILE_OVERLAY, 0);
        break;
    case STAGE_CLUNK_BASE:
        simple(d, P9_CLUNK, FILE_BASE, 0);
        break;
    case STAGE_OVER_CLUNK:
    case STAGE_CLUNK_OVER:
        simple(d, P9_CLUNK, FILE_OVERLAY, 0);
        break;
    }
}

/* Nothing is left to let go of; or which stage is next. */
static bool closed(struct disk *d)
{
    if (d->has[FILE_BASE])
        stage_go(d, STAGE_CLUNK_BASE);
    else if (d->has[FILE_OVERLAY])
        stage_go(d, STAGE_CLUNK_OVER);
    else
        d->state = DISK_NONE;
    return d->state == DISK_NONE;
}

bool file_run(struct disk *d)
{
    if (d->asked || (d->state != DISK_OPENING && d->state != DISK_CLOSING))
        return false;
    if (d->state == DISK_CLOSING && closed(d))
        return true;
    if (!disk_may_ask(d))
        return false;
    stage_ask(d);
    return true;
}

static void walked(struct disk *d, uint32_t bytes, enum stage next)
{
    if (d->walked >= bytes)
        stage_go(d, next);
}

static void base_attr(struct disk *d, const struct p9_reply *reply)
{
    if ((reply->mode & P9_MODE_KIND) != P9_MODE_FILE) {
        disk_complain(d, "the file is not a regular file (links are not followed): name the file itself");
        file_fail(d);
    } else if ((reply->size == 0 || reply->size % BLOCK_SECTOR != 0) && disk_is_read_by_manager(d)) {
        disk_complain(d, "it has %lu bytes, and a compiled description is padded to 4096: compile it again (septum-config "
                         "bundle --guest)", (unsigned long)reply->size);
        file_fail(d);
    } else if (reply->size == 0 || reply->size % BLOCK_SECTOR != 0) {
        disk_complain(d, "the file has %lu bytes, and a disk has whole sectors: truncate -s %%512 makes it larger",
                      (unsigned long)reply->size);
        file_fail(d);
    } else {
        d->bytes = reply->size;
        d->data_at = overlay_data_at(d->bytes);
        stage_go(d, STAGE_BASE_OPEN);
    }
}

static void overlay_attr(struct disk *d, const struct p9_reply *reply)
{
    if ((reply->mode & P9_MODE_KIND) != P9_MODE_FILE || (reply->size != 0 && reply->size < OVERLAY_MAP_AT)) {
        disk_complain(d, "'%s' is no overlay: name another file, or remove this one", d->about.overlay);
        file_fail(d);
        return;
    }
    d->overlay_bytes = reply->size;
    stage_go(d, STAGE_OVER_OPEN);
}

static void overlay_head(struct disk *d, const struct p9_reply *reply)
{
    const enum overlay_verdict verdict =
        reply->count == OVERLAY_HEAD_BYTES ? overlay_head_judge(head_of(d), d->bytes) : OVERLAY_NONE;

    if (verdict == OVERLAY_GOOD) {
        file_opened(d);
    } else if (verdict == OVERLAY_EMPTY && d->overlay_bytes == d->data_at + d->bytes) {
        stage_go(d, STAGE_WRITE_HEAD);
    } else {
        if (verdict == OVERLAY_OTHER_SIZE)
            disk_complain(d, "overlay '%s' was made for a file of another size: remove it, and what was written is lost",
                          d->about.overlay);
        else
            disk_complain(d, "'%s' is no overlay: name another file, or remove this one", d->about.overlay);
        file_fail(d);
    }
}

/* The answer is no error. */
static void stage_done(struct disk *d, const struct p9_reply *reply)
{
    switch ((enum stage)d->stage) {
    case STAGE_BASE_WALK:
        walked(d, (uint32_t)strlen(d->about.path), STAGE_BASE_ATTR);
        break;
    case STAGE_BASE_ATTR:
        base_attr(d, reply);
        break;
    case STAGE_BASE_OPEN:
        if (disk_has_overlay(d))
            stage_go(d, STAGE_OVER_WALK);
        else
            file_opened(d);
        break;
    case STAGE_OVER_WALK:
        walked(d, (uint32_t)strlen(d->about.overlay), STAGE_OVER_ATTR);
        break;
    case STAGE_OVER_ATTR:
        overlay_attr(d, reply);
        break;
    case STAGE_OVER_OPEN:
        stage_go(d, d->overlay_bytes == 0 ? STAGE_SIZE : STAGE_OVER_HEAD);
        break;
    case STAGE_OVER_HEAD:
        overlay_head(d, reply);
        break;
    case STAGE_FOLDER_WALK:
        walked(d, folder_bytes(d), STAGE_CREATE);
        break;
    case STAGE_CREATE:
        stage_go(d, STAGE_SIZE);
        break;
    case STAGE_SIZE:
        stage_go(d, STAGE_WRITE_HEAD);
        break;
    case STAGE_WRITE_HEAD:
        if (reply->count == OVERLAY_HEAD_BYTES)
            stage_go(d, STAGE_SYNC_HEAD);
        else
            file_fail(d);
        break;
    case STAGE_SYNC_HEAD:
        file_opened(d);
        break;
    case STAGE_OVER_CLUNK:
        stage_go(d, STAGE_FOLDER_WALK);
        break;
    case STAGE_CLUNK_BASE:
    case STAGE_CLUNK_OVER:
        break;
    }
}

static bool is_of_overlay(const struct disk *d)
{
    return d->stage >= STAGE_OVER_WALK && d->stage != STAGE_CLUNK_BASE;
}

static void stage_failed(struct disk *d, uint32_t error)
{
    if (d->stage == STAGE_OVER_WALK && error == P9_ENOENT) {
        stage_go(d, d->has[FILE_OVERLAY] ? STAGE_OVER_CLUNK : STAGE_FOLDER_WALK);
    } else {
        disk_complain(d, "%s'%s' cannot be used: %s", is_of_overlay(d) ? "overlay " : "",
                      is_of_overlay(d) ? d->about.overlay : d->about.path, error_text(error));
        file_fail(d);
    }
}

void file_answer(struct disk *d, const struct p9_reply *reply)
{
    const bool clunk = d->stage == STAGE_CLUNK_BASE || d->stage == STAGE_CLUNK_OVER || d->stage == STAGE_OVER_CLUNK;

    d->asked = false;
    if (reply->type == P9_WALK || clunk) /* a clunk lets go even if it fails */
        d->has[is_of_overlay(d) ? FILE_OVERLAY : FILE_BASE] = !clunk;
    if (d->state != DISK_OPENING && d->state != DISK_CLOSING) /* the client has gone meanwhile */
        return;
    if (reply->type == P9_ERROR && !clunk)
        stage_failed(d, reply->error);
    else
        stage_done(d, reply);
}
