/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A virtio-9p device as its specification has it, with registers as variables and our own pointers as its addresses, and
 * behind it a small file server: files in memory, each with what is written and what of it is safe. Written from the
 * protocol, not from the client. Tests bend both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/virtio.h"

/* The device. */
struct model_device {
    uint32_t type, status;
    uint64_t offered, agreed;
    uint32_t queue_most;
    struct virtio_queue_place place;
    uint32_t notified;
    uint16_t taken;  /* of the available ring */
    uint16_t done;   /* of the used ring */
    bool no_reset;   /* status sticks */
    bool no_features; /* takes no choice of features */
    char tag[32];
    bool holds; /* keeps what it is asked until model_release */
    uint32_t held;
    uint32_t held_chain[128];
    uint32_t longer; /* added to the bytes that it says it has written */
};

extern struct model_device device;
extern const struct virtio_transport model_transport;
extern const struct virtio model_virtio;

void model_start(void);
/* Does what was asked, in order, or with `any` in an order of model_random. */
void model_serve(bool any);
void model_release(void);
uint32_t model_random(uint32_t below);
void model_seed(uint64_t seed);

/* The files. */
#define FILE_MOST  8u
#define WRITES_MOST 4096u

struct model_file {
    char path[128]; /* empty: none */
    uint8_t *data;
    uint64_t bytes;
    uint8_t *safe; /* after a crash: this, and any of the writes since */
    uint64_t safe_bytes;
    uint32_t mode;
    bool read_only;
};

struct model_files {
    struct model_file file[FILE_MOST];
    uint64_t room; /* bytes that may still be written */
    uint32_t msize;
    uint32_t short_by; /* READ and WRITE do so many bytes less, but one */
    uint32_t fail_type, fail_error, fail_after; /* after so many of that type, each fails */
    uint32_t asked[128]; /* questions by type */
    uint32_t fids;
    uint8_t bad_type; /* answers with this type; 0: the right one */
};

extern struct model_files files;
void files_start(void);
struct model_file *files_add(const char *path, uint64_t bytes);
struct model_file *files_find(const char *path);
/* The machine ends: safe content, and of what was written since, write by write, what model_random keeps. */
void files_crash(bool power);
uint32_t files_answer(const uint8_t *ask, uint32_t bytes, const uint8_t *data, uint8_t *reply, uint8_t *to);
