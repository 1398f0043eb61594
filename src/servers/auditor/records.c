/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What is no frame: the machine, the domains' slots, the windows, the devices. Predicates of spec/model/memory.acsl. */
#include "audit.h"
#include "books.h"

#include <riscv/iommu.h>

#define IOHGATP_SV39X4 UINT64_C(0x8000000000000000)
#define IOHGATP_GSCID  UINT64_C(0x100000000000)
#define PAGE_NUMBERS   UINT64_C(0x100000000000)

/* Sizes: INV-1, as far as it can be seen from here. */
static uint64_t machine_judge(void)
{
    const bool good = books_count > 0 && books_count <= FRAMES && books_base <= PAGE_NUMBERS - FRAMES && books_base % 512 == 0 &&
                      book_has(books_count - 1) && !book_has(books_count);

    return good ? 0 : BROKEN(1);
}

/* DomainSlots, Roots: INV-2, INV-11 */
static uint64_t slot_judge(uint64_t s, uint64_t *domain)
{
    const struct slot_record slot = book_slot(s);
    uint64_t broken = 0;

    *domain = slot.name;
    if (slot_of(slot.name) != s || slot.kind > SEPTUM_GUEST || (s == 0 && slot.kind != 0))
        broken |= BROKEN(2);
    if (slot.kind != 0 && slot.root != ROOT_NONE) {
        struct frame_record root = {0};

        if (slot.root < books_count)
            root = book_frame(slot.root);
        if (root.kind != FRAME_TABLE2 || root.owner != slot.name)
            broken |= BROKEN(11);
    }
    return broken;
}

/* WindowPast, WindowPages, WindowsDistinct: INV-13 .. INV-15 */
static uint64_t window_judge(uint64_t w, uint64_t *domain)
{
    const struct window_record window = book_window(w);
    uint64_t broken = 0;

    *domain = window.owner;
    if (window.owner > book_slot(slot_of(window.owner)).name)
        broken |= BROKEN(13);
    if (window.owner == 0)
        return broken;
    if (window.page >= PAGE_NUMBERS || window.page - books_base < books_count)
        broken |= BROKEN(14);
    for (uint64_t v = 0; v < WINDOWS; v++) {
        const struct window_record other = book_window(v);

        if (v != w && other.owner != 0 && other.page == window.page)
            broken |= BROKEN(15);
    }
    return broken;
}

/* Contexts: INV-30 */
static uint64_t device_judge(uint64_t n, uint64_t *domain)
{
    const struct device_record d = book_device(n);
    const struct slot_record s = book_slot(slot_of(d.owner));
    const bool leads_to = d.tc == CONTEXT_VALID && is_live(&s, d.owner) && s.kind == SEPTUM_GUEST && s.root != ROOT_NONE &&
                          d.iohgatp == IOHGATP_SV39X4 + slot_of(d.owner) * IOHGATP_GSCID + books_base + s.root;

    *domain = d.owner;
    return d.plain && (d.owner == 0 ? d.tc == 0 : leads_to) ? 0 : BROKEN(30);
}

static void record_check(uint64_t (*judge)(uint64_t, uint64_t *), uint64_t number)
{
    for (uint32_t tries = 0; tries < BOOKS_TRIES; tries++) {
        uint64_t domain;
        uint64_t broken;

        piece_begin();
        broken = judge(number, &domain);
        if (piece_is_whole()) {
            report(broken, domain, AUDIT_NOWHERE, number, 0);
            return;
        }
        sums.again++;
    }
    sums.given_up++;
}

void audit_records(void)
{
    report(machine_judge(), 0, AUDIT_NOWHERE, 0, books_count);
    for (uint64_t s = 0; s < DOMAINS; s++)
        record_check(slot_judge, s);
    for (uint64_t w = 0; w < WINDOWS; w++)
        record_check(window_judge, w);
    for (uint64_t n = 0; n < DEVICES; n++)
        record_check(device_judge, n);
    sums.contexts += DEVICES;
}
