/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "iommu.h"

#include <riscv/iommu.h>
#include <stddef.h>

#include "table.h"

#define CAN_SV39X4   (UINT64_C(1) << 17)
#define CAN_MSI_FLAT (UINT64_C(1) << 22) /* device contexts are of the extended format */
#define MAJOR        UINT64_C(0xf0)      /* of the version */
#define VERSION_1    UINT64_C(0x10)
#define QUEUE_ON     UINT64_C(1)       /* cqen, fqen */
#define QUEUE_IS_ON  UINT64_C(0x10000) /* cqon, fqon */
#define QUEUE_BUSY   UINT64_C(0x20000)
#define DDTP_OFF     UINT64_C(0)
#define DDTP_2LVL    UINT64_C(3)
#define DDTP_MODE    UINT64_C(15)
#define DDTP_BUSY    UINT64_C(16)
#define FCTL_OTHER   UINT64_C(5) /* BE, GXL */
#define TRIES        1000000

/* The page number as the directory and the queues' registers have it. */
static uint64_t ppn(uint64_t pa)
{
    return pa / 4096 << 10;
}

static uint64_t get(uint64_t base, uint64_t word, unsigned bytes)
{
    return device_read(base + 4 * word, bytes);
}

static void set(uint64_t base, uint64_t word, unsigned bytes, uint64_t v)
{
    device_write(base + 4 * word, bytes, v);
}

/* Waits for these bits to have that value. */
static bool comes(uint64_t base, uint64_t word, unsigned bytes, uint64_t bits, uint64_t value)
{
    for (unsigned i = 0; i < TRIES; i++)
        if ((get(base, word, bytes) & bits) == value)
            return true;
    return false;
}

static bool directory(uint64_t base, uint64_t value)
{
    if (!comes(base, IOMMU_DDTP, 8, DDTP_BUSY, 0))
        return false;
    set(base, IOMMU_DDTP, 8, value);
    return comes(base, IOMMU_DDTP, 8, DDTP_BUSY | DDTP_MODE, value & DDTP_MODE);
}

static bool queue_off(uint64_t base, uint64_t csr)
{
    set(base, csr, 4, 0);
    return comes(base, csr, 4, QUEUE_IS_ON | QUEUE_BUSY, 0);
}

/* On, empty, with 2 to the power of `log` entries at pa. `own` is the register of the two that is the software's. */
static bool queue_on(uint64_t base, uint64_t csr, uint64_t at, uint64_t own, uint64_t pa, uint64_t log)
{
    set(base, at, 8, ppn(pa) | (log - 1));
    set(base, own, 4, 0);
    set(base, csr, 4, QUEUE_ON);
    return comes(base, csr, 4, QUEUE_IS_ON | QUEUE_BUSY, QUEUE_IS_ON);
}

bool iommu_start(uint64_t base, uint64_t contexts, uint64_t pages)
{
    const uint64_t needed = CAN_SV39X4 | CAN_MSI_FLAT;
    const uint64_t can = get(base, IOMMU_CAPABILITIES, 8);
    uint64_t *root = memory_at(pages + offsetof(struct iommu_pages, root));

    if (!directory(base, DDTP_OFF) || (can & MAJOR) != VERSION_1 || (can & needed) != needed ||
        !queue_off(base, IOMMU_CQCSR) || !queue_off(base, IOMMU_FQCSR))
        return false;
    set(base, IOMMU_FCTL, 4, 0); /* little-endian, interrupts as messages (none is asked for), stages of 64 bits */
    for (uint64_t i = 0; i < DEVICES * sizeof(struct device_context) / FRAME_BYTES; i++)
        root[i] = ppn(contexts + i * FRAME_BYTES) | 1;
    return (get(base, IOMMU_FCTL, 4) & FCTL_OTHER) == 0 &&
           queue_on(base, IOMMU_CQCSR, IOMMU_CQB, IOMMU_CQT, pages + offsetof(struct iommu_pages, command), 8) &&
           queue_on(base, IOMMU_FQCSR, IOMMU_FQB, IOMMU_FQH, pages + offsetof(struct iommu_pages, fault), 7) &&
           directory(base, ppn(pages) | DDTP_2LVL);
}
