/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the parts of the manager share. One thread runs all of it. Long work (giving a guest its memory, taking it
 * back) is done in slices between messages, so that no guest and no server waits long for the manager.
 */
#pragma once

#include <lib/link.h>
#include <lib/sys.h>
#include <septum/proto.h>

#include <stdbool.h>
#include <stddef.h>

#include "elf.h"
#include "policy.h"
#include "pool.h"

/* The manager's own address space, beside its ELF and BOOT_VA_INFO. */
#define SELF_VA_SCRATCH UINT64_C(0x40000000) /* one page: a frame that is being filled */
#define SELF_VA_PROBE   UINT64_C(0x40100000) /* one device's registers, to see what it is */
#define SELF_VA_CLOCK   UINT64_C(0x40180000) /* the machine's RTC */
#define SELF_VA_LINK    UINT64_C(0x40200000)
#define SELF_VA_PCI_LINK UINT64_C(0x40280000)
#define SELF_VA_AUDIT_LINK UINT64_C(0x402c0000)
#define SELF_VA_DEVICE_LINK UINT64_C(0x40300000) /* of each device server */
#define SELF_VA_STAGING UINT64_C(0x40400000) /* + STAGING_BYTES * guest index */
#define SELF_VA_FETCH_RING UINT64_C(0x40c00000) /* lent to the block server, for what comes into rooms */
#define SELF_VA_COPY    UINT64_C(0x41000000) /* + COPY_BYTES_MOST * copy */
#define SELF_VA_BUNDLE  UINT64_C(0x200000000) /* + the bundle's offset within 2 MiB of physical memory */

#define ESTATE_RUNS 128
#define NO_CAP      0u /* slot 0 is CAP_SELF: never a slot of the pool */

/* All frames that were taken out of the pool for one guest (both its domains) or for the console. */
struct estate {
    uint32_t count;
    struct frame_run run[ESTATE_RUNS];
};

/* An address space that is being built: whose it is, and out of which estate it gets its frames. */
struct place {
    uint64_t domain; /* capability slot; CAP_SELF: the manager's own */
    struct estate *estate;
};

/* The pages of a server that it may write, and what they hold at its start: to start it again. */
#define WRITABLE_PAGES 512
struct writable_page {
    uint64_t va;
    uint64_t frame;
    const uint8_t *data; /* the rest is zero */
    uint64_t bytes;
};
struct writable {
    uint32_t count;
    struct writable_page page[WRITABLE_PAGES];
};

/* What a thread gets of its hart. */
struct time_share {
    uint64_t priority;
    uint64_t budget_us; /* of each period; 0: no limit */
    uint64_t period_us;
};

/* What the kernel refused: for the message. */
struct trouble {
    const char *step;
    int64_t status;
};

struct copy;

enum guest_phase { PHASE_OFF, PHASE_PAUSE, PHASE_BUILD, PHASE_LIVE, PHASE_END };
enum build_stage { STAGE_MEMORY, STAGE_MONITOR, STAGE_ARENAS, STAGE_DEVICES, STAGE_START };

struct guest {
    const struct bundle *source;      /* the bundle that describes it, and has its files (NULL: an empty room) … */
    struct copy *copy;                /* of a room: that bundle */
    bool leaves;                      /* of a room: at its end it goes for good */
    uint32_t source_index;            /* … as this one of its guests */
    const struct bundle_guest *about; /* sized */
    struct bundle_guest sized;        /* as described, but for what its creator asked for */
    uint32_t index;
    uint32_t phase;     /* enum guest_phase */
    uint32_t stage;     /* enum build_stage, in PHASE_BUILD */
    uint32_t mode;      /* BUNDLE_HARDWARE or BUNDLE_SHADOW */
    uint32_t hart;      /* of vCPU 0; 0xffffffff: not chosen yet */
    bool again;         /* in PHASE_END: build it anew afterwards */
    bool crashed;       /* that is why it ends */
    uint32_t starts;    /* how often it was begun, its own reboots included */
    bool entered;       /* since it was begun by us */
    bool stopped;       /* the console stopped it: who did so stays at the machine */
    bool attached;      /* the console maps its ring */
    bool staged;        /* the manager maps its staging */
    uint64_t due;       /* in PHASE_PAUSE: when to build; in PHASE_END: how long the console may take */
    uint64_t began;     /* when it was last begun */
    uint64_t guest_cap; /* capability slots; NO_CAP: none */
    uint64_t monitor_cap;
    uint64_t thread_cap[GUEST_CPUS];
    uint64_t tray_cap;  /* of its balloon, while a chunk is on its way out */
    uint64_t tray_chunk;
    uint64_t entry;   /* of the monitor's program */
    uint64_t ring;    /* first of RING_FRAMES */
    uint64_t staging; /* first of the staging frames */
    uint32_t ram_count;
    struct frame_run ram[ESTATE_RUNS]; /* chunks of 2 MiB, at its start in the order of guest-physical addresses */
    uint64_t guest_tables;   /* of its balloon: the first of the frames to split leaves with */
    uint64_t monitor_tables;
    uint64_t arena[GUEST_CPUS];        /* in shadow mode: the first of each vCPU's SHADOW_ARENA_FRAMES */
    uint32_t cursor_run;               /* of the slices: where the work goes on */
    uint64_t cursor;
    struct estate estate;
};

/* state.c */
extern struct frame_pool pool;
extern struct estate self_estate;
extern struct guest guest[BUNDLE_GUESTS];
extern uint32_t guest_count;
extern const struct bundle *bundle;
extern struct policy policy;
extern struct trouble trouble;
extern struct console_link *link_page; /* NULL until it is mapped */
extern uint64_t console_thread_cap;    /* NO_CAP: there is no console, or none any more */
extern uint64_t console_domain_cap;
extern uint64_t console_bell_cap; /* notifies it with CONSOLE_BIT_LOG */

