/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The kernel's ABI: what a server may ask of the kernel, and what it gets back.
 *
 * A call is an `ecall` from U mode: a7 = enum septum_call, a0 .. a5 = arguments. On return a0 = enum septum_status
 * (negative: refused, nothing changed) and a1 .. a5 = values. All other registers are kept, except by
 * SEPTUM_VCPU_RUN, which keeps pc, sp, gp and tp only (docs/abi.md).
 *
 * This header is shared by C, by the assembler and by the prover; it holds constants and plain structs only.
 */
#pragma once

#define SEPTUM_ABI_VERSION 1

#define FRAME_BYTES 4096 /* a frame, the unit of ownership */
#define FRAME_WORDS 512
#define FRAMES 4194304  /* frames that `ram` can span: 16 GiB */
#define HARTS 8
#define DOMAINS 64
#define THREADS 64
#define CAPS 160    /* capability slots of a domain */
#define WINDOWS 48  /* device windows, of one 4 KiB page each */
#define IRQS 128    /* interrupt sources; 0 is none */
#define DEVICES 256 /* that do DMA: function f of device d on bus 0 of PCI segment 0 is 8 * d + f */
#define PRIORITIES 8 /* 7 runs first */

/*
 * A name is generation * NAME_SLOTS + slot. It is never reused; a name of an ended generation is refused with
 * SEPTUM_DEAD. 0 names nothing.
 */
#define NAME_SLOTS 64

#ifndef __ASSEMBLER__
#include <stdint.h>

enum septum_call {
	/* messages and notifications */
	SEPTUM_CALL = 1,       /* cap, m0 .. m3 -> m0 .. m3 in a1 .. a4; waits for the reply */
	SEPTUM_REPLY_WAIT = 2, /* m0 .. m3, deadline, flags -> OK: badge, m0 .. m3; NOTIFIED: bits; TIMEOUT */
	SEPTUM_NOTIFY = 3,     /* cap: sets the capability's bits at its thread */
	/* guests */
	SEPTUM_VCPU_RUN = 8,   /* flags -> enum septum_exit in a0; a1 = bits if NOTIFIED */
	SEPTUM_VCPU_KICK = 9,  /* cap: the vCPU takes its `inject` word now */
	SEPTUM_VCPU_BIND = 10, /* thread cap, guest domain cap, frame of the vCPU page, mode (0 or VCPU_SHADOW) */
	SEPTUM_VCPU_SAVE = 11, /* writes all state of the own vCPU to its page */
	SEPTUM_VCPU_FENCE = 12, /* what, va, bytes, asid: a fence for the own guest, on every hart */
	SEPTUM_VCPU_ARENA = 13, /* thread cap, frame of its guest: for shadow tables; the one behind the last given */
	/* domains, threads, authority */
	SEPTUM_DOMAIN_CREATE = 16,  /* enum septum_domain_kind, destination slot */
	SEPTUM_DOMAIN_DESTROY = 17, /* domain cap; BUSY while a hart still runs in it */
	SEPTUM_DOMAIN_PEER = 18,    /* domain cap a, domain cap b: {a, b} joins P while a is not sealed */
	SEPTUM_CAP_GRANT = 19,      /* domain cap, destination slot, own slot, rights, badge */
	SEPTUM_CAP_DROP = 20,       /* own slot */
	SEPTUM_THREAD_CREATE = 21,  /* domain cap, destination slot, hart, priority, budget us, period us */
	SEPTUM_THREAD_START = 22,   /* thread cap, pc, sp, a0 */
	SEPTUM_THREAD_STOP = 23,    /* thread cap; BUSY until it is off its hart */
	SEPTUM_THREAD_INFO = 24,    /* thread cap -> state, cause, pc, stval, time used in ticks */
	/* frames and address spaces */
	SEPTUM_FRAME_GIVE = 32,    /* own frame, domain cap: zeroed, then owned by that domain */
	SEPTUM_FRAME_LEND = 33,    /* owner's domain cap, frame, borrower's domain cap */
	SEPTUM_FRAME_REVOKE = 34,  /* owner's domain cap, frame; BUSY while the borrower maps it */
	SEPTUM_FRAME_RELEASE = 35, /* borrower's domain cap, frame; BUSY while it maps it */
	SEPTUM_FRAME_RECLAIM = 36, /* frame of a dead owner: zeroed, then the caller's */
	SEPTUM_AUDIT_READ = 37,    /* audit cap, enum septum_audit, number, index -> four words; calls that change memory so far */
	SEPTUM_SPACE_ROOT = 38,    /* domain cap, frame (guest: first of four, aligned) */
	SEPTUM_SPACE_TABLE = 39,   /* domain cap, va, level, frame: a table of that level (0, 1) under va */
	SEPTUM_SPACE_UNTABLE = 40, /* domain cap, table frame: an empty table is data again */
	SEPTUM_SPACE_MAP = 41,     /* domain cap, va, frame, level (0: 4 KiB, 1: 2 MiB), rights */
	SEPTUM_SPACE_UNMAP = 42,   /* domain cap, frame */
	SEPTUM_SPACE_SPLIT = 43,   /* domain cap, frame within a 2 MiB leaf, frame for the table */
	SEPTUM_SPACE_PROTECT = 44, /* domain cap, frame, rights */
	SEPTUM_WINDOW_MAP = 45,    /* window cap, domain cap, va */
	SEPTUM_WINDOW_UNMAP = 46,  /* window cap */
	/* interrupts and the machine */
	SEPTUM_IRQ_BIND = 48,   /* interrupt cap, thread cap, bits */
	SEPTUM_IRQ_ACK = 49,    /* interrupt cap: lets the next one through */
	SEPTUM_DEVICE_ASSIGN = 50, /* device, guest's domain cap: its DMA goes through that stage 2; needs the system capability */
	SEPTUM_DEVICE_TAKE = 51,   /* device: its DMA goes nowhere; needs the system capability */
	SEPTUM_DEVICE_FAULT = 52,  /* -> device, cause, address of a DMA that was refused, cause 0: none; needs the system capability */
	SEPTUM_SYSTEM_OFF = 56, /* 0 power off, 1 reboot; needs the system capability */
	SEPTUM_SYSTEM_LOG = 57, /* one character to the firmware's console; needs the system capability */
};

