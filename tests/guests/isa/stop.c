/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Accesses that may end the guest, so only one in a run: the boot argument probe= names it. It is announced before,
 * so that who compares the runs knows what ended it.
 */
#include "isa.h"

#define UART       UINT64_C(0x10000000)
#define UART_MODEM (UART + 4)

static struct space space;
static struct table *page;

enum how { LOAD, STORE, FETCH, SWAP, LOAD_WIDE, STORE_WIDE };

static void go(const char *name, enum how how, uint64_t va, uint64_t satp)
{
    static const uint32_t words[][1] = {[LOAD] = {0x0005b503},      [STORE] = {0x00a5b023},     [FETCH] = {NOP},
                                        [SWAP] = {0x08a5a52f},      [LOAD_WIDE] = {0x0005a503}, [STORE_WIDE] = {0x00a5a023}};
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .satp = satp, .fence = 1, .a = {0, va}};

    row_announce(name);
    if (how == FETCH) {
        p.pc = va;
        probe_run(&p);
    } else {
        probe_words(&p, words[how], 1);
    }
    row_begin("%s", name);
    row_hex(p.scause);
    row_hex(p.stval);
    row_hex(p.sepc == p.pc);
    row_end();
}

static const struct {
    const char *name;
    enum how how;
    uint64_t at; /* what the leaf maps, and the offset in it */
} leaves[] = {
    {"stop.load", LOAD, OUTSIDE},
    {"stop.store", STORE, OUTSIDE},
    {"stop.fetch", FETCH, OUTSIDE},
    {"stop.swap", SWAP, OUTSIDE},
    {"stop.device-load", LOAD_WIDE, UART_MODEM},
    {"stop.device-store", STORE_WIDE, UART_MODEM},
    {"stop.device-swap", SWAP, UART_MODEM},
};

/* Where the walk leads instead of a table of the guest's. */
static void walks(const char *name)
{
    if (word_is(name, "stop.table-load") || word_is(name, "stop.table-store") || word_is(name, "stop.table-fetch"))
        space.middle->pte[0] = pte_of((void *)OUTSIDE, PTE_V);
    else
        space.middle->pte[0] = pte_of((void *)UART, PTE_V);
    if (word_is(name, "stop.table-load"))
        go("stop.table-load", LOAD, TEST_VA, satp_of(space.top, 0));
    else if (word_is(name, "stop.table-store"))
        go("stop.table-store", STORE, TEST_VA, satp_of(space.top, 0));
    else if (word_is(name, "stop.table-fetch"))
        go("stop.table-fetch", FETCH, TEST_VA, satp_of(space.top, 0));
    else if (word_is(name, "stop.table-device"))
        go("stop.table-device", LOAD, TEST_VA, satp_of(space.top, 0));
    else if (word_is(name, "stop.bare"))
        go("stop.bare", LOAD, OUTSIDE, 0);
    else if (word_is(name, "stop.bare-high"))
        go("stop.bare-high", LOAD, UINT64_C(1) << 45, 0);
}

void group_stop(const void *tree)
{
    const char *name = tree_argument(tree, "probe");

    space_reset();
    space = space_new();
    page = page_new();
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++)
        if (word_is(name, leaves[i].name)) {
            space.low->pte[0] = pte_of((void *)leaves[i].at, PTE_RWXAD);
            go(leaves[i].name, leaves[i].how, TEST_VA + leaves[i].at % PAGE, satp_of(space.top, 0));
            return;
        }
    walks(name);
}
