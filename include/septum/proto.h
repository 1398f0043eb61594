/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What servers say to each other: the monitor's start page, the console ring, and the messages (m0 is the operation)
 * that go by SEPTUM_CALL to the manager and the console. m0 of a reply is an enum septum_status.
 */
#pragma once

#include <septum/abi.h>
#include <septum/bootinfo.h>
#include <septum/bundle.h>

/* A server's address space. */
#define SERVER_VA_BASE 0x400000u        /* its ELF */
#define SERVER_VA_STACK 0x3ffff000u     /* top of the first thread's stack, 64 KiB; thread i: 1 MiB * i lower */
#define SERVER_STACK_BYTES 0x10000u
#define SERVER_STACK_STRIDE 0x100000u
#define MONITOR_VA_START 0x1000u        /* struct monitor_start, read-only */
#define MONITOR_VA_VCPU 0x20000000u     /* + 4096 * vCPU */
#define MONITOR_VA_RING 0x30000000u     /* struct console_ring */
#define MONITOR_VA_STAGING 0x31000000u  /* STAGING_BYTES, lent to the manager */
#define MONITOR_VA_GUEST UINT64_C(0x1000000000) /* + guest-physical address */
#define STAGING_BYTES 0x40000u          /* 256 KiB */
#define GUEST_RAM_BASE UINT64_C(0x80000000)
#define GUEST_CPUS 8
#define SHADOW_ARENA_FRAMES 1024u /* of each vCPU in shadow mode, for its shadow tables: 4 MiB */

/* Capability slots of a monitor. Slot 0 is CAP_SELF. */
#define MONITOR_CAP_MANAGER 1 /* CAP_CALL; badge = guest index + 1 */
#define MONITOR_CAP_CONSOLE 2 /* CAP_NOTIFY; badge = bit (guest index) */
#define MONITOR_CAP_GUEST 3   /* guest domain, CAP_MEMORY */
#define MONITOR_CAP_THREAD 8  /* + vCPU: own threads, CAP_NOTIFY | CAP_KICK | CAP_CONTROL; badge MONITOR_BIT_WORK */

/* Notification bits of a monitor thread. */
#define MONITOR_BIT_INPUT 1 /* from the console: the ring has input (to the thread of vCPU 0) */
#define MONITOR_BIT_WORK 2  /* from a sibling thread: look at the shared state (hart start, stop, reset) */

struct monitor_start {
	uint64_t version; /* SEPTUM_ABI_VERSION */
	uint64_t timebase;
	uint64_t features; /* BOOT_HAS_… */
	uint64_t index;    /* guest index in the bundle */
	uint64_t mode;     /* enum bundle_mode as chosen for these harts: BUNDLE_HARDWARE or BUNDLE_SHADOW */
	struct bundle_guest guest;
	struct bundle_file kernel; /* offset is of no use to the monitor */
	struct bundle_file initrd; /* bytes 0: none */
	struct bundle_file map;    /* likewise */
	char isa[BOOT_ISA_BYTES];  /* host riscv,isa */
};

/*
 * The console ring: one frame each way plus a frame of header, owner the monitor, borrower the console.
 * Single producer, single consumer; head and tail count bytes for ever, modulo 2^32; the reader checks that
 * head - tail <= the size and else drops all that is there. Each side writes its own counter only.
 */
#define RING_BYTES 4096u
struct console_ring {
	uint32_t out_head; /* monitor writes: bytes it has put */
	uint32_t in_tail;  /* monitor writes: bytes it has taken */
	uint32_t guest_state; /* monitor writes: enum guest_state */
	uint32_t pad0[13];
	uint32_t out_tail; /* console writes */
	uint32_t in_head;  /* console writes */
	uint32_t pad1[14];
	char name[BUNDLE_NAME_BYTES]; /* monitor writes at start */
	uint8_t pad2[FRAME_BYTES - 128 - BUNDLE_NAME_BYTES];
	uint8_t out[RING_BYTES]; /* guest output, and the monitor's own messages between \x01 and \x02 */
	uint8_t in[RING_BYTES];
};
#define RING_FRAMES 3

enum guest_state { GUEST_OFF = 0, GUEST_LOADING = 1, GUEST_RUNNING = 2, GUEST_CRASHED = 3 };

/* To the manager, by calls of monitors, known by their badge: guest index + 1. The console asks by the link page. */
enum manager_op {
	MANAGER_READ = 1,    /* m1: 0 kernel, 1 initrd, 2 map; m2: offset; m3: bytes <= STAGING_BYTES, all within the file -> in staging */
	MANAGER_OFF = 2,     /* the guest is off; m1: 0 shutdown, 1 crashed */
	MANAGER_RUNNING = 3, /* the guest was entered (again) */
	MANAGER_QUIT = 4,    /* from the console: power the machine off */
	MANAGER_START = 5,   /* from the console: m1 = guest index: start a guest that is off */
	MANAGER_STOP = 6,    /* from the console: m1 = guest index */
	MANAGER_RESET = 7,   /* from the console: m1 = guest index */
};

/* Capability slots of the console. */
#define CONSOLE_CAP_MANAGER 1 /* CAP_NOTIFY, badge MANAGER_BIT_CONSOLE (lib/link.h) */
#define CONSOLE_CAP_UART_IRQ 2
#define CONSOLE_CAP_SELF_THREAD 3
#define CONSOLE_CAP_CLIENT 8  /* + guest index: thread of the guest's vCPU 0, CAP_NOTIFY, badge MONITOR_BIT_INPUT */
#define CONSOLE_VA_UART 0x20000000u
#define CONSOLE_VA_RING 0x30000000u /* + 0x4000 * guest index */
#define CONSOLE_RING_STRIDE 0x4000u
#define CONSOLE_BIT_UART (UINT64_C(1) << 62)
#define CONSOLE_BIT_LOG (UINT64_C(1) << 61)

/*
 * Bits 0 .. BUNDLE_GUESTS-1 of the console's word: that guest's ring has news. What the manager tells the console is in
 * the page they share (lib/link.h); no call goes between the two.
 */
