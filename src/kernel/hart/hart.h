/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What hart.c and entry.S share. sscratch holds the address of the hart's block while a server or guest runs. */
#pragma once

#include <kernel/thread.h>

#define STACK_BYTES 8192

struct hart_block {
	uint64_t context; /* where entry_server saves */
	uint64_t page;    /* where entry_guest saves */
	uint64_t stack;   /* top of the hart's kernel stack */
	uint64_t index;
	uint64_t scratch;
	uint64_t start_satp; /* for a second hart's first instructions */
	uint64_t start_va;
	uint64_t self;  /* its own address in the kernel's space */
	uint64_t space; /* satp as hart_set_space last wrote it */
};

struct fp_area {
	uint64_t f[32];
	uint64_t fcsr;
};

struct kernel_stack {
	uint8_t bytes[STACK_BYTES] __attribute__((aligned(16)));
};

extern struct kernel_stack kernel_stack[HARTS];
extern struct hart_block hart_block[HARTS];
extern struct frame top_table[DOMAINS];
extern char kernel_base[], entry_server[], entry_guest[], entry_second[], second_on[];
extern volatile uint32_t plic[];

/* What a hart that joins must know of its ASIDs. */
void space_init(uint64_t features);
void fp_store(struct fp_area *area);
void fp_fetch(struct fp_area *area);

/* By the stack the hart stands on: an empty one ends where the next begins. */
static inline uint32_t hart_index(void)
{
	uint64_t sp;
	__asm__("mv %0, sp" : "=r"(sp));
	return (uint32_t)((sp - 1 - (uint64_t)kernel_stack) / STACK_BYTES);
}