enum septum_status {
	SEPTUM_OK = 0,
	SEPTUM_NOTIFIED = 1, /* bits in a1, taken */
	SEPTUM_TIMEOUT = 2,
	SEPTUM_BAD_CALL = -1,     /* no such call */
	SEPTUM_BAD_CAP = -2,      /* slot empty or out of range, or of another type */
	SEPTUM_DENIED = -3,       /* the capability lacks the right, or P does not allow it */
	SEPTUM_DEAD = -4,         /* the object's generation has ended */
	SEPTUM_BAD_ARGUMENT = -5, /* out of range or not aligned */
	SEPTUM_NOT_OWNER = -6,    /* the frame is not the domain's (or not lent to it) */
	SEPTUM_BAD_KIND = -7,     /* the frame is of a kind that does not allow this */
	SEPTUM_MAPPED = -8,       /* the frame is mapped, or the address is taken */
	SEPTUM_NOT_MAPPED = -9,
	SEPTUM_NO_TABLE = -10,    /* no table covers that address: give one by SPACE_TABLE */
	SEPTUM_BUSY = -11,        /* try again: a hart is still there, or the borrower still maps it */
	SEPTUM_FULL = -12,        /* no free slot */
	SEPTUM_BAD_STATE = -13,
};

/* Every deadline is an absolute value of `rdtime`. */
#define SEPTUM_FOREVER UINT64_MAX
#define SEPTUM_BIT_FAULT (UINT64_C(1) << 63)  /* to the maker of a thread: one has faulted */
#define SEPTUM_BIT_UNBOUND (UINT64_C(1) << 60) /* to a thread: its guest domain is gone */
#define SEPTUM_REPLY 1 /* flag of REPLY_WAIT: answer the last caller first */

enum septum_domain_kind { SEPTUM_SERVER = 1, SEPTUM_GUEST = 2 };

enum septum_cap_type {
	CAP_NONE = 0,
	CAP_DOMAIN = 1, /* name of a domain; rights CAP_MEMORY, CAP_CONTROL, CAP_STOP */
	CAP_THREAD = 2, /* name of a thread; rights CAP_CONTROL, CAP_STOP, CAP_CALL, CAP_NOTIFY, CAP_KICK */
	CAP_WINDOW = 3, /* window number */
	CAP_IRQ = 4,    /* interrupt number */
	CAP_SYSTEM = 5, /* create, reclaim, power off; the manager's alone */
	CAP_AUDIT = 6,  /* the books and tables of all domains, to read */
};

/* Rights, added up. CAP_GRANT can only take some away. */
#define CAP_MEMORY 1  /* frames and tables of the domain */
#define CAP_CONTROL 2 /* create in it, start, bind; grant to it */
#define CAP_CALL 4
#define CAP_NOTIFY 8
#define CAP_KICK 16
#define CAP_STOP 32 /* look at, stop, destroy: without CAP_CONTROL nothing else can be made of it */
#define CAP_RIGHTS 63

#define CAP_SELF 0 /* slot 0 of each server: its own domain, CAP_MEMORY */

/* Rights of a mapping, added up. */
#define MAP_READ 1
#define MAP_WRITE 2
#define MAP_EXECUTE 4

enum septum_frame_kind {
	FRAME_NONE = 0, /* firmware, kernel, holes: for ever */
	FRAME_DATA = 1,
	FRAME_VCPU = 2,
	FRAME_TABLE0 = 3, /* leaves of 4 KiB */
	FRAME_TABLE1 = 4, /* leaves of 2 MiB, or tables of level 0 */
	FRAME_TABLE2 = 5, /* a root */
	FRAME_PAD = 6,    /* the other three frames of a stage-2 root: all zero */
	FRAME_SHADOW = 7, /* of the arena of a vCPU in shadow mode */
};

