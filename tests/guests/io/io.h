/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What is measured of disks and nets. Instructions are counted outside, from one call of mark() to the next. */
#ifndef GUEST_IO_H
#define GUEST_IO_H

#include <stdint.h>

void mark(void);

/* One line for what stands between the last two marks: so many operations. */
void row(const char *name, uint64_t count);

/* False: it cannot be done, and why was said. */
_Bool disk_measure(uint64_t turns);
_Bool disk_watch(void); /* for ever: tells of each read what came of it, and when */
_Bool net_ping(uint64_t turns);   /* to another guest, which answers each packet with one like it */
_Bool net_pong(void);             /* the other guest; for ever */
_Bool net_loop(uint64_t turns);   /* from one net of this guest to its other one */

#endif
