/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the servers have in common that have their devices reach for all of memory: the targets, and who is rung when. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PAGE   4096u
#define OWN_US 60000000u /* for a device that must answer, on however busy a machine: what it reaches is its server's */

/* The device is told to read and to write a page of the target. False: it could not be told. Given by each program. */
bool attempt(uint64_t target, bool rude);

/* Lets the guests start before anything else. */
void attack_wait(void);

/* So that the manager, which has the higher priority, looks at what was refused before there is more of it. */
void attack_ring(void);

/* All kinds of registers, and what lies around what the device may reach; each returns how many were tried. */
uint32_t attack_registers(uint32_t *all);

/* A page of each `step` bytes of the machine's memory. */
uint32_t attack_memory(uint64_t step, bool rude, uint32_t *all);

#define STEP      UINT64_C(0x101000) /* another place of each MiB */
#define RUDE_STEP UINT64_C(0x1010000)
