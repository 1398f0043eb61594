/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The model's file server: 9P2000.L over files in memory. */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIDS 128u

struct model_files files;

static struct {
    bool used;
    bool open;
    bool writes;
    char path[128];
} fid[FIDS];

/* Writes since the last fsync of their file, for files_crash. */
static struct {
    uint32_t file;
    uint64_t offset;
    uint32_t bytes;
    uint8_t *data;
} pending[WRITES_MOST];
static uint32_t pendings;

static void pending_drop(uint32_t file)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < pendings; i++) {
        if (pending[i].file == file)
            free(pending[i].data);
        else
            pending[kept++] = pending[i];
    }
    pendings = kept;
}

void files_start(void)
{
    for (uint32_t i = 0; i < FILE_MOST; i++) {
        free(files.file[i].data);
        free(files.file[i].safe);
        pending_drop(i);
    }
    memset(&files, 0, sizeof files);
    memset(fid, 0, sizeof fid);
    files.room = UINT64_MAX / 2;
    files.msize = 0x8000;
}

struct model_file *files_find(const char *path)
{
    for (uint32_t i = 0; i < FILE_MOST; i++) {
        if (files.file[i].path[0] != '\0' && strcmp(files.file[i].path, path) == 0)
            return &files.file[i];
    }
    return NULL;
}

static void resize(struct model_file *f, uint64_t bytes)
{
    f->data = realloc(f->data, bytes + 1);
    if (f->data == NULL)
        abort();
    if (bytes > f->bytes)
        memset(f->data + f->bytes, 0, bytes - f->bytes);
    f->bytes = bytes;
}

static void make_safe(struct model_file *f)
{
    pending_drop((uint32_t)(f - files.file));
    f->safe = realloc(f->safe, f->bytes + 1);
    if (f->safe == NULL)
        abort();
    memcpy(f->safe, f->data, f->bytes);
    f->safe_bytes = f->bytes;
}

struct model_file *files_add(const char *path, uint64_t bytes)
{
    struct model_file *f = files.file;

    while (f->path[0] != '\0')
        f++;
    strncpy(f->path, path, sizeof f->path - 1);
    f->mode = 0100644;
    resize(f, bytes);
    make_safe(f);
    return f;
}

/* Of a file whose size changed since it was safe, the size counts as safe: the tests are about its content. */
void files_crash(bool power)
{
    for (uint32_t i = 0; power && i < FILE_MOST; i++) {
        if (files.file[i].data == NULL)
            continue;
        memset(files.file[i].data, 0, files.file[i].bytes);
        memcpy(files.file[i].data, files.file[i].safe, files.file[i].safe_bytes);
    }
    for (uint32_t i = 0; power && i < pendings; i++) {
        for (uint32_t at = 0; at < pending[i].bytes; at += 512) {
            const uint32_t left = pending[i].bytes - at < 512 ? pending[i].bytes - at : 512;

            if (model_random(2) == 0)
                memcpy(files.file[pending[i].file].data + pending[i].offset + at, pending[i].data + at, left);
        }
    }
    for (uint32_t i = 0; i < FILE_MOST; i++) {
        if (files.file[i].data != NULL)
            make_safe(&files.file[i]);
    }
    memset(fid, 0, sizeof fid);
    files.fids = 0;
}

static uint64_t number(const uint8_t *at, uint32_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, at, bytes);
    return value;
}

static uint32_t head(uint8_t *reply, uint32_t bytes, uint32_t type, const uint8_t *ask)
{
    memcpy(reply, &bytes, 4);
    reply[4] = (uint8_t)type;
    memcpy(reply + 5, ask + 5, 2);
    return bytes;
}

static uint32_t error(uint8_t *reply, const uint8_t *ask, uint32_t number_of_it)
{
    memcpy(reply + 7, &number_of_it, 4);
    return head(reply, 11, 7, ask);
}

