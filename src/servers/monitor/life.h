/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's life, led by thread 0: load, run, stop, and again. */
#pragma once

#include "monitor.h"

/* Sets up what the threads share; thread 0, once. base: where the vCPU pages lie, one behind the other. */
void life_init(struct monitor *m, const struct monitor_start *start, struct console_ring *ring, const uint8_t *staging,
               uint8_t *memory, struct vcpu_page *const *pages);

/* Loads the guest and lets hart 0 start; false, with a message, if it cannot be loaded. */
bool life_begin(struct hart *h);

/* All harts are to stop: waits for them, then acts on the wish and tells the manager. True: begin again. */
bool life_end(struct hart *h);
