/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A device server's side of its link page (septum/device.h). Pure: the bell to the manager is the caller's. */
#pragma once

#include <septum/device.h>

#include <stddef.h>

enum device_news {
    DEVICE_SAME,
    DEVICE_TAKE,  /* the ring is there; the last server of it, if there was one, left its words in it */
    DEVICE_LEAVE, /* the ring may be gone already: it must not be touched */
};

/* What the manager wants of this client now, which goes to *wanted, against what the server has seen. */
enum device_news device_link_news(const struct device_link *link, uint32_t client, uint32_t *wanted);

/* The server acts on `wanted`: after an even one it touches the ring no more. */
void device_link_seen(struct device_link *link, uint32_t client, uint32_t wanted);

/* The server serves this client no more, and the ring, of that kind (enum device_kind), says so. */
void device_link_break(void *ring, uint32_t kind);

/* Text for the operator, in lines; what has no room is dropped. */
void device_link_log(struct device_link *link, const char *text, size_t bytes);