static bool is_folder(const char *path)
{
    if (path[0] == '\0')
        return true;
    for (uint32_t i = 0; i < FILE_MOST; i++) {
        if (strncmp(files.file[i].path, path, strlen(path)) == 0 && files.file[i].path[strlen(path)] == '/')
            return true;
    }
    return false;
}

static uint32_t walk(const uint8_t *ask, uint8_t *reply)
{
    const uint32_t from = (uint32_t)number(ask + 7, 4), to = (uint32_t)number(ask + 11, 4);
    const uint16_t names = (uint16_t)number(ask + 15, 2);
    uint32_t at = 17, done = 0;
    char path[400];

    if (from >= FIDS || to >= FIDS || !fid[from].used || (from != to && fid[to].used) || names > 16)
        return error(reply, ask, EBADF);
    strcpy(path, fid[from].path);
    for (; done < names; done++) {
        const uint32_t bytes = (uint32_t)number(ask + at, 2);

        if (path[0] != '\0')
            strcat(path, "/");
        strncat(path, (const char *)ask + at + 2, bytes);
        at += 2 + bytes;
        if (files_find(path) == NULL && !is_folder(path))
            break;
    }
    if (names > 0 && done == 0)
        return error(reply, ask, ENOENT);
    if (done == names) {
        files.fids += from != to ? 1 : 0;
        fid[to].used = true;
        fid[to].open = false;
        strcpy(fid[to].path, path);
    }
    memset(reply + 7, 0, 2 + 13 * done);
    reply[7] = (uint8_t)done;
    return head(reply, 9 + 13 * done, 111, ask);
}

static uint32_t opened(uint32_t n, uint32_t flags, uint8_t *reply, const uint8_t *ask, uint32_t type)
{
    fid[n].open = true;
    fid[n].writes = (flags & 3) == 2;
    memset(reply + 7, 0, 17);
    return head(reply, 24, type, ask);
}

static uint32_t lcreate(uint32_t n, const uint8_t *ask, uint8_t *reply)
{
    const uint32_t bytes = (uint32_t)number(ask + 11, 2);
    char path[400];

    strcpy(path, fid[n].path);
    if (path[0] != '\0')
        strcat(path, "/");
    strncat(path, (const char *)ask + 13, bytes);
    if (files_find(path) != NULL)
        return error(reply, ask, EEXIST);
    (void)files_add(path, 0);
    strcpy(fid[n].path, path);
    return opened(n, (uint32_t)number(ask + 13 + bytes, 4), reply, ask, 15);
}

static uint32_t getattr(const struct model_file *f, const uint8_t *ask, uint8_t *reply)
{
    const uint64_t valid = 0x7ff;

    memset(reply, 0, 160);
    memcpy(reply + 7, &valid, 8);
    memcpy(reply + 7 + 21, &f->mode, 4);
    memcpy(reply + 7 + 8 + 13 + 4 + 4 + 4 + 8 + 8, &f->bytes, 8);
    return head(reply, 160, 25, ask);
}

static uint32_t read_file(const struct model_file *f, const uint8_t *ask, uint8_t *reply, uint8_t *to)
{
    const uint64_t offset = number(ask + 11, 8);
    uint32_t count = (uint32_t)number(ask + 19, 4);

    if (offset >= f->bytes)
        count = 0;
    else if (count > f->bytes - offset)
        count = (uint32_t)(f->bytes - offset);
    if (files.short_by > 0 && count > 1)
        count = count > files.short_by ? count - files.short_by : 1;
    memcpy(to, f->data + (count > 0 ? offset : 0), count);
    memcpy(reply + 7, &count, 4);
    return head(reply, 11 + count, 117, ask);
}

