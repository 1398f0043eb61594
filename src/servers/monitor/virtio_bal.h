/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * virtio-balloon [virtio 1.2 5.5]: the guest gives up pages that the operator asks for, by the console's ring, and asks
 * for them back. Pages that are in the balloon are there for nobody: who touches one ends with a crash card.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BAL_PAGES 1024u /* that one buffer may name */

struct bal {
    uint32_t asked; /* MiB that the configuration speaks of */
    bool recovers;  /* the driver was reset: all pages come back before it goes on */
    bool waits;     /* for the manager: to be tried again */
    uint32_t page[BAL_PAGES]; /* that the buffer names, copied once */
};

struct virtio_device;
struct hart;

void bal_offer(struct virtio_device *d);

/* The driver has let go of the device. */
void bal_drop(struct virtio_device *d);

/* Does what can be done now. Under the device's lock. */
void bal_run(struct virtio_device *d, struct hart *h);

/* Before the guest's next life: all of its memory is there again. Waits until the manager has it. */
void bal_restore(struct hart *h);
