/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "image.h"

#include <riscv/iommu.h>
#include <septum/bootinfo.h>
#include <stdbool.h>
#include <string.h>

enum image_check { I_SHORT = 1, I_MAGIC, I_PLACES, I_SIZES, I_FILE, I_ENTRY, I_BOOT, I_ROOT, I_IOMMU };

uint64_t image_bytes(const struct kernel_header *h)
{
    return h->text_bytes + h->rodata_bytes + h->data_bytes + h->bss_bytes;
}

static bool size_is_good(uint64_t bytes)
{
    return bytes % FRAME_BYTES == 0 && bytes < KERNEL_INFO;
}

/* True if the kernel may write there. */
static bool in_data(const struct kernel_header *h, uint64_t offset, uint64_t bytes)
{
    return offset >= h->text_bytes + h->rodata_bytes && offset <= image_bytes(h) && bytes <= image_bytes(h) - offset;
}

static bool is_table(const struct kernel_header *h, uint64_t offset)
{
    return offset % FRAME_BYTES == 0 && in_data(h, offset, FRAME_BYTES);
}

static enum image_check check(const struct kernel_header *h, uint64_t bytes)
{
    if (h->magic != KERNEL_MAGIC)
        return I_MAGIC;
    if (h->info != KERNEL_INFO || h->plic != KERNEL_PLIC || h->ram != KERNEL_RAM)
        return I_PLACES;
    if (!size_is_good(h->text_bytes) || !size_is_good(h->rodata_bytes) || !size_is_good(h->data_bytes) ||
        !size_is_good(h->bss_bytes) || image_bytes(h) > KERNEL_INFO)
        return I_SIZES;
    if (bytes > h->text_bytes + h->rodata_bytes + h->data_bytes)
        return I_FILE;
    if (h->entry < sizeof *h || h->entry >= h->text_bytes || h->entry >= bytes || h->entry % 4 != 0)
        return I_ENTRY;
    if (h->boot % 8 != 0 || !in_data(h, h->boot, sizeof(struct bootinfo)))
        return I_BOOT;
    if (!is_table(h, h->root) || !is_table(h, h->top) || h->root == h->top)
        return I_ROOT;
    bool contexts = h->contexts % FRAME_BYTES == 0 && in_data(h, h->contexts, DEVICES * sizeof(struct device_context));
    bool pages = h->iommu % FRAME_BYTES == 0 && in_data(h, h->iommu, sizeof(struct iommu_pages));
    return contexts && pages ? 0 : I_IOMMU;
}

struct fault image_read(const uint8_t *file, uint64_t bytes, struct kernel_header *h)
{
    memset(h, 0, sizeof *h);
    if (bytes < sizeof *h)
        return (struct fault){LDR_KERNEL_IMAGE, I_SHORT, 0};
    memcpy(h, file, sizeof *h);
    enum image_check wrong = check(h, bytes);
    return wrong == 0 ? NO_FAULT : (struct fault){LDR_KERNEL_IMAGE, wrong, 0};
}
