/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The board's IOMMU: the registers that matter while it is switched on [iommu 1.0, 5]. What takes time takes two looks. And
 * its PCI bus, which is only read. Any other address has nothing behind it.
 */
#include "board.h"
#include "iommu.h"

#include <stdlib.h>
#include <string.h>

struct board_iommu board_iommu;
uint32_t board_pci_id[BOARD_PCI_SLOTS];
uint32_t board_pci_pin[BOARD_PCI_SLOTS];

void board_iommu_reset(void)
{
    memset(board_pci_id, 0, sizeof board_pci_id);
    memset(board_pci_pin, 0, sizeof board_pci_pin);
    memset(&board_iommu, 0, sizeof board_iommu);
    board_iommu.capabilities = UINT64_C(0x78e2cf0f10); /* QEMU 10's */
    board_iommu.ddtp = 1;                             /* Bare */
}

/* The register's busy bit, or the state that follows a write, shows after two looks. */
static uint64_t later(struct board_register *r)
{
    if (board_iommu.silent)
        return r->before;
    if (r->looks > 0)
        r->looks--;
    return r->looks > 0 ? r->before : r->after;
}

static void change(struct board_register *r, uint64_t before, uint64_t after)
{
    *r = (struct board_register){before, after, 2};
}

static uint64_t pci_read(uint64_t at, unsigned bytes)
{
    const uint64_t slot = (at - BOARD_PCI) / 0x8000, offset = (at - BOARD_PCI) % 0x8000;
    if (bytes != 4 || at % 4 != 0)
        abort();
    if (at < BOARD_PCI || slot >= BOARD_PCI_SLOTS || board_pci_id[slot] == 0)
        return 0xffffffff;
    return offset == 0 ? board_pci_id[slot] : offset == 0x3c ? board_pci_pin[slot] << 8 | 0x77 : 0;
}

uint64_t device_read(uint64_t at, unsigned bytes)
{
    struct board_iommu *i = &board_iommu;
    if (at < BOARD_IOMMU || at >= BOARD_IOMMU + 0x1000)
        return pci_read(at, bytes);
    switch (at - BOARD_IOMMU) {
    case 0: return bytes == 8 ? i->capabilities : (abort(), UINT64_C(0));
    case 8: return i->fctl;
    case 16: return i->ddtp | later(&i->directory);
    case 72: return later(&i->commands);
    case 76: return later(&i->faults);
    default: abort();
    }
}

void device_write(uint64_t at, unsigned bytes, uint64_t v)
{
    struct board_iommu *i = &board_iommu;
    switch (at - BOARD_IOMMU) {
    case 8: i->fctl = (uint32_t)v | i->fctl_fixed; return;
    case 16:
        i->queues_on_first = i->commands.after == 0x10001 && i->faults.after == 0x10001;
        i->ddtp = v;
        change(&i->directory, 16, 0);
        return;
    case 24: i->cqb = bytes == 8 ? v : (abort(), UINT64_C(0)); return;
    case 36: i->cqt = (uint32_t)v; return;
    case 40: i->fqb = bytes == 8 ? v : (abort(), UINT64_C(0)); return;
    case 48: i->fqh = (uint32_t)v; return;
    case 72: change(&i->commands, v | 0x20000, v != 0 ? 0x10001 : 0); return;
    case 76: change(&i->faults, v | 0x20000, v != 0 ? 0x10001 : 0); return;
    default: abort();
    }
}
