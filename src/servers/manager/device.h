/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The virtio devices of the guests: which each has, and its rings, which its monitor shares with device servers. */
#pragma once

#include "manager.h"

struct device_server;

struct guest_device {
    uint32_t kind;                /* enum device_kind */
    uint32_t flags;               /* as in struct monitor_device */
    struct device_server *server; /* NULL: the monitor serves this kind alone */
    uint32_t client;              /* its number at the server */
    bool attached;                /* the server has the ring, or a part of it */
    uint64_t ring;                /* its first frame */
    uint64_t due;                 /* until when the server may keep us waiting; 0: it does not */
};

/* Lists all devices as the bundle has them, and starts the servers that they want. One that cannot be built is told. */
void devices_begin(void);

/* Lists the guest's devices: each is a client of its server from then on. False: a server has too many. */
bool devices_take(const struct guest *g);
void devices_forget(const struct guest *g); /* the servers have let go of its rings */

/* Of the guest with that index. */
uint32_t device_count(uint32_t owner);
const struct guest_device *device_at(uint32_t owner, uint32_t index);

/* Every device of the guest has a server; else says which has none. */
bool devices_are_served(const struct guest *g);

/* The steps of a guest's life, each for one device: on false `trouble` says why; *later: to be called again. */
bool devices_join(struct guest *g); /* its monitor and the servers may affect each other */
void devices_start_page(const struct guest *g, struct monitor_start *start);
bool device_attach(struct guest *g, uint32_t index, bool *later);

/* The servers have let go of the guest's rings. False: call again; *work: at once, else in a millisecond. */
bool devices_detach(struct guest *g, bool *work);

/* device_log.c: a line for each of the guest's devices, with its server's counters. */
void device_stats_say(const struct guest *g);
void uplink_stats_say(void); /* one for the uplink, if there is one */
