/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The RISC-V IOMMU, switched on for the kernel [iommu 1.0, 5]. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The target's registers themselves, or a test's: 4 or 8 bytes at a physical address. */
uint64_t device_read(uint64_t at, unsigned bytes);
void device_write(uint64_t at, unsigned bytes, uint64_t v);

/*
 * With its registers at base: translation by a directory of two levels, whose contexts (DEVICES of them, all zero, so that
 * no access passes) lie at physical address `contexts`, and whose root and queues are the struct iommu_pages at `pages`,
 * zeroed. False, and every access is refused where that can be had, if it lacks what the kernel needs (second stage Sv39x4,
 * contexts of the extended format) or does not answer.
 */
bool iommu_start(uint64_t base, uint64_t contexts, uint64_t pages);
