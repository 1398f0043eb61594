/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "machine.h"

#include <libfdt.h>
#include <string.h>

/* libfdt reads the blocks where the header says: they must be aligned [devicetree 5.2]. */
static int check(const void *tree, uint64_t room)
{
    int damaged = room < FDT_V17_SIZE ? -FDT_ERR_TRUNCATED : fdt_check_header(tree);
    if (damaged == 0 && (fdt_off_mem_rsvmap(tree) % 8 != 0 || fdt_off_dt_struct(tree) % 4 != 0))
        damaged = -FDT_ERR_BADLAYOUT;
    return damaged == 0 ? fdt_check_full(tree, room) : damaged;
}

/* What the firmware gave as entropy [devicetree-specification, /chosen]. The guests' seeds come of it. */
static void read_seed(struct machine *m, const void *tree)
{
    int bytes = 0;
    const void *seed = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed", &bytes);
    m->seeded = seed != NULL && bytes >= (int)SEED_BYTES;
    if (m->seeded)
        memcpy(m->seed, seed, SEED_BYTES);
}

struct fault machine_read(struct machine *m, const void *tree, uint64_t room, uint64_t boot_hartid)
{
    memset(m, 0, sizeof *m);
    int damaged = check(tree, room);
    if (damaged != 0)
        return (struct fault){LDR_BAD_TREE, (uint64_t)-damaged, 0};
    read_seed(m, tree);
    struct fault f = machine_memory(m, tree);
    if (f.error == LDR_OK)
        f = machine_harts(m, tree, boot_hartid);
    return f.error == LDR_OK ? machine_devices(m, tree) : f;
}
