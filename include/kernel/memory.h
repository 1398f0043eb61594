/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * All the state that memory isolation rests on, in one place, and the invariant over it (spec/model/memory.acsl).
 * Everything here is guarded by kernel_lock. Only the functions of domain.h, frame.h, table.h, space.h, window.h,
 * device.h and boot.h write it; frames of kind data and vcpu are written by whoever maps them.
 */
#pragma once

#include <kernel/fence.h>
#include <riscv/iommu.h>

#define NOBODY 0u
#define NO_ROOT FRAMES                  /* a domain without a root table */
#define NO_FRAME FRAMES                 /* no frame has this number */
#define NOWHERE 0xffffffffffffffffu     /* a place that no frame has */
#define SPACE_END 0x4000000000u         /* addresses of servers and guests end here: 256 GiB */
#define ROOT_SLOTS 256                  /* entries of a root that cover it */
#define MANAGER_SLOT 1u
#define MANAGER_NAME (NAME_SLOTS + 1u)  /* generation 1 of that slot */

struct domain {
	uint32_t kind;   /* 0: free, else enum septum_domain_kind */
	uint32_t name;   /* of the slot's last domain; the slot's own number before the first */
	uint32_t root;   /* first frame of its root table, or NO_ROOT */
	uint32_t sealed; /* 1: P takes no new pair on this domain's word */
};

struct frame {
	uint64_t word[FRAME_WORDS];
};

struct frame_info {
	uint64_t at_owner;    /* if a leaf of the owner covers the frame, it is entry at % 512 of frame at / 512 */
	uint64_t at_borrower; /* the same for the borrower */
	uint32_t owner, borrower; /* names, of the living or of the dead; a dead borrower counts as none */
	uint32_t kind;        /* enum septum_frame_kind */
	uint32_t reserved;    /* makes 32 bytes */
};

struct window {
	uint64_t base_pfn; /* physical page, outside ram */
	uint64_t at;       /* its one remembered place */
	uint32_t owner;    /* NOBODY: no such window */
};

extern struct domain dom[DOMAINS]; /* slot 0 is never used, slot 1 is the manager's */
struct peer_row {
	uint8_t with[DOMAINS];
};
extern struct peer_row peer[DOMAINS]; /* P over slots: 1 where the two may affect each other */
extern struct frame ram[FRAMES];       /* the direct map, placed by the linker script */
extern struct frame_info info[FRAMES];
extern struct window window[WINDOWS];
extern uint32_t device_owner[DEVICES]; /* name of the domain through whose stage 2 the device's DMA goes, or NOBODY */
extern struct device_context device_context[DEVICES]; /* what the IOMMU reads, in a place that the loader has told it */
extern uint64_t frame_count;  /* of ram and info, frames there are; set once by boot */
extern uint64_t changes;      /* calls so far that may have changed any of this (call_audit.c tells) */
extern uint64_t ram_base_pfn; /* physical page of ram[0], a multiple of 512; set once by boot */
extern uint64_t kernel_root_table[FRAME_WORDS]; /* made by the loader, constant: its upper half is in every server's root */

#include "../../spec/model/memory.acsl"
#include "../../spec/model/kept.acsl"
#include "../../spec/model/contracts.acsl"
