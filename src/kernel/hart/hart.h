/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What hart.c and entry.S share. The address of the hart's block is in sscratch while a server or guest runs, and in tp
 * while the kernel does. */
#pragma once

#include <kernel/thread.h>

#include <stddef.h>

#define STACK_BYTES 8192

struct hart_block {
	uint64_t context; /* where entry_server saves */
	uint64_t page;    /* where entry_guest saves */
	uint64_t stack;   /* top of the hart's kernel stack */
	uint64_t index;
	uint64_t scratch;
	uint64_t start_satp, start_va; /* for a second hart's first instructions */
	uint64_t self;  /* its own address in the kernel's space */
	uint64_t space; /* satp as hart_set_space last wrote it */
	uint64_t running; /* 1 more than the thread whose guest the hart is in; 0: none */
};

struct fp_area {
	uint64_t f[32];
	uint64_t fcsr;
};

extern uint8_t kernel_stack[HARTS][STACK_BYTES];
extern struct hart_block hart_block[HARTS];
extern struct frame top_table[DOMAINS];
extern char kernel_base[], entry_server[], entry_guest[], entry_second[], second_on[];
extern volatile uint32_t plic[];

/* What a hart that joins must know of its ASIDs. */
void space_init(uint64_t features);
void fp_store(struct fp_area *area);
void fp_fetch(struct fp_area *area);
