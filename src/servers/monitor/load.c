/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "load.h"

#include "image.h"
#include "ops.h"
#include "tree.h"

#include <string.h>

#define PAGE_BYTES 4096u

static const char load_read_error[] = "the manager cannot read the kernel or initrd from the bundle";
static const char load_space_error[] =
    "kernel, initrd and device tree do not fit into the guest's memory; give it more memory-mib";

static uint64_t round_up(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

/* Copies bytes of a file to guest memory, a staging area at a time. */
static bool load_file(struct hart *h, uint64_t file, uint64_t offset, uint64_t gpa, uint64_t bytes)
{
    struct monitor *m = h->monitor;

    while (bytes > 0) {
        uint64_t count = bytes < STAGING_BYTES ? bytes : STAGING_BYTES;
        uint8_t *to = memory_at(&m->memory, gpa, count);

        if (to == NULL || ops_manager(MANAGER_READ, file, offset, count) != SEPTUM_OK)
            return false;
        memory_copy(to, m->staging, count);
        offset += count;
        gpa += count;
        bytes -= count;
    }
    return true;
}

static const char *load_kernel(struct hart *h, struct image *image)
{
    struct monitor *m = h->monitor;
    const struct bundle_file *kernel = &m->start->kernel;
    uint64_t head = kernel->bytes < STAGING_BYTES ? kernel->bytes : STAGING_BYTES;
    const char *error;

    if (head != 0 && ops_manager(MANAGER_READ, FILE_KERNEL, 0, head) != SEPTUM_OK)
        return load_read_error;
    error = image_plan(kernel->kind, m->staging, head, kernel->bytes, &m->memory, image);
    for (uint32_t i = 0; error == NULL && i < image->count; i++) {
        const struct image_piece *piece = &image->piece[i];

        if (!load_file(h, FILE_KERNEL, piece->file_offset, piece->gpa, piece->file_bytes))
            error = load_read_error;
    }
    return error;
}

/* Device tree at the top of memory, the initrd below it; neither may reach down to the kernel. */
static const char *load_tree(struct hart *h, const struct image *image, struct load *load)
{
    static uint8_t buffer[TREE_BYTES] __attribute__((aligned(8)));
    struct monitor *m = h->monitor;
    uint64_t initrd = m->start->initrd.bytes;
    uint64_t end = m->memory.first + m->memory.bytes;
    uint64_t room = end - image->end;
    uint64_t above = TREE_BYTES + PAGE_BYTES;
    struct tree tree = {m->start, m->cpus, m->memory.first, m->memory.bytes, 0, 0, NULL};
    uint8_t seed[SEED_BYTES];
    uint32_t bytes;

    if (above > room || initrd > room - above)
        return load_space_error;
    load->tree = end - TREE_BYTES;
    if (initrd != 0) {
        tree.initrd_first = load->tree - round_up(initrd);
        tree.initrd_end = tree.initrd_first + initrd;
        if (!load_file(h, FILE_INITRD, 0, tree.initrd_first, initrd))
            return load_read_error;
    }
    if (seed_take(&m->seed, seed))
        tree.seed = seed;
    bytes = tree_write(&tree, buffer, sizeof buffer);
    if (bytes == 0)
        return "the device tree does not fit into its 32 KiB";
    memcpy(memory_at(&m->memory, load->tree, bytes), buffer, bytes);
    return NULL;
}

const char *load_guest(struct hart *h, struct load *load)
{
    struct monitor *m = h->monitor;
    struct image image;
    const char *error;

    if (m->used)
        memory_fill(m->memory.base, 0, m->memory.bytes);
    m->used = true;
    error = load_kernel(h, &image);
    if (error == NULL)
        error = load_tree(h, &image, load);
    if (error == NULL) {
        load->entry = image.entry;
        ops_fence(VCPU_FENCE_I, 0, 0, UINT64_MAX);
    }
    return error;
}
