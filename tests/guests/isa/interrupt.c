/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Interrupts: when each is taken, in which order, through which entry. They are looked at right behind an sret and
 * behind a write to sip, sie or sstatus, so sepc is certain there. [priv 10.1.3]
 */
#include "isa.h"

#define UART_IER    UINT64_C(0x10000001)
#define UART_IIR    UINT64_C(0x10000002)
#define UART_SOURCE 10u
#define PLIC        UINT64_C(0x0c000000)
#define PLIC_ENABLE (PLIC + 0x2080 + 0x100 * boot_hart)     /* of S mode */
#define PLIC_LIMIT  (PLIC + 0x201000 + 0x2000 * boot_hart)
#define PLIC_CLAIM  (PLIC + 0x201004 + 0x2000 * boot_hart)
#define SOFTWARE    (1u << IRQ_SOFTWARE)
#define TIMER       (1u << IRQ_TIMER)
#define EXTERNAL    (1u << IRQ_EXTERNAL)
#define ALL_THREE   (SOFTWARE | TIMER | EXTERNAL)
#define PATIENCE    (TICKS_PER_SECOND)

static const uint64_t lines[] = {SOFTWARE, TIMER, EXTERNAL};
static const char *const line_name[] = {"software", "timer", "external"};

/* Until sip shows it or does not, as wanted; what sip is then. */
static uint64_t await(uint64_t bit, bool set)
{
    uint64_t end = now() + PATIENCE;

    while (((csr_read("sip") & bit) != 0) != set && now() < end) {
    }
    return csr_read("sip") & ALL_THREE;
}

static void raise(uint64_t bit)
{
    if (bit == SOFTWARE)
        csr_set("sip", SOFTWARE);
    else if (bit == TIMER)
        csr_write("stimecmp", 0);
    else
        write8(UART_IER, 2);
    await(bit, true);
}

static void drop(uint64_t bit)
{
    if (bit == SOFTWARE) {
        csr_clear("sip", SOFTWARE);
    } else if (bit == TIMER) {
        csr_write("stimecmp", UINT64_MAX);
    } else {
        uint32_t source = read32(PLIC_CLAIM);

        (void)read8(UART_IIR);
        write8(UART_IER, 0);
        if (source != 0)
            write32(PLIC_CLAIM, source);
    }
    await(bit, false);
}

static void raise_all(uint64_t bits)
{
    for (unsigned i = 0; i < 3; i++)
        if (bits & lines[i])
            raise(lines[i]);
}

static void drop_all(uint64_t bits)
{
    for (unsigned i = 0; i < 3; i++)
        if (bits & lines[i])
            drop(lines[i]);
}

static void row_where(const struct probe *p)
{
    row_hex(p->scause);
    row_hex(p->stval);
    row_hex(p->sepc - p->pc);
    row_hex(p->sstatus);
}

static struct probe idle(uint64_t sstatus)
{
    static const uint32_t nops[] = {NOP, NOP, NOP};
    struct probe p = {.sstatus = sstatus, .satp = home_satp};

    probe_words(&p, nops, 3);
    return p;
}

/* Pending before the sret, in each state of the enables and in both privileges. */
static void before(void)
{
    static const uint64_t states[] = {SSTATUS_SUPERVISOR, SSTATUS_SUPERVISOR | SSTATUS_SPIE, SSTATUS_USER,
                                      SSTATUS_USER | SSTATUS_SPIE};

    for (unsigned i = 0; i < 3; i++)
        for (unsigned enabled = 0; enabled < 2; enabled++) {
            row_begin("interrupt.before.%s.%s", line_name[i], enabled ? "enabled" : "masked");
            csr_write("sie", enabled ? lines[i] : ALL_THREE & ~lines[i]);
            raise(lines[i]);
            row_hex(csr_read("sip") & ALL_THREE);
            for (unsigned s = 0; s < 4; s++) {
                struct probe p = idle(states[s]);

                row_where(&p);
            }
            drop(lines[i]);
            row_hex(csr_read("sip") & ALL_THREE);
            row_end();
        }
    csr_write("sie", 0);
}

/* Each set that is pending with each set that is enabled: which one comes first. */
static void order(void)
{
    for (unsigned pending = 0; pending < 8; pending++) {
        uint64_t bits = 0;

        for (unsigned i = 0; i < 3; i++)
            bits |= pending >> i & 1 ? lines[i] : 0;
        raise_all(bits);
        row_begin("interrupt.order.%lx", bits);
        row_hex(csr_read("sip") & ALL_THREE);
        for (unsigned enabled = 0; enabled < 8; enabled++) {
            struct probe p;
            uint64_t enable = 0;

            for (unsigned i = 0; i < 3; i++)
                enable |= enabled >> i & 1 ? lines[i] : 0;
            csr_write("sie", enable);
            p = idle(SSTATUS_SUPERVISOR | SSTATUS_SPIE);
            row_hex(p.scause);
        }
        row_end();
        csr_write("sie", 0);
        drop_all(bits);
    }
}

