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
#define MONITOR_VA_BALLOON 0x34000000u  /* with a balloon: an empty page, then MONITOR_BALLOON_BYTES of its books */
#define MONITOR_VA_GUEST UINT64_C(0x1000000000) /* + guest-physical address */
#define STAGING_BYTES 0x40000u          /* 256 KiB */
#define GUEST_RAM_BASE UINT64_C(0x80000000)
#define GUEST_CPUS 8
#define GUEST_DEVICES 8u /* virtio devices of a guest: transport i at DEVICE_GPA + 0x1000 * i, interrupt 1 + i */
#define SEED_BYTES 32u
#define SHADOW_ARENA_FRAMES 1024u /* of each vCPU in shadow mode, for its shadow tables: 4 MiB */

/* Capability slots of a monitor. Slot 0 is CAP_SELF. */
#define MONITOR_CAP_MANAGER 1 /* CAP_CALL; badge = guest index + 1 */
#define MONITOR_CAP_CONSOLE 2 /* CAP_NOTIFY; badge = bit (guest index) */
#define MONITOR_CAP_GUEST 3   /* guest domain, CAP_MEMORY */
#define MONITOR_CAP_TRAY 4    /* with a balloon, while a chunk is on its way out: where its frames go, CAP_MEMORY */
#define MONITOR_CAP_THREAD 8  /* + vCPU: own threads, CAP_NOTIFY | CAP_KICK; badge MONITOR_BIT_WORK */

/* Notification bits of a monitor thread. */
#define MONITOR_BIT_INPUT 1 /* from the console: the ring has input, or its alarm is due (to the thread of vCPU 0) */
#define MONITOR_BIT_WORK 2  /* from a sibling thread: look at the shared state (hart start, stop, reset) */

enum device_kind { DEVICE_NONE = 0, DEVICE_BLOCK = 1, DEVICE_NET = 2, DEVICE_ENTROPY = 3, DEVICE_CONSOLE = 4, DEVICE_BALLOON = 7 };

struct monitor_device {
	uint32_t kind;  /* enum device_kind */
	uint32_t flags; /* BLOCK: BUNDLE_DISK_… */
};

/*
 * Of a guest with a balloon: where its memory is, so that its monitor can give chunks of it up. Its frames are the
 * monitor's, on loan to the guest, instead of the other way round. For each chunk of 2 MiB of its memory there is a
 * frame of each of the two, mapped nowhere, to split the leaf with.
 */
#define MONITOR_RUNS 128u
#define CHUNK_PAGES 512u
#define MONITOR_BALLOON_BYTES(memory) ((memory) / 1024u + (memory) / FRAME_BYTES / CHUNK_PAGES * 5u)
struct monitor_balloon {
	uint32_t guest_tables; /* the first of those frames; its guest's */
	uint32_t own_tables;
	uint32_t run_count;    /* 0: there is no balloon */
	uint32_t pad;
	struct { uint32_t first; uint32_t count; } run[MONITOR_RUNS]; /* of frames, in the order of guest-physical addresses */
};

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
	uint32_t device_count;
	uint32_t seeded;           /* not 0: seed is random, and nobody else's */
	uint64_t clock_ns;         /* the wall clock in nanoseconds since 1970 (0: since the machine's start) … */
	uint64_t clock_time;       /* … when `rdtime` was this */
	uint8_t seed[SEED_BYTES];
	struct monitor_device device[GUEST_DEVICES]; /* in this order: disks, nets, entropy, console, balloon */
	struct monitor_balloon balloon;
};

/*
 * The console ring: one frame each way plus a frame of header, owner the monitor, borrower the console.
 * Single producer, single consumer; head and tail count bytes for ever, modulo 2^32; the reader checks that
 * head - tail <= the size and else drops all that is there. Each side writes its own counter only.
 */
#define RING_BYTES 4096u

/* What a guest left its hart for, as far as its monitor came to know: what the kernel serves alone is not among it. */
enum exit_kind {
	EXITS_TIMER = 0, /* SBI TIME */
	EXITS_IPI = 1,   /* SBI IPI */
	EXITS_FENCE = 2, /* SBI RFENCE */
	EXITS_SBI = 3,   /* SBI, all other */
	EXITS_UART = 4,
	EXITS_PLIC = 5,
	EXITS_DEVICE = 6, /* any other device, or nothing that is there */
	EXITS_OTHER = 7,  /* notifications of others, exceptions that are not the guest's to serve */
};
#define EXIT_KINDS 8u

