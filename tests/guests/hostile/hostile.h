/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* One binary, many attacks: the boot argument case= names the one to run (main.c). */
#ifndef GUEST_HOSTILE_H
#define GUEST_HOSTILE_H

#include "rt/rt.h"

#define CAUSE_ILLEGAL 2
#define PAGE          UINT64_C(4096)

typedef void hostile_case(uint64_t hart, const void *tree);
hostile_case case_touch, case_map, case_table, case_root, case_sweep, case_every, case_mmio, case_vector;
hostile_case case_sbi, case_csr, case_instruction, case_cache;
hostile_case case_residue, case_registers, case_reserve, case_store_conditional, case_asid, case_state;
hostile_case case_strays, case_kernel, case_span, case_maps, case_spaces, case_flip, case_fence, case_faults;
hostile_case case_spin, case_loop, case_storm, case_flood, case_spoof;

/* Counts; says only what failed. */
void check(bool good, const char *what, uint64_t value);

/* A number given as name=…, `otherwise` if it is absent. */
uint64_t argument(const void *tree, const char *name, uint64_t otherwise);
/* Has the machine run for that many seconds, as until= says? */
bool time_is_up(const void *tree);
/* That access: read, write, exec, amo, lr, float, read8, write8. What is read. */
uint64_t access_by(const char *op, uint64_t address);
/* The same, of which the guest must not live to tell. */
void attack(const char *op, uint64_t address);
uint64_t random(void); /* seeded by the time: each boot of a guest attacks elsewhere */

/* Executes those instructions with a0, a1 as given; *result gets a0. False if one trapped: see `trap`. */
bool execute(const uint32_t *code, size_t count, uint64_t a0, uint64_t a1, uint64_t *result);

/* What a second CPU is started for: its argument, which chooses its stack, too. */
#define SECOND_OF_ASID 1
#define SECOND_OF_SBI  2
#define SECOND_OF_FLIP 3
void second_of_asid(void);
void second_of_flip(void);

/* Assembly (ops.S) */
uint64_t call_changes(uint64_t extension, uint64_t function, uint64_t argument);
void hold_registers(uint64_t seed, uint64_t turns, uint64_t x[32], uint64_t f[32]);
void fill_registers_and_store(uint64_t pattern, uint64_t address);
uint64_t store_conditional(volatile uint64_t *word);
void load_reserved(volatile uint64_t *word, uint64_t turns);

#endif
