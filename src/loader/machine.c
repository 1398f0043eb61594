/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "machine.h"

#include <libfdt.h>
#include <string.h>

struct fault machine_read(struct machine *m, const void *tree, uint64_t room, uint64_t boot_hartid)
{
    memset(m, 0, sizeof *m);
    int damaged = fdt_check_full(tree, room);
    if (damaged != 0)
        return (struct fault){ LDR_BAD_TREE, (uint64_t)-damaged, 0 };
    struct fault f = machine_memory(m, tree);
    if (f.error == LDR_OK)
        f = machine_harts(m, tree, boot_hartid);
    return f.error == LDR_OK ? machine_devices(m, tree) : f;
}