/* What AUDIT_READ tells of: the number's, in a1 .. a4. */
enum septum_audit {
	AUDIT_FRAME = 0,  /* at_owner, at_borrower, owner + AUDIT_HIGH * borrower, kind */
	AUDIT_TABLE = 1,  /* a table's frame, also pad and shadow: words 4 * index .. 4 * index + 3 */
	AUDIT_KERNEL = 2, /* words 4 * index .. 4 * index + 3 of the kernel's root table; the number is of no use */
	AUDIT_DOMAIN = 3, /* slot: kind, name, root, sealed */
	AUDIT_WINDOW = 4, /* page number, place, owner */
	AUDIT_DEVICE = 5, /* owner; of its context: tc, iohgatp, and word 2 + index */
	AUDIT_SHADOW = 6, /* thread's slot: guest, if in shadow mode; first table, tables in use, how often all were given up */
};
#define AUDIT_HIGH UINT64_C(0x100000000)

enum septum_thread_state {
	THREAD_FREE = 0,
	THREAD_STOPPED = 1,
	THREAD_READY = 2,      /* or running: the hart knows */
	THREAD_WAIT = 3,       /* in REPLY_WAIT */
	THREAD_CALLING = 4,    /* its message is not taken yet */
	THREAD_CALLED = 5,     /* its message is taken, the reply is due */
	THREAD_WFI = 6,        /* its guest waits for an interrupt */
	THREAD_FAULTED = 7,    /* a fault of its own: THREAD_INFO tells */
};

/* Why SEPTUM_VCPU_RUN returned (a0). */
enum septum_exit {
	EXIT_SBI = 0,       /* ecall from VS; pc stands at it */
	EXIT_FAULT = 1,     /* guest-page fault: scause, stval, htval, htinst are on the page; pc at the instruction */
	EXIT_NOTIFIED = 2,  /* the thread has a notification: bits in a1, taken */
	EXIT_OTHER = 3,     /* any other exception the guest cannot have served: scause, stval on the page */
	/* negative: an enum septum_status, the guest was not entered */
};

/* Flags of VCPU_RUN: 0 takes in pc, the x registers and `inject`; */
#define VCPU_RUN_LOAD 1  /* all of the page but f and fcsr */
#define VCPU_RUN_TIMER 2 /* `deadline` as well: the guest's timer interrupt is raised when `time` reaches it */
#define VCPU_RUN_FENCE 4 /* the vCPU sees what the guest has written to its tables and its code: SFENCE.VMA, FENCE.I */
#define VCPU_RUN_CLEAR 8 /* with VCPU_RUN_LOAD: floating point becomes zero */
#define VCPU_RUN_FLAGS 15

/* Mode of VCPU_BIND: 0 uses the H extension; */
#define VCPU_SHADOW 1 /* runs the guest in U mode, by trap-and-emulate with shadow page tables */

/* SEPTUM_VCPU_FENCE, what: */
#define VCPU_FENCE_I 1
#define VCPU_FENCE_VMA 2

/*
 * The vCPU page, in 64-bit words. x0's word holds the guest's pc. `inject` is taken by an atomic swap at each entry
 * and each kick: the low half is or-ed into hvip (bits 2, 6, 10: software, timer, external), then the bits of the
 * high half are cleared in it. The words from `scause` on are written at the exits named above; those from
 * `vsstatus` on by VCPU_SAVE, and read by VCPU_RUN with VCPU_RUN_LOAD.
 */
struct vcpu_page {
	uint64_t pc;
	uint64_t x[31]; /* x1 .. x31 */
	uint64_t inject;
	uint64_t scause;
	uint64_t stval;
	uint64_t htval;
	uint64_t htinst;
	uint64_t deadline; /* taken in by VCPU_RUN_TIMER: vstimecmp, or the kernel's own timer where there is no Sstc */
	uint64_t vsstatus;
	uint64_t vsie;
	uint64_t vstvec;
	uint64_t vsscratch;
	uint64_t vsepc;
	uint64_t vscause;
	uint64_t vstval;
	uint64_t vsatp;
	uint64_t vstimecmp;
	uint64_t hvip;
	uint64_t supervisor; /* 1: VS, 0: VU */
	uint64_t scounteren;
	uint64_t f[32];
	uint64_t fcsr;
};

/* Words of struct vcpu_page. */
enum {
	PAGE_PC = 0, PAGE_INJECT = 32, PAGE_SCAUSE = 33, PAGE_STVAL = 34, PAGE_HTVAL = 35, PAGE_HTINST = 36,
	PAGE_DEADLINE = 37, PAGE_VS = 38, PAGE_SUPERVISOR = 48, PAGE_SCOUNTEREN = 49, PAGE_F = 50
};

#define INJECT_SOFTWARE (1u << 2)
#define INJECT_TIMER (1u << 6)
#define INJECT_EXTERNAL (1u << 10)
#endif /* __ASSEMBLER__ */
