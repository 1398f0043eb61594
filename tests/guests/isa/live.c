/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Entries changed while they are in use. Behind each form of sfence.vma that covers the change, the new entry counts.
 * Without, the old or the new may count: then the row tells only whether it was one of the two. A fence by address
 * covers leaves only. [priv 10.2.1]
 */
#include "isa.h"

#define ASID   UINT64_C(5)
#define FORMS  5
#define COUNTS 3 /* fetch, load, store */

static const char *const form_name[FORMS] = {"none", "all", "address", "asid", "address-asid"};

static void fence(unsigned form, uint64_t va)
{
    uint64_t asid = ASID;

    if (form == 1)
        __asm__ volatile("sfence.vma" ::: "memory");
    else if (form == 2)
        __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
    else if (form == 3)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
    else if (form == 4)
        __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

static struct space space;
static struct table *first, *second, *spare;
static void *area;

/* A change: entry `at` of a table from one value to another. For a fence by address both must be leaves, or nothing. */
struct change {
    const char *name;
    struct table *table;
    unsigned at;
    uint64_t before, after;
    bool leaves;
};

struct outcome {
    uint64_t cause[COUNTS], value;
};

static struct outcome look(struct probe *p, unsigned user, uint64_t va)
{
    struct outcome o = {{0}, 0};

    for (unsigned kind = 0; kind < COUNTS; kind++) {
        p->sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR;
        p->a[0] = kind == 2 ? EBREAK : 0;
        p->a[1] = va + (kind == 0 ? 0 : 8 * kind);
        p->pc = va;
        if (kind == 0)
            probe_run(p);
        else
            probe_at(p, kind == 1 ? do_load : do_store);
        o.cause[kind] = p->scause;
        if (kind == 1 && p->scause == CAUSE_BREAK)
            o.value = p->a[0];
    }
    return o;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    bool equal = a->value == b->value;

    for (unsigned i = 0; i < COUNTS; i++)
        equal = equal && a->cause[i] == b->cause[i];
    return equal;
}

static void row_outcome(const struct outcome *o)
{
    for (unsigned i = 0; i < COUNTS; i++)
        row_hex(o->cause[i]);
    row_hex(o->value);
}

/* Each part of an outcome without a fence may be the old or the new one; they need not agree. */
static bool one_of(const struct outcome *o, const struct outcome *old, const struct outcome *new)
{
    for (unsigned i = 0; i < COUNTS; i++)
        if (o->cause[i] != old->cause[i] && o->cause[i] != new->cause[i])
            return false;
    return o->value == old->value || o->value == new->value;
}

static void change(const struct change *c, unsigned user, unsigned form)
{
    struct probe p = {.satp = satp_of(space.top, ASID)};
    bool covered = form == 1 || form == 3 || (c->leaves && form != 0);
    uint64_t u = user ? PTE_U : 0;
    struct outcome old, meanwhile, new;

    c->table->pte[c->at] = c->before | (c->before & (PTE_R | PTE_W | PTE_X) ? u : 0);
    fence(1, 0);
    old = look(&p, user, TEST_VA);
    c->table->pte[c->at] = c->after | (c->after & (PTE_R | PTE_W | PTE_X) ? u : 0);
    if (!covered)
        fence(form, TEST_VA);
    meanwhile = look(&p, user, TEST_VA);
    fence(covered ? form : 1, TEST_VA);
    new = look(&p, user, TEST_VA);
    row_begin("live.%s.%s.%s", c->name, user ? "user" : "supervisor", form_name[form]);
    row_outcome(&old);
    row_outcome(&new);
    row_word(one_of(&meanwhile, &old, &new) ? "legal" : "neither");
    row_word(same(&old, &new) ? "same" : "changed");
    row_end();
}

static struct table *marked(uint64_t mark, void *page)
{
    struct table *t = page;

    t->pte[0] = EBREAK;
    t->pte[1] = mark;
    __asm__ volatile("fence.i" ::: "memory");
    return t;
}

void group_live(const void *tree)
{
    (void)tree;
    space_reset();
    space = space_new();
    spare = table_new();
    area = area_new();
    first = marked(0x1111, page_new());
    second = marked(0x2222, page_new());
    marked(0x3333, area);
    spare->pte[0] = pte_of(second, PTE_RWXAD);
    uint64_t full = pte_of(first, PTE_RWXAD), low = pte_of(space.low, PTE_V), big = pte_of(area, PTE_RWXAD);
    struct change changes[] = {
        {"remap", space.low, 0, full, pte_of(second, PTE_RWXAD), true},
        {"invalid", space.low, 0, full, 0, true},
        {"valid", space.low, 0, 0, full, true},
        {"read-only", space.low, 0, full, pte_of(first, PTE_RWXAD & ~PTE_W), true},
        {"writable", space.low, 0, pte_of(first, PTE_RWXAD & ~PTE_W), full, true},
        {"no-execute", space.low, 0, full, pte_of(first, PTE_RWXAD & ~PTE_X), true},
        {"execute-only", space.low, 0, full, pte_of(first, PTE_V | PTE_X | PTE_A | PTE_D), true},
        {"old", space.low, 0, full, pte_of(first, PTE_RWXAD & ~PTE_A), true},
        {"accessed", space.low, 0, pte_of(first, PTE_RWXAD & ~PTE_A), full, true},
        {"clean", space.low, 0, full, pte_of(first, PTE_RWXAD & ~PTE_D), true},
        {"dirty", space.low, 0, pte_of(first, PTE_RWXAD & ~PTE_D), full, true},
        {"reserved", space.low, 0, full, full | UINT64_C(1) << 54, true},
    };
    struct change above[] = {
        {"superpage", space.middle, 0, low, big, false},
        {"split", space.middle, 0, big, low, false},
        {"table", space.middle, 0, low, pte_of(spare, PTE_V), false},
        {"no-table", space.middle, 0, low, 0, false},
        {"superpage-read-only", space.middle, 0, big, pte_of(area, PTE_RWXAD & ~PTE_W), true},
    };

    for (unsigned user = 0; user < 2; user++)
        for (unsigned form = 0; form < FORMS; form++) {
            for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
                change(&changes[i], user, form);
            space.low->pte[0] = full | (user ? PTE_U : 0);
            spare->pte[0] = pte_of(second, PTE_RWXAD | (user ? PTE_U : 0));
            for (size_t i = 0; i < sizeof above / sizeof above[0]; i++)
                change(&above[i], user, form);
            space.middle->pte[0] = low;
        }
}
