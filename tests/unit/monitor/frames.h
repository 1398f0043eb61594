/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The kernel's and the manager's part of a balloon on the build host: who owns a frame, where it is mapped, what stands in
 * it. A call that the kernel would refuse, and one on a frame that is not what it should be, ends the test.
 */
#ifndef MONITOR_FRAMES_H
#define MONITOR_FRAMES_H

#include "world.h"

#define FRAMES_FIRST 512u /* of the guest's memory */
#define FRAMES_MORE  1u   /* chunks that the manager has beside */

/* World gets a balloon: its memory is the frames from FRAMES_FIRST on. After world_make, before world_devices. */
void frames_make(void);
void frames_drop(void);

extern uint32_t frames_free;    /* chunks that the manager has … */
extern bool frames_refuse_tray; /* … and whether it takes none now */
extern bool frames_refuse_chunk;

/* Each frame has one place, and the guest's pages and the monitor's view agree. */
void frames_check(void);

/* Does the guest have that page? */
bool frames_reach(uint64_t gpa);

#endif
