/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Entries of page tables [priv 10.3.1]. */
#pragma once

#define PTE_PAGES 0x100000000000u /* 44 bits of page number */
#define PTE_POINTER 1u            /* V */
#define PTE_USER 209u             /* V, U, A, D; the rights are added, times 2 */
