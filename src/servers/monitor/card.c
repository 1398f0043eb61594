/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "card.h"

#include "console.h"
#include "decode.h"
#include "fault.h"
#include "ops.h"
#include "symbol.h"
#include "walk.h"

#include <lib/text.h>

#define WORDS_BYTES 48

struct card {
    char *to;
    size_t bytes;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void card_add(struct card *c, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    c->used += text_format_list(c->to + c->used, c->bytes - c->used, format, list);
    va_end(list);
}

/* Exception codes. [priv tables 16 and 41] */
static const char *card_cause(uint64_t cause)
{
    static const char words[24][WORDS_BYTES] = {
        [0] = "misaligned instruction address",
        [1] = "instruction access fault",
        [2] = "illegal instruction",
        [3] = "breakpoint",
        [4] = "misaligned load",
        [5] = "load access fault",
        [6] = "misaligned store",
        [7] = "store access fault",
        [8] = "call from user mode",
        [10] = "call from supervisor mode",
        [12] = "instruction page fault",
        [13] = "load page fault",
        [15] = "store page fault",
        [20] = "instruction guest-page fault",
        [21] = "load guest-page fault",
        [22] = "virtual instruction",
        [23] = "store guest-page fault",
    };

    if (cause >= sizeof words / sizeof words[0] || words[cause][0] == '\0')
        return cause >> 63 != 0 ? "an interrupt" : "unknown cause";
    return words[cause];
}

static const char *card_deed(uint64_t cause)
{
    if (cause == CAUSE_FETCH_GUEST_PAGE)
        return "executed";
    return cause == CAUSE_LOAD_GUEST_PAGE ? "read" : "wrote";
}

static void card_title(struct card *c, const struct hart *h, int64_t exit)
{
    const struct vcpu_page *page = h->page;

    card_add(c, "guest '%.*s' crashed: vCPU %u: ", BUNDLE_NAME_BYTES, h->monitor->start->guest.name,
             (unsigned)h->index);
    if (exit < 0)
        card_add(c, "the kernel refused to run it (status %d)\n", (int)exit);
    else
        card_add(c, "%s\n", card_cause(page->scause));
}

static void card_fault(struct card *c, const struct hart *h)
{
    const struct vcpu_page *page = h->page;
    const struct memory *m = &h->monitor->memory;

    if (decode_is_walk(page->htinst))
        card_add(c, "  it used a page table at 0x%lx", page->htval << 2);
    else
        card_add(c, "  it %s 0x%lx", card_deed(page->scause), fault_gpa(page));
    card_add(c, "; its memory is 0x%lx .. 0x%lx\n", m->first, m->first + m->bytes - 1);
    if (page->scause == CAUSE_FETCH_GUEST_PAGE && page->pc == (page->vstvec & ~UINT64_C(3)))
        card_add(c, "  nested: its trap vector is not in its memory; the first trap was: %s at 0x%lx\n",
                 card_cause(page->vscause), page->vsepc);
}

static const char *card_step(const struct walk *w, uint32_t step)
{
    if (step + 1 < w->steps || w->end == WALK_OUTSIDE)
        return "table";
    if (w->end == WALK_LEAF)
        return "leaf";
    if (w->end == WALK_NO_LEAF)
        return "table, where a leaf must be";
    return w->end == WALK_MISALIGNED ? "leaf, not aligned" : "not valid";
}

static void card_entry(struct card *c, const struct walk *w, uint32_t step)
{
    static const char letter[] = "VRWXUGAD";
    uint64_t entry = w->entry[step];

    card_add(c, "           level %u at 0x%lx: 0x%016lx  %s  ", (unsigned)(w->levels - 1 - step), w->place[step], entry,
             card_step(w, step));
    for (uint32_t i = 0; letter[i] != '\0'; i++)
        card_add(c, "%c", (entry >> i & 1u) != 0 ? letter[i] : '-');
    card_add(c, "\n");
}

/* How the guest's own tables led to where stage 2 has nothing, level by level. */
static void card_walk(struct card *c, const struct hart *h)
{
    struct walk w;

    walk_tables(&h->monitor->memory, h->page, h->page->stval, &w);
    if (w.end == WALK_OFF) {
        card_add(c, "  walk     none: the guest's translation is off\n");
    } else {
        card_add(c, "  walk     of 0x%lx%s\n", h->page->stval,
                 w.end == WALK_NOT_CANONICAL ? ": not an address of this mode"
                 : w.end == WALK_BAD_MODE    ? ": vsatp has no known mode"
                                             : " by the guest's tables");
    }
    for (uint32_t i = 0; i < w.steps; i++)
        card_entry(c, &w, i);
    if (w.end == WALK_OUTSIDE)
        card_add(c, "           level %u at 0x%lx: the table is outside its memory\n",
                 (unsigned)(w.levels - 1 - w.steps), w.gpa);
    card_add(c, "  stage 2  0x%lx: no leaf: %s\n", fault_gpa(h->page),
             monitor_has_device(h->monitor, fault_gpa(h->page)) ? "a device of the monitor's stands there"
                                               : "one leads to frames of the guest's own (INV-4)");
}

static void card_symbol(struct card *c, struct hart *h, const char *what, uint64_t va)
{
    struct symbol symbol;

    if (symbol_find(h, va, &symbol))
        card_add(c, "  %-8s %s + 0x%lx\n", what, symbol.name, symbol.offset);
}

static void card_instruction(struct card *c, const struct hart *h)
{
    char text[WORDS_BYTES];
    uint32_t word;

    card_add(c, "  pc       0x%016lx  ", h->page->pc);
    if (!walk_fetch(&h->monitor->memory, h->page, &word)) {
        card_add(c, "(no instruction can be fetched there)\n");
        return;
    }
    decode_text(word, text, sizeof text);
    if ((word & 3u) == 3u)
        card_add(c, "0x%08x  %s\n", word, text);
    else
        card_add(c, "0x%04x  %s\n", word, text);
}

static void card_registers(struct card *c, const struct vcpu_page *page)
{
    for (uint32_t i = 1; i < 32; i++)
        card_add(c, "%s%-4s %016lx%s", i % 4 == 1 ? "  " : "  ", decode_register(i), page->x[i - 1],
                 i % 4 == 0 || i == 31 ? "\n" : "");
    card_add(c, "  vsstatus %016lx  vsatp  %016lx  vstvec  %016lx\n", page->vsstatus, page->vsatp, page->vstvec);
    card_add(c, "  vscause  %016lx  vsepc  %016lx  vstval  %016lx\n", page->vscause, page->vsepc, page->vstval);
    card_add(c, "  stval    %016lx  htinst %016lx  mode    %s\n", page->stval, page->htinst,
             page->supervisor != 0 ? "VS" : "VU");
}

static void card_record(struct card *c, const struct record *r)
{
    card_add(c, "  %016lx  ", r->pc);
    switch ((enum record_kind)r->kind) {
    case RECORD_SBI:
        card_add(c, "SBI call, extension 0x%lx, function 0x%lx", r->detail, r->more);
        break;
    case RECORD_READ:
        card_add(c, "read 0x%lx at 0x%lx", r->more, r->detail);
        break;
    case RECORD_WRITE:
        card_add(c, "wrote 0x%lx at 0x%lx", r->more, r->detail);
        break;
    case RECORD_FAULT:
        card_add(c, "%s at 0x%lx", card_cause(r->more), r->detail);
        break;
    case RECORD_NONE:
    case RECORD_OTHER:
        card_add(c, "%s, stval 0x%lx", card_cause(r->detail), r->more);
        break;
    }
    if (r->times > 1)
        card_add(c, "  (the last of %u times)", (unsigned)r->times);
    card_add(c, "\n");
}

static void card_records(struct card *c, const struct hart *h)
{
    uint32_t count = h->records < RECORDS ? h->records : RECORDS;

    card_add(c, "  last exits, the newest first%s\n", count == 0 ? ": none" : "");
    for (uint32_t i = 1; i <= count; i++)
        card_record(c, &h->record[(h->records - i) % RECORDS]);
}

size_t card_write(struct hart *h, int64_t exit, const char *rule, char *to, size_t bytes)
{
    struct card c = {to, bytes, 0};

    card_title(&c, h, exit);
    if (exit == EXIT_FAULT)
        card_fault(&c, h);
    if (rule != NULL)
        card_add(&c, "  rule     %s\n", rule);
    if (exit == EXIT_FAULT)
        card_walk(&c, h);
    card_instruction(&c, h);
    card_symbol(&c, h, "in", h->page->pc);
    card_symbol(&c, h, "from", h->page->x[0]);
    card_registers(&c, h->page);
    card_records(&c, h);
    return c.used;
}

void card_print(struct hart *h, int64_t exit, const char *rule)
{
    char text[CARD_BYTES];

    size_t used;

    ops_save();
    pages_hold(h);
    used = card_write(h, exit, rule, text, sizeof text);
    pages_let(h);
    console_message(h, text, used);
}
