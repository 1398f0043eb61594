/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* SBI extension and function numbers [sbi 2.0, chapters 5 ff.]. */
#pragma once

#define SBI_LEGACY_PUTCHAR 1
#define SBI_BASE 0x10
#define SBI_TIME 0x54494d45
#define SBI_TIME_SET_TIMER 0
#define SBI_IPI 0x735049
#define SBI_IPI_SEND 0
#define SBI_RFENCE 0x52464e43
#define SBI_RFENCE_FENCE_I 0
#define SBI_RFENCE_SFENCE_VMA 1
#define SBI_RFENCE_SFENCE_VMA_ASID 2
#define SBI_RFENCE_HFENCE_GVMA_VMID 3
#define SBI_RFENCE_HFENCE_GVMA 4
#define SBI_RFENCE_HFENCE_VVMA_ASID 5
#define SBI_RFENCE_HFENCE_VVMA 6
#define SBI_HSM 0x48534d
#define SBI_HSM_HART_START 0
#define SBI_HSM_HART_STOP 1
#define SBI_HSM_HART_STATUS 2
#define SBI_HSM_HART_SUSPEND 3
#define SBI_SRST 0x53525354
#define SBI_SRST_SHUTDOWN 0
#define SBI_SRST_COLD_REBOOT 1
#define SBI_SRST_WARM_REBOOT 2
#define SBI_DBCN 0x4442434e
#define SBI_DBCN_WRITE_BYTE 2
