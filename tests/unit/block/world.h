/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The block server in a world of models, between manager and monitors. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "block/block.h"
#include "model.h"
#include "monitors.h"

/* Files, device and share are there, no client is. */
void world_begin(void);
void world_reboot(void);  /* server and machine start anew; files stay as they are */
void world_restart(void); /* the server alone, with the memory that outlives it */

/* Client c gets that disk; the ring is new and zero. */
void client_attach(uint32_t c, const char *path, const char *overlay, uint32_t flags);
void client_detach(uint32_t c);
uint8_t *client_data(uint32_t c, uint32_t slot);

/* Rounds and answers of the device until nothing moves. */
void world_run(void);
void world_run_any(void); /* the device answers in any order */

/* One request in slot 0, to its end: its status. */
int client_do(uint32_t c, uint32_t op, uint64_t offset, uint64_t bytes);
int client_write(uint32_t c, uint64_t offset, uint32_t bytes, uint8_t value);
/* True if those bytes read all `value`. */
bool client_reads(uint32_t c, uint64_t offset, uint32_t bytes, uint8_t value);