struct console_ring {
	uint32_t out_head; /* monitor writes: bytes it has put */
	uint32_t in_tail;  /* monitor writes: bytes it has taken */
	uint32_t guest_state; /* monitor writes: enum guest_state */
	uint32_t given_up;    /* monitor writes: pages that the guest is without, and its monitor, too */
	uint64_t alarm;       /* monitor writes: `rdtime` at which it is to get MONITOR_BIT_INPUT; 0: never */
	uint32_t balloon_most; /* monitor writes: MiB of the guest's memory, if it has a balloon; else 0 */
	uint32_t pad1[9];
	uint32_t out_tail; /* console writes */
	uint32_t in_head;  /* console writes */
	uint32_t paused;   /* console writes: not 0: the guest's CPUs are held */
	uint32_t balloon;  /* console writes: MiB that the guest is to give up */
	uint32_t pad2[12];
	char name[BUNDLE_NAME_BYTES]; /* monitor writes at start */
	uint64_t exits[GUEST_CPUS][EXIT_KINDS]; /* monitor writes: since its start, by vCPU and enum exit_kind */
	uint8_t pad3[FRAME_BYTES - 128 - BUNDLE_NAME_BYTES - 8 * GUEST_CPUS * EXIT_KINDS];
	uint8_t out[RING_BYTES]; /* guest output, and the monitor's own messages between \x01 and \x02 */
	uint8_t in[RING_BYTES];
};
#define RING_FRAMES 3

/* ENDING: it is over, and its memory is not all back yet; only the manager says so. */
enum guest_state { GUEST_OFF = 0, GUEST_LOADING = 1, GUEST_RUNNING = 2, GUEST_CRASHED = 3, GUEST_ENDING = 4 };

/* To the manager, by calls of monitors, known by their badge: guest index + 1. The console asks by the link page. */
enum manager_op {
	MANAGER_READ = 1,    /* m1: 0 kernel, 1 initrd, 2 map; m2: offset; m3: bytes <= STAGING_BYTES, all within the file -> in staging */
	MANAGER_OFF = 2,     /* the guest is off; m1: 0 shutdown, 1 crashed */
	MANAGER_RUNNING = 3, /* the guest was entered (again) */
	MANAGER_QUIT = 4,    /* from the console: power the machine off */
	MANAGER_START = 5,   /* from the console: m1 = guest index: start a guest that is off */
	MANAGER_STOP = 6,    /* from the console: m1 = guest index */
	MANAGER_RESET = 7,   /* from the console: m1 = guest index */
	MANAGER_STATS = 8,   /* from the console: write down what guests use */
	MANAGER_VERSION = 9, /* from the console: say what runs here */
	MANAGER_CREATE = 10, /* from the console: start a guest that is off, of another size */
	MANAGER_DESTROY = 11, /* from the console: end it, and forget that size */
	MANAGER_KILL = 12,   /* from the console: end a server, which is started again */
	MANAGER_AUDIT = 13,  /* from the console: have the invariant re-checked on the live data; answered when that is done */
	MANAGER_TRAY = 14,   /* m1: first frame of a chunk of the guest's memory: a domain to give its frames to, at MONITOR_CAP_TRAY */
	MANAGER_PARTED = 15, /* m1 as before: all of them are there: they are the manager's, and the domain is gone */
	MANAGER_CHUNK = 16,  /* a chunk more, up to what is described; the answer's m1: its first frame. SEPTUM_FULL: not now */
};

/* At the end of the page at BOOT_VA_INFO: the loader's words on the kernel, PROVED or not, as a string. */
#define BOOT_VERDICT 3968u
#define BOOT_VERDICT_BYTES 128u
/* Before it: a byte that is 1 if the machine's device tree has an rng-seed, and its first SEED_BYTES. */
#define BOOT_SEED (BOOT_VERDICT - SEED_BYTES - 8u)

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
