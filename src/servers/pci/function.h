/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A function of the PCI bus by its configuration space: off, or set up as a virtio device [pci 3.0, 6; virtio 1.2 4.1]. */
#pragma once

#include <septum/device.h>

/* It answers at no address and does no DMA. Returns the virtio device id that it has; 0: it is none. */
uint32_t function_off(uint32_t f);

/*
 * The function, which is off, answers at `memory`, BOOT_PCI_BYTES that are its own, the registers of its virtio device
 * first, and may do DMA. Anything but PCI_OK: it is still off.
 */
enum pci_fault function_on(uint32_t f, uint64_t memory, struct device_function *out);

/* A word of its configuration space, at a multiple of 4. main.c, or the test's world. */
uint32_t world_read(uint32_t f, uint32_t at);
void world_write(uint32_t f, uint32_t at, uint32_t value);
