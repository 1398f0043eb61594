/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The device servers (block, net, entropy, uplink, disk): each is built once, told of its clients by its link page, and started again
 * if it faults or no longer answers: in its own domain, with its memory as at the start, so that the rings stay lent
 * and nobody's capabilities change. Its argument counts its starts: that is the epoch it writes into the rings. One that
 * fails too often in a row is given up: it is started once more, to tell its clients so.
 */
#pragma once

#include <septum/device.h>

#include "manager.h"
#include "physical.h"

#define DEVICE_SERVERS 5u

struct device_server {
    const char *name;     /* of its file in the bundle, and in messages */
    uint32_t kind;        /* enum device_kind that it serves */
    uint32_t ring_frames; /* of each client's ring */
    uint32_t ring_shared; /* of those, the first, which the server maps; the others are for its device alone */
    bool needed;          /* a guest has such a device, or a room may */
    uint64_t taken;       /* numbers of clients, on or off, as bits */
    uint64_t domain_cap;
    uint64_t thread_cap; /* NO_CAP: it was not built */
    uint64_t bell_cap;   /* notifies it with DEVICE_BIT_LINK */
    uint64_t entry;
    uint64_t starts;
    bool down;          /* its thread is stopped until `due` */
    bool given_up;      /* it tells its clients that it serves nothing, and no more */
    uint32_t failures;  /* in a row */
    uint64_t due;       /* when it is started again */
    uint64_t pause;     /* ticks that it stays down the next time */
    uint64_t started;   /* when it was started last */
    uint64_t link_first; /* frame */
    struct device_link *link;
    uint32_t log_tail; /* what counts: the server can write its whole link */
    uint32_t log_lines; /* shown since log_since */
    uint64_t log_since;
    struct device_client client[DEVICE_CLIENTS]; /* likewise */
    struct physical physical;
    struct estate estate;
    struct writable writable;
};

extern struct device_server device_server[DEVICE_SERVERS];

/* What device_server[] says of each before it is built; first of all. */
void device_servers_name(void);

/* Its device reaches a part of its clients' rings. */
bool device_server_lends_rings(const struct device_server *s);

/* The server of devices of this kind; NULL: there is none. */
struct device_server *device_server_of(uint32_t kind);

/* Builds it and starts it; its clients are known. On false `trouble` says why, and thread_cap is NO_CAP. */
bool device_server_build(struct device_server *s);

/* It has a thread, which runs or will again, and answers the link. */
bool device_server_is_there(const struct device_server *s);

/* That, and guests may have devices that it serves. */
bool device_server_serves(const struct device_server *s);

/* Gives a client the first free number, and tells of it. False: there is none, and `trouble` says so. */
bool device_server_client(struct device_server *s, const struct device_client *about, uint32_t *client);

/* Tells what the client is: all but its `wanted` and its `ring`. It has no ring at the server now. */
void device_server_describe(struct device_server *s, uint32_t client, const struct device_client *about);

/* The number is free again; its ring was let go of. */
void device_server_forget(struct device_server *s, uint32_t client);

/* Where the client's ring begins, before it is told of. */
void device_server_ring(struct device_server *s, uint32_t client, uint64_t frame);

/* The client's ring is there (odd) or is to be left alone (even): counts `wanted` up and tells the server. */
void device_server_tell(struct device_server *s, uint32_t client);

void device_server_wake(const struct device_server *s);

/* The server has done what it was told last of this client. */
bool device_server_has_seen(const struct device_server *s, uint32_t client);

/*
 * Stops it, and starts it at once or, if it has not lived long, after a pause that doubles; after too many of these it is
 * given up. By hand (a person wants it) that counts as no failure, and begins anew.
 */
void device_server_restart(struct device_server *s, bool by_hand);

void device_server_news(void);   /* a server's bell: shows the lines of its log */
void device_server_faults(void); /* starts those again that faulted */
uint64_t device_server_work(void); /* starts those again whose time has come; returns when to come back */
