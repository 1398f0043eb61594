/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the test guests share: registers as found at entry, traps that are expected, output, SBI, time. */
#ifndef GUEST_RT_H
#define GUEST_RT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TICKS_PER_SECOND UINT64_C(10000000) /* QEMU's `virt` and Septum's guests alike */

/* Written by the program; the runtime calls it on the boot hart. */
void guest_main(uint64_t hart, const void *tree);
/* Entry of a hart that was started at start_second; a program with one CPU needs none. */
void guest_second(uint64_t hart, uint64_t number);
/* Called for each interrupt, with interrupts off. */
void guest_interrupt(uint64_t cause);

/* As found at entry, before anything was used (start.S). */
enum boot_csr_index {
    B_SSTATUS,
    B_SIE,
    B_STVEC,
    B_SCOUNTEREN,
    B_SENVCFG,
    B_SEPC,
    B_SCAUSE,
    B_STVAL,
    B_SIP,
    B_SATP,
    B_TIME
};
extern uint64_t boot_x[32];   /* [0]: 1 if sscratch was not zero */
extern uint64_t boot_f[33];   /* [32]: fcsr */
extern uint64_t boot_csr[11]; /* enum boot_csr_index */
extern uint64_t boot_dirty;   /* words of bss and stacks that were not zero */
extern const char _start[], _image_end[], _end[], start_second[], trap_vector[];

/* Output: %s %c %d %u %x, the last three with the modifier l too; a width and a leading 0 are understood. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_list(const char *format, va_list list);
void put_char(char c); /* a guest may bring its own */

/*
 * Traps. An exception nobody expects ends the program with a message. Between expect() and expected() one is
 * recorded, and execution goes on behind the instruction (after a failed jump: where it was called from).
 */
struct trap {
    uint64_t count, scause, stval, sepc;
};
extern volatile struct trap trap;
void expect(void);
bool expected(void); /* did a trap come? */

/* SBI */
struct sbi_result {
    int64_t error;
    uint64_t value;
};
#define SBI_BASE   0x10
#define SBI_TIME   0x54494d45
#define SBI_IPI    0x735049
#define SBI_RFENCE 0x52464e43
#define SBI_HSM    0x48534d
#define SBI_SRST   0x53525354
#define SBI_DBCN   0x4442434e
struct sbi_result sbi(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                      uint64_t a4);
void sbi_set_timer(uint64_t time);
_Noreturn void sbi_shutdown(void);
_Noreturn void sbi_reboot(void);

/* The device tree, as far as a guest needs it. */
struct range {
    uint64_t base, bytes;
};
uint32_t tree_bytes(const void *tree);
struct range tree_memory(const void *tree);
/* The value of `name=` in the boot arguments, NULL if there is none; ended by a blank or NUL. */
const char *tree_argument(const void *tree, const char *name);
uint64_t number_of(const char *text);             /* decimal or 0x… */
bool word_is(const char *text, const char *word); /* up to a blank or the end */

/* Memory that nobody uses: all but image, stacks, device tree and, below firmware that says so, its 2 MiB. */
#define FREE_RANGES 4
size_t free_memory(const void *tree, struct range range[FREE_RANGES]);

/* Sv39 tables of a guest's own: the lowest 512 GiB mapped to themselves in leaves of 1 GiB; user says U. */
uint64_t satp_identity(bool user);

#define SSTATUS_SIE  2u
#define SSTATUS_SPIE 0x20u
#define SSTATUS_SPP  0x100u
#define SSTATUS_FS   0x6000u
#define SSTATUS_SUM  0x40000u
#define IRQ_SOFTWARE 1u
#define IRQ_TIMER    5u
#define IRQ_EXTERNAL 9u

#define csr_read(csr)                                                                                                  \
    ({                                                                                                                 \
        uint64_t csr_value;                                                                                            \
        __asm__ volatile("csrr %0, " csr : "=r"(csr_value)::"memory");                                                 \
        csr_value;                                                                                                     \
    })
#define csr_write(csr, value) __asm__ volatile("csrw " csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(csr, value)   __asm__ volatile("csrs " csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_clear(csr, value) __asm__ volatile("csrc " csr ", %0" ::"r"((uint64_t)(value)) : "memory")

static inline uint64_t now(void)
{
    return csr_read("time");
}

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

/* Sleep or spin for that many ticks, interrupts off. */
void sleep_ticks(uint64_t ticks);

/* A register of a device or a word that may not be there. */
static inline uint8_t read8(uint64_t address)
{
    return *(volatile uint8_t *)address;
}
static inline void write8(uint64_t address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}
static inline uint32_t read32(uint64_t address)
{
    return *(volatile uint32_t *)address;
}
static inline void write32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}
static inline uint64_t read64(uint64_t address)
{
    return *(volatile uint64_t *)address;
}
static inline void write64(uint64_t address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
}

#endif
