/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Registers of the model of the IOMMU (iommu.c beside this), in place of the target's. */
#pragma once

#include <stdint.h>

uint32_t iommu_get(uint64_t word);
void iommu_set(uint64_t word, uint32_t v);
