/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Messages of 9P2000.L, the file protocol of virtio-9p: what a client writes and how it reads the answers. Numbers are
 * little endian, a text is its length in 16 bits and its bytes. (Protocol: Linux' Documentation/filesystems/9p.rst and
 * the page "9P2000.L" of the diod project name the messages and their fields.)
 *
 * Pure functions over bytes: no answer is believed before p9_reply_read has passed it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define P9_NO_TAG    0xffffu
#define P9_NO_FID    0xffffffffu
#define P9_HEAD      7u   /* bytes of size, type and tag */
#define P9_READ_HEAD 11u  /* what stands before the data of an Rread; Rlerror has just as many bytes */
#define P9_WRITE_HEAD 23u /* what stands before the data of a Twrite */
#define P9_NAMES     16u  /* of one walk */
#define P9_ASK_BYTES 256u /* room for any of the messages below; a path has at most 128 bytes */
#define P9_REPLY_BYTES 256u /* room for any answer but the data of an Rread */

enum p9_type { /* of the question; the answer's is one more */
    P9_ERROR = 6,
    P9_LOPEN = 12,
    P9_LCREATE = 14,
    P9_GETATTR = 24,
    P9_SETATTR = 26,
    P9_FSYNC = 50,
    P9_VERSION = 100,
    P9_ATTACH = 104,
    P9_WALK = 110,
    P9_READ = 116,
    P9_WRITE = 118,
    P9_CLUNK = 120,
};

#define P9_OPEN_READ   0u
#define P9_OPEN_BOTH   2u
#define P9_OPEN_EXCL   0200u
#define P9_GETATTR_MODE 1u
#define P9_GETATTR_SIZE 0x200u
#define P9_SETATTR_SIZE 8u
#define P9_MODE_KIND   0170000u
#define P9_MODE_FILE   0100000u

/* Errors are those of Linux, whatever the server runs on. */
enum p9_error {
    P9_EPERM = 1,
    P9_ENOENT = 2,
    P9_EIO = 5,
    P9_EACCES = 13,
    P9_EEXIST = 17,
    P9_EISDIR = 21,
    P9_EMFILE = 24,
    P9_EFBIG = 27,
    P9_ENOSPC = 28,
    P9_EROFS = 30,
    P9_ELOOP = 40,
    P9_EPROTO = 71,
    P9_ESTALE = 116,
    P9_EDQUOT = 122,
};

/* One question. Fields that its type does not have are ignored. */
struct p9_ask {
    uint8_t type; /* enum p9_type */
    uint16_t tag;
    uint32_t fid;
    uint32_t new_fid;  /* WALK */
    uint32_t flags;    /* LOPEN, LCREATE: P9_OPEN_…; FSYNC: 1: the data only */
    uint32_t mode;     /* LCREATE: rights of the new file */
    uint32_t bytes;    /* READ, WRITE: of data; VERSION: the longest message */
    uint64_t offset;   /* READ, WRITE */
    uint64_t size;     /* SETATTR */
    const char *name;  /* WALK: a path, at most P9_NAMES names of it are taken; LCREATE: one name */
    uint32_t name_bytes;
};

/* Writes it to `to`, which has P9_ASK_BYTES; the size that it tells counts WRITE's data, which stand elsewhere. Returns
 * the bytes written, 0 if there is no room. WALK: *taken is how many bytes of the path it names. */
uint32_t p9_ask_write(uint8_t *to, const struct p9_ask *ask, uint32_t *taken);

struct p9_reply {
    uint8_t type;    /* of the question, or P9_ERROR */
    uint32_t error;  /* P9_ERROR: never 0 */
    uint32_t count;  /* READ, WRITE: bytes; WALK: names; VERSION: the longest message */
    uint32_t mode;   /* GETATTR */
    uint64_t size;   /* GETATTR */
};

/*
 * Reads the answer to a question of that type and tag out of `bytes` bytes, which nobody changes meanwhile; of a READ
 * these are its first P9_READ_HEAD, and `length` counts the data, too. `most`: the count that READ and WRITE asked for,
 * the names of a WALK, the longest message of a VERSION. False: it is no such answer.
 */
struct p9_expect {
    uint8_t type;
    uint16_t tag;
    uint32_t most;
    uint32_t length; /* as the transport counted it */
};
bool p9_reply_read(const uint8_t *from, uint32_t bytes, const struct p9_expect *expect, struct p9_reply *reply);