const struct bootinfo *boot_info(void);
bool cap_take(uint64_t *slot);
void cap_free(uint64_t *slot); /* drops what is there; *slot = NO_CAP */
bool cap_seal(uint64_t *slot); /* all rights to a domain or thread but CAP_STOP are given up, for good */
uint64_t ticks(uint64_t microseconds);
/* The pair joins the kernel's P, if the policy has it: party a, whose domain is in slot a_cap, and b. */
bool domains_join(const char *step, uint32_t a, uint64_t a_cap, uint32_t b, uint64_t b_cap);
bool thread_make(uint64_t domain, uint64_t slot, uint64_t hart, const struct time_share *share);
void thread_halt(uint64_t slot); /* stops it, however busy its hart is */
bool refused(const char *step, int64_t status); /* remembers the trouble unless SEPTUM_OK; true if refused */

/* say.c: one line of the manager's own, to the console or, before it runs, to the firmware. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
__attribute__((format(printf, 1, 2))) _Noreturn void say_and_stop(const char *format, ...);
void say_begins(uint32_t ticket); /* what is said from here on answers that command; ticket 0: nobody asked */
void say_ends(uint32_t ticket, bool good);
const char *status_text(int64_t status);
void console_wake(void);

/* space.c */
bool estate_take(struct estate *estate, uint64_t count, uint64_t align, uint64_t *first);
bool place_frame(const struct place *place, uint64_t *frame); /* one frame, given to the place's domain */
bool place_map(const struct place *place, uint64_t va, uint64_t frame, uint64_t level, uint64_t rights);
bool place_window(const struct place *place, uint64_t window_cap, uint64_t va);
/* Neighbouring frames of the place's domain, mapped at `va` to read and write. */
bool place_area(const struct place *place, uint64_t va, uint64_t count, uint64_t *first);
/* Neighbouring frames that the domain in slot `owner` has are on loan to the place's, mapped at `va` to read and write. */
bool place_lend(const struct place *place, const char *step, uint64_t owner, uint64_t va, uint64_t first, uint64_t count);
bool place_root(const struct place *place, uint64_t frames);
bool place_fill(const struct place *place, uint64_t frame, const void *data, uint64_t bytes);
/* writable: where the pages are written down, or NULL. */
bool place_stack(const struct place *place, uint64_t top, struct writable *writable);
bool place_elf(const struct place *place, const char *server, uint64_t *entry, struct writable *writable);
/* A server's domain in a slot of its own, which the place is of from then on, with its program and a first stack. */
bool place_server(struct place *place, const char *step, const char *server, uint64_t *entry, struct writable *writable);
bool place_renew(const struct place *place, const struct writable *writable);
bool estate_reclaim(uint64_t frame); /* a frame of a dead domain is back in the pool */

/* guest.c, monitor.c, ending.c */
void guest_begin(struct guest *g);   /* PHASE_OFF or PAUSE -> BUILD, or an explained end */
void guest_entered(struct guest *g); /* it runs, for the first time or again: reboots happen in the monitor */
bool guest_slice(struct guest *g);   /* a bounded piece of BUILD or END; false: try again in a millisecond */
bool monitor_build(struct guest *g); /* the monitor and its stopped threads, with a vCPU each */
bool monitor_start(struct guest *g); /* the last step of BUILD */
void guest_end(struct guest *g, uint32_t state, bool again);
bool guest_end_slice(struct guest *g);
void guest_state(const struct guest *g, uint32_t state);

/* clock.c: of the machine's clock and its seed, once; what a guest that starts is told of them. */
void world_find(void);
bool world_seed(uint8_t *to); /* SEED_BYTES that nobody else gets; false: there are none */
void world_tell(struct monitor_start *start);

/* console.c */
uint64_t console_uart(void); /* the window that is its UART; WINDOWS: there is none */
bool console_build(void);
bool console_attach(struct guest *g);
void console_faulted(const struct sys_thread_info *info);
void console_restart(bool by_hand); /* one that a person kills does not count as a fault */
void console_usage(struct link_usage *usage);

/* create.c, servers.c: false: it was refused, and why was said. */
void guest_describe(struct guest *g, const struct bundle *source, uint32_t index); /* as described, and off */
bool guest_create(struct guest *g, uint32_t memory_mib, uint32_t cpus);
void guest_create_from(const struct link_command *c); /* it is read first: the answer comes later */
bool guest_destroy(struct guest *g);
bool guest_is_in_room(const struct guest *g);
/* The guest that the checked copy describes is in a room, with those sizes (0: as described). NULL: it cannot, and why. */
struct guest *room_fill(struct copy *copy, uint32_t memory_mib, uint32_t cpus, char *why, size_t why_bytes);
bool room_start(struct guest *g);
bool room_empty(struct guest *g); /* a piece of what it takes until nobody is in it; true: so it is */
void servers_name(struct console_link *link);
void servers_usage(struct console_link *link);
bool server_kill(uint32_t server);

/* audit.c */
void auditor_begin(void);
void audit_ask(uint32_t ticket); /* is answered when it is done, or why it is refused at once */
void audit_news(void);           /* the auditor's bell: it has ended one */
void audit_faults(void);         /* one that faulted audits no more */
uint64_t audit_work(void);       /* begins one whose time has come; returns when to come back */

/* stats.c */
void estate_count(const struct estate *estate, struct link_usage *usage);
void stats_write(void);
void version_say(void);

/* calls.c */
struct sys_message call_serve(uint64_t badge, const struct sys_message *message);
void commands_serve(void);
void faults_serve(void);
bool guest_stop(struct guest *g, const char *how); /* false: it was off */
_Noreturn void machine_off(const char *why);