static uint32_t write_file(struct model_file *f, const uint8_t *ask, const uint8_t *data, uint8_t *reply)
{
    const uint64_t offset = number(ask + 11, 8);
    uint32_t count = (uint32_t)number(ask + 19, 4);

    if (count > files.room)
        return error(reply, ask, ENOSPC);
    if (files.short_by > 0 && count > 1)
        count = count > files.short_by ? count - files.short_by : 1;
    files.room -= count;
    if (offset + count > f->bytes)
        resize(f, offset + count);
    memcpy(f->data + offset, data, count);
    if (pendings < WRITES_MOST) {
        uint8_t *copy = malloc(count + 1);

        if (copy == NULL)
            abort();
        memcpy(copy, data, count);
        pending[pendings].file = (uint32_t)(f - files.file);
        pending[pendings].offset = offset;
        pending[pendings].bytes = count;
        pending[pendings++].data = copy;
    }
    memcpy(reply + 7, &count, 4);
    return head(reply, 11, 119, ask);
}

static uint32_t of_file(uint32_t n, const uint8_t *ask, const uint8_t *data, uint8_t *reply, uint8_t *to)
{
    struct model_file *f = files_find(fid[n].path);

    if (f == NULL)
        return error(reply, ask, EISDIR);
    switch (ask[4]) {
    case 12:
        if ((number(ask + 11, 4) & 3) != 0 && f->read_only)
            return error(reply, ask, EACCES);
        return opened(n, (uint32_t)number(ask + 11, 4), reply, ask, 13);
    case 24:
        return getattr(f, ask, reply);
    case 26:
        resize(f, number(ask + 7 + 4 + 4 + 12, 8));
        make_safe(f);
        return head(reply, 7, 27, ask);
    case 50:
        make_safe(f);
        return head(reply, 7, 51, ask);
    case 116:
        return fid[n].open ? read_file(f, ask, reply, to) : error(reply, ask, EBADF);
    case 118:
        return fid[n].open && fid[n].writes ? write_file(f, ask, data, reply) : error(reply, ask, EBADF);
    default:
        return error(reply, ask, EOPNOTSUPP);
    }
}

static uint32_t version(const uint8_t *ask, uint8_t *reply)
{
    const uint32_t wanted = (uint32_t)number(ask + 7, 4);
    const uint32_t msize = wanted < files.msize ? wanted : files.msize;

    memset(fid, 0, sizeof fid);
    files.fids = 0;
    memcpy(reply + 7, &msize, 4);
    memcpy(reply + 11, "\x08\0" "9P2000.L", 10);
    return head(reply, 21, 101, ask);
}

static uint32_t serve(const uint8_t *ask, const uint8_t *data, uint8_t *reply, uint8_t *to)
{
    const uint32_t n = (uint32_t)number(ask + 7, 4);

    if (ask[4] == 100)
        return version(ask, reply);
    if (n >= FIDS || (ask[4] != 104 && !fid[n].used))
        return error(reply, ask, EBADF);
    if (ask[4] == 104) {
        fid[n].used = true;
        fid[n].path[0] = '\0';
        memset(reply + 7, 0, 13);
        return head(reply, 20, 105, ask);
    }
    if (ask[4] == 110)
        return walk(ask, reply);
    if (ask[4] == 14)
        return lcreate(n, ask, reply);
    if (ask[4] == 120) {
        fid[n].used = false;
        files.fids--;
        return head(reply, 7, 121, ask);
    }
    return of_file(n, ask, data, reply, to);
}

uint32_t files_answer(const uint8_t *ask, uint32_t bytes, const uint8_t *data, uint8_t *reply, uint8_t *to)
{
    uint32_t written;

    if (bytes < 7 || ask[4] >= 128)
        abort();
    files.asked[ask[4]]++;
    if (files.fail_type == ask[4] && files.fail_after > 0)
        files.fail_after--;
    else if (files.fail_type == ask[4])
        return error(reply, ask, files.fail_error);
    written = serve(ask, data, reply, to);
    if (files.bad_type != 0)
        reply[4] = files.bad_type;
    return written;
}
