/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Registers of the IOMMU. The fake machine has a header of the same name (src/kernel/host/machine), so that iommu.c is
 * tested there. */
#pragma once

extern volatile uint32_t iommu[];

static inline uint32_t iommu_get(uint64_t i) { return iommu[i]; }

/* What was stored to memory is seen first. */
static inline void iommu_set(uint64_t i, uint32_t v) { __asm__ volatile("fence w, o" : : : "memory"); iommu[i] = v; }
