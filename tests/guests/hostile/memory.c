/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Access to what is not the guest's: each ends the guest with a crash card, so each is one guest in the system
 * description, or one life of a guest that restarts on a crash (sweep). "SURVIVED" must never be read.
 */
#include "hostile.h"

#define MAPPED_GIB UINT64_C(255)

uint64_t access_by(const char *op, uint64_t a)
{
    uint64_t value = 0;

    if (word_is(op, "read8"))
        value = read8(a);
    else if (word_is(op, "write"))
        write64(a, UINT64_C(0x4861726d2121));
    else if (word_is(op, "write8"))
        write8(a, 0x21);
    else if (word_is(op, "exec"))
        __asm__ volatile("jalr ra, 0(%0)" ::"r"(a) : "ra", "memory");
    else if (word_is(op, "amo"))
        __asm__ volatile("amoor.d %0, %2, (%1)" : "=r"(value) : "r"(a), "r"(1) : "memory");
    else if (word_is(op, "lr"))
        __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(a) : "memory");
    else if (word_is(op, "float"))
        __asm__ volatile(".option push\n.option arch, +f, +d\nfld f0, 0(%1)\nfmv.x.d %0, f0\n.option pop"
                         : "=r"(value)
                         : "r"(a)
                         : "memory");
    else
        value = read64(a);
    return value;
}

void attack(const char *op, uint64_t address)
{
    say("probe 0x%lx\n", address);
    expect();
    uint64_t value = access_by(op, address);
    if (expected())
        say("TRAPPED cause %lu\n", trap.scause);
    else
        say("SURVIVED 0x%lx\n", value);
}

void case_touch(uint64_t hart, const void *tree)
{
    struct range memory = tree_memory(tree);
    uint64_t end = memory.base + memory.bytes;

    (void)hart;
    /* Without an address: across the end of the memory. */
    attack(tree_argument(tree, "op"), argument(tree, "addr", end - 4));
}

/* Through a leaf of the guest's own table. */
void case_map(uint64_t hart, const void *tree)
{
    uint64_t address = argument(tree, "addr", 0), satp = satp_identity(false);
    uint64_t *root = (uint64_t *)(satp << 12 & UINT64_C(0xfffffffffff000));

    (void)hart;
    root[MAPPED_GIB] = address >> 30 << 28 | 0xcf;
    csr_write("satp", satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    attack(tree_argument(tree, "op"), MAPPED_GIB << 30 | (address & 0x3fffffff));
}

/* A table below the root that lies outside: an access fault at the address, as where physical memory ends. */
void case_table(uint64_t hart, const void *tree)
{
    static const struct {
        const char *op;
        uint64_t cause;
    } ways[] = {{"read", 5}, {"write", 7}, {"exec", 1}, {"amo", 7}, {"lr", 5}};
    const uint64_t satp = satp_identity(false), address = MAPPED_GIB << 30 | 0x203008;
    uint64_t *root = (uint64_t *)(satp << 12 & UINT64_C(0xfffffffffff000));

    (void)hart;
    root[MAPPED_GIB] = argument(tree, "addr", 0) >> 12 << 10 | 1;
    csr_write("satp", satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        expect();
        (void)access_by(ways[i].op, address);
        check(expected() && trap.scause == ways[i].cause && trap.stval == address, ways[i].op, trap.scause);
    }
    csr_write("satp", 0);
}

/*
 * Every page outside the memory, one by one: as the last table of a walk, which the hart reads. Where the page is mapped,
 * its words are taken for entries, and the cause is another. What cannot be read cannot be written: no leaf is W alone.
 */
void case_every(uint64_t hart, const void *tree)
{
    static uint64_t table[512] __attribute__((aligned(4096)));
    const struct range memory = tree_memory(tree);
    const uint64_t satp = satp_identity(false), base = argument(tree, "base", 0);
    const uint64_t end = base + argument(tree, "bytes", 0);

    (void)hart;
    ((uint64_t *)(satp << 12 & UINT64_C(0xfffffffffff000)))[MAPPED_GIB] = (uint64_t)table >> 12 << 10 | 1;
    csr_write("satp", satp);
    for (uint64_t first = base; first < end; first += 512 * PAGE) {
        if (first - memory.base < memory.bytes)
            continue;
        for (uint64_t i = 0; i < 512; i++)
            table[i] = (first + i * PAGE) >> 12 << 10 | 1;
        __asm__ volatile("sfence.vma" ::: "memory");
        for (uint64_t i = 0; i < 512; i++) {
            uint64_t address = MAPPED_GIB << 30 | i << 21;

            expect();
            (void)read64(address);
            check(expected() && trap.scause == 5 && trap.stval == address, "SURVIVED", first + i * PAGE);
        }
    }
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* A page table that lies outside. */
void case_root(uint64_t hart, const void *tree)
{
    uint64_t address = argument(tree, "addr", 0);

    (void)hart;
    say("probe 0x%lx\n", address);
    expect();
    csr_write("satp", UINT64_C(8) << 60 | address >> 12);
    __asm__ volatile("sfence.vma\nnop" ::: "memory");
    csr_write("satp", 0);
    say("SURVIVED\n");
}

/* A trap vector outside: the trap's own fetch faults. */
void case_vector(uint64_t hart, const void *tree)
{
    (void)hart;
    say("probe 0x%lx\n", argument(tree, "addr", 0));
    csr_write("stvec", argument(tree, "addr", 0));
    __asm__ volatile("unimp");
    say("SURVIVED\n");
}

/* One page of a range a life, another one each time. */
void case_sweep(uint64_t hart, const void *tree)
{
    static const char *const ops[] = {"read", "write", "read8", "write8", "exec", "amo", "lr", "float"};
    uint64_t base = argument(tree, "base", 0), bytes = argument(tree, "bytes", PAGE);
    uint64_t page = base + random() % (bytes / PAGE) * PAGE;

    (void)hart;
    if (time_is_up(tree))
        return;
    attack(ops[random() % 8], page + (random() & 0xff8));
}

static void random_access(uint64_t address, uint64_t width)
{
    uint64_t value = random();
    bool writes = random() & 1;

    if (width == 1)
        writes ? write8(address, (uint8_t)value) : (void)read8(address);
    else if (width == 2)
        writes ? (void)(*(volatile uint16_t *)address = (uint16_t)value) : (void)*(volatile uint16_t *)address;
    else if (width == 4)
        writes ? write32(address, (uint32_t)value) : (void)read32(address);
    else
        writes ? write64(address, value) : (void)read64(address);
}

/* The emulated devices, with accesses no driver makes: refused or answered, never more. */
void case_mmio(uint64_t hart, const void *tree)
{
    uint64_t turns = argument(tree, "turns", 4000);

    (void)hart;
    for (uint64_t i = 0; i < turns; i++) {
        uint64_t width = UINT64_C(1) << random() % 4;
        uint64_t plic = 0x0c000000 + random() % 0x600000, uart = 0x10000001 + random() % 7;
        bool at_uart = random() % 4 == 0;
        /* Not the transmitter, whose output would hide what matters. */
        uint64_t address = at_uart ? uart : plic & ~(width - 1);

        expect();
        random_access(address, at_uart ? 1 : width);
        expected();
    }
    /* The line's settings as they were. */
    write8(0x10000003, 3);
    write8(0x10000001, 0);
    write8(0x10000004, 0);
}
