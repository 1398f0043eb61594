/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory that a guest gives up, or gets back, while it runs. Only for a guest with a balloon. */
#pragma once

#include "manager.h"

bool balloon_is_there(const struct guest *g);

/* What its monitor needs for it, when it is built. On false `trouble` says why. */
bool balloon_build(struct guest *g, const struct place *monitor);
void balloon_tell(const struct guest *g, struct monitor_start *start);

/* Of the guest's memory, what it has now. */
uint64_t balloon_frames(const struct guest *g);

/* MANAGER_TRAY, PARTED, CHUNK: the answer, with the chunk's first frame. */
int64_t balloon_serve(struct guest *g, uint64_t op, uint64_t *first);

/* What lies in the tray can be reclaimed. */
void balloon_tray_end(struct guest *g);
