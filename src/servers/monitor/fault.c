/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "fault.h"

#include "console.h"
#include "decode.h"
#include "hart.h"
#include "ops.h"
#include "walk.h"

static const char rule_fetch[] = "a guest executes its own memory only (INV-4)";
static const char rule_walk[] = "a guest's page tables lie in its own memory (INV-4)";
static const char rule_plain[] = "a device is accessed by plain loads and stores only";
static const char rule_width[] = "registers have a width: UART 1 byte, PLIC and RTC 4 bytes, power switch 2 or 4; aligned";
static const char rule_balloon[] = "a page in the balloon is not there until the guest has asked for it back (virtio 1.2 5.5.6)";
static const char rule_place[] = "a guest reaches its own memory and its own devices only (INV-4)";

/* No load or store of ours: wrong at a device, and anywhere else because of the place. */
static const char *fault_strange(const struct hart *h)
{
    return monitor_has_device(h->monitor, fault_gpa(h->page)) ? rule_plain : rule_place;
}

/* Did the access end at a page table outside the guest's memory? The hart says so by htinst, if it writes that. */
static bool fault_is_of_walk(struct hart *h)
{
    const struct vcpu_page *page = h->page;
    struct walk w;

    if (page->htinst != 0 || monitor_in_shadow(h->monitor))
        return decode_is_walk(page->htinst);
    pages_hold(h);
    walk_tables(&h->monitor->memory, page, page->stval, &w);
    pages_let(h);
    return w.end == WALK_OUTSIDE && w.gpa >> 2 == page->htval;
}

/*
 * A page table outside memory is the guest's own mistake: an access fault, as the specification has it where physical
 * memory ends. [priv §12.3.2] But if the handler cannot be fetched either, the guest is at its end.
 */
static const char *fault_walk(struct hart *h)
{
    const struct vcpu_page *page = h->page;
    uint64_t cause = CAUSE_FETCH_ACCESS;

    if (page->pc == (page->vstvec & ~UINT64_C(3)))
        return rule_walk;
    if (page->scause != CAUSE_FETCH_GUEST_PAGE)
        cause = page->scause == CAUSE_LOAD_GUEST_PAGE ? CAUSE_LOAD_ACCESS : CAUSE_STORE_ACCESS;
    monitor_record(h, RECORD_FAULT, page->pc, fault_gpa(page), page->scause);
    hart_trap(h, cause, page->stval);
    return NULL;
}

/*
 * The hart did not hand over a load or store: look for it at pc. NULL with ACCESS_NONE: the guest goes on, with a fault
 * of its own, or because the instruction cannot be fetched any more: it tries again.
 */
static const char *fault_find(struct hart *h, struct access *access)
{
    struct vcpu_page *page = h->page;
    uint32_t word;
    bool fetched;

    ops_save();
    if (fault_is_of_walk(h))
        return fault_walk(h);
    if (page->scause == CAUSE_FETCH_GUEST_PAGE)
        return rule_fetch;
    if (page->htinst != 0)
        return fault_strange(h);
    pages_hold(h);
    fetched = walk_fetch(&h->monitor->memory, page, &word);
    pages_let(h);
    if (!fetched)
        return NULL;
    *access = decode_instruction(word);
    return access->kind == ACCESS_NONE ? fault_strange(h) : NULL;
}

static uint64_t fault_extend(uint64_t value, const struct access *access)
{
    uint32_t unused = 64u - 8u * access->bytes;

    if (access->is_signed != 0)
        return (uint64_t)((int64_t)(value << unused) >> unused);
    return value << unused >> unused;
}

/* The guest ends itself by the power switch, as by SBI's system reset. The bit makes this thread park, too. */
static void fault_power(struct hart *h, enum mmio_answer answer, uint64_t value)
{
    if (answer == MMIO_FAILED)
        console_say(h, "reports failure %lu by its power switch", value);
    hart_halt(h, answer == MMIO_RESET ? WISH_RESET : WISH_OFF);
    h->bits |= MONITOR_BIT_WORK;
}

static enum mmio_answer fault_access(struct hart *h, struct mmio *m)
{
    struct monitor *monitor = h->monitor;
    enum mmio_answer answer;

    if (virtio_covers(&monitor->virtio, m->gpa)) {
        virtio_access(h, m);
        return MMIO_DONE;
    }
    lock_take(&monitor->device_lock, h);
    answer = devices_access(&monitor->devices, m);
    if (answer == MMIO_TAKEN)
        hart_input(h);
    else if (answer == MMIO_ALARM)
        hart_clock(h);
    else if (monitor->devices.plic.lines != monitor->driven)
        hart_external(h);
    lock_drop(&monitor->device_lock);
    return answer;
}

const char *fault_serve(struct hart *h)
{
    struct vcpu_page *page = h->page;
    struct access access = decode_htinst(page->htinst);
    struct mmio m;
    enum mmio_answer answer;
    uint8_t byte;

    if (h->monitor->memory.frame != NULL && fault_gpa(page) - GUEST_RAM_BASE < h->monitor->memory.bytes)
        return pages_are_there(h, fault_gpa(page)) ? NULL : rule_balloon;
    if (__builtin_expect(access.kind == ACCESS_NONE, 0)) {
        const char *rule = fault_find(h, &access);

        if (rule != NULL || access.kind == ACCESS_NONE)
            return rule;
    }
    m.store = access.kind == ACCESS_STORE;
    if (page->scause != (m.store ? CAUSE_STORE_GUEST_PAGE : CAUSE_LOAD_GUEST_PAGE))
        return fault_strange(h);
    m.gpa = fault_gpa(page);
    m.bytes = access.bytes;
    m.value = m.store ? page_get(page, access.reg) : 0;
    answer = fault_access(h, &m);
    if (answer >= MMIO_NO_DEVICE)
        return answer == MMIO_BAD_WIDTH ? rule_width : rule_place;
    monitor_record(h, m.store ? RECORD_WRITE : RECORD_READ, page->pc, m.gpa, m.value);
    page->pc += access.length;
    byte = (uint8_t)m.value;
    if (answer == MMIO_SENT) {
        console_guest(h, &byte, 1);
        hart_speaks(h, false);
    } else if (answer >= MMIO_OFF) {
        fault_power(h, answer, m.value);
    } else if (!m.store) {
        page_set(page, access.reg, fault_extend(m.value, &access));
    }
    return NULL;
}