/* Unmasked by an instruction: it is taken right behind. */
static void unmasked(void)
{
    static const struct {
        const char *name;
        uint32_t word[3];
        uint64_t sie, value, sstatus;
        bool pending;
    } ways[] = {
        {"sip", {NOP, 0x1445a073, NOP}, SOFTWARE, SOFTWARE, SSTATUS_SUPERVISOR | SSTATUS_SPIE, false},
        {"sie", {NOP, 0x1045a073, NOP}, 0, SOFTWARE, SSTATUS_SUPERVISOR | SSTATUS_SPIE, true},
        {"sstatus", {NOP, 0x1005a073, NOP}, SOFTWARE, SSTATUS_SIE, SSTATUS_SUPERVISOR, true},
        {"sstatus-immediate", {NOP, 0x10016073, NOP}, SOFTWARE, 0, SSTATUS_SUPERVISOR, true},
        {"sip-immediate", {NOP, 0x14416073, NOP}, SOFTWARE, 0, SSTATUS_SUPERVISOR | SSTATUS_SPIE, false},
        {"stimecmp", {NOP, 0x14d01073, NOP}, TIMER, 0, SSTATUS_SUPERVISOR | SSTATUS_SPIE, false},
        {"masked-again", {0x10017073, 0x1445a073, NOP}, SOFTWARE, SOFTWARE, SSTATUS_SUPERVISOR | SSTATUS_SPIE, false},
    };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct probe p = {.sstatus = ways[i].sstatus, .satp = home_satp, .a = {0, ways[i].value}};

        csr_write("sie", ways[i].sie);
        if (ways[i].pending)
            raise(SOFTWARE);
        probe_words(&p, ways[i].word, 3);
        row_begin("interrupt.unmasked.%s", ways[i].name);
        row_where(&p);
        row_hex(csr_read("sip") & ALL_THREE);
        row_end();
        csr_write("sie", 0);
        drop(SOFTWARE);
        drop(TIMER);
    }
}

/*
 * Vectored: interrupts through their own entries, exceptions through the first. The exception is a delegated one:
 * OpenSBI passes others on to stvec with its mode bits, and QEMU then goes on at an odd address.
 */
static void vectored(void)
{
    static const uint32_t nop[] = {NOP};
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .satp = home_satp, .vector = (uint64_t)probe_vectors | 1};

    for (unsigned user = 0; user < 2; user++)
        for (unsigned i = 0; i < 3; i++) {
            csr_write("sie", lines[i]);
            raise(lines[i]);
            probe_entry = 99;
            p.sstatus = SSTATUS_SPIE | (user ? SSTATUS_USER : SSTATUS_SUPERVISOR);
            probe_words(&p, nop, 1);
            row_begin("interrupt.vectored.%s.%s", user ? "user" : "supervisor", line_name[i]);
            row_where(&p);
            row_hex(probe_entry);
            row_end();
            csr_write("sie", 0);
            drop(lines[i]);
            probe_entry = 99;
            p.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR;
            probe_words(&p, nop, 1);
            row_begin("interrupt.vectored.%s.exception.%u", user ? "user" : "supervisor", i);
            row_where(&p);
            row_hex(probe_entry);
            row_end();
        }
}

/* By the firmware: an IPI to oneself sets SSIP, which the program clears; its timer sets STIP until it is moved. */
static void firmware(void)
{
    row_begin("interrupt.ipi");
    row_hex((uint64_t)sbi(SBI_IPI, 0, 1, boot_hart, 0, 0, 0).error);
    row_hex(await(SOFTWARE, true));
    csr_clear("sip", SOFTWARE);
    row_hex(csr_read("sip") & ALL_THREE);
    row_end();
    row_begin("interrupt.sbi-timer");
    sbi_set_timer(now() + 2000);
    row_hex(await(TIMER, true));
    csr_clear("sip", TIMER);
    row_hex(csr_read("sip") & ALL_THREE);
    sbi_set_timer(UINT64_MAX);
    row_hex(await(TIMER, false));
    row_end();
}

/* The timer ends a loop in either privilege. */
static void loops(void)
{
    static const uint32_t loop[] = {0x0000006f};

    for (unsigned user = 0; user < 2; user++) {
        struct probe p = {.sstatus = SSTATUS_SPIE | (user ? SSTATUS_USER : SSTATUS_SUPERVISOR), .satp = home_satp};

        csr_write("sie", TIMER);
        csr_write("stimecmp", now() + 5000);
        probe_words(&p, loop, 1);
        row_begin("interrupt.loop.%s", user ? "user" : "supervisor");
        row_where(&p);
        row_hex(await(TIMER, true));
        row_end();
        csr_write("sie", 0);
        drop(TIMER);
    }
}

/* wfi goes on when something enabled is pending, whether or not it is taken. In U mode it traps. */
static void waits(void)
{
    static const uint32_t wait[] = {0x10500073};
    static const uint32_t until[] = {0x10500073, 0x14402573, 0x02057513, 0xfe050ae3}; /* until sip shows the timer */
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .satp = home_satp};

    for (unsigned i = 0; i < 3; i++) {
        csr_write("sie", lines[i]);
        raise(lines[i]);
        p.sstatus = SSTATUS_SUPERVISOR;
        probe_words(&p, wait, 1);
        row_begin("interrupt.wfi.pending.%s", line_name[i]);
        row_where(&p);
        row_end();
        csr_write("sie", 0);
        p.sstatus = SSTATUS_USER;
        probe_words(&p, wait, 1);
        row_begin("interrupt.wfi.user.%s", line_name[i]);
        row_where(&p);
        row_end();
        drop(lines[i]);
    }
    csr_write("sie", TIMER);
    csr_write("stimecmp", now() + 20000);
    p.sstatus = SSTATUS_SUPERVISOR;
    probe_words(&p, until, 4);
    row_begin("interrupt.wfi.timer");
    row_where(&p);
    row_hex(p.a[0]);
    row_end();
    csr_write("sie", 0);
    drop(TIMER);
}

void group_interrupt(const void *tree)
{
    (void)tree;
    write32(PLIC + 4 * UART_SOURCE, 1);
    write32(PLIC_ENABLE, 1u << UART_SOURCE);
    write32(PLIC_LIMIT, 0);
    before();
    order();
    unmasked();
    vectored();
    firmware();
    loops();
    waits();
}
