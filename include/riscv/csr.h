/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* CSR numbers (as strings for the assembler: older ones do not know the names) and fields [priv 2.2, 10.1, 19.2]. */
#pragma once

#define CSR_SENVCFG "0x10a"
#define CSR_STIMECMP "0x14d"
#define CSR_VSSTATUS "0x200"
#define CSR_VSIE "0x204"
#define CSR_VSTVEC "0x205"
#define CSR_VSSCRATCH "0x240"
#define CSR_VSEPC "0x241"
#define CSR_VSCAUSE "0x242"
#define CSR_VSTVAL "0x243"
#define CSR_VSIP "0x244"
#define CSR_VSTIMECMP "0x24d"
#define CSR_VSATP "0x280"
#define CSR_HSTATUS "0x600"
#define CSR_HEDELEG "0x602"
#define CSR_HIDELEG "0x603"
#define CSR_HIE "0x604"
#define CSR_HTIMEDELTA "0x605"
#define CSR_HCOUNTEREN "0x606"
#define CSR_HENVCFG "0x60a"
#define CSR_HTVAL "0x643"
#define CSR_HVIP "0x645"
#define CSR_HTINST "0x64a"
#define CSR_HGATP "0x680"

/* The numbers of what a guest in shadow mode reads and writes by trap-and-emulate. */
#define NUMBER_SSTATUS 0x100u
#define NUMBER_SIE 0x104u
#define NUMBER_STVEC 0x105u
#define NUMBER_SCOUNTEREN 0x106u
#define NUMBER_SENVCFG 0x10au
#define NUMBER_SSCRATCH 0x140u
#define NUMBER_SEPC 0x141u
#define NUMBER_SCAUSE 0x142u
#define NUMBER_STVAL 0x143u
#define NUMBER_SIP 0x144u
#define NUMBER_STIMECMP 0x14du
#define NUMBER_SATP 0x180u
#define NUMBER_TIME 0xc01u

#define SSTATUS_SPIE 0x20u
#define SSTATUS_SIE 0x2u
#define SSTATUS_SPP 0x100u
#define SSTATUS_FS 0x6000u
#define SSTATUS_SUM 0x40000u
#define SSTATUS_MXR 0x80000u
#define SSTATUS_UXL64 0x200000000u
#define SSTATUS_SD 0x8000000000000000u
#define SIE_SSIE (1u << 1)
#define SIE_STIE (1u << 5)
#define SIE_SEIE (1u << 9)
#define VSIE_STIE (1u << 5) /* vsie shows VS interrupts at the S positions */
#define COUNTEREN_TM 2u
#define ENVCFG_FIOM 1u

#define HSTATUS_VSXL64 0x200000000u
#define HSTATUS_SPV 0x80u
#define HSTATUS_SPVP 0x100u
#define HSTATUS_VTW 0x200000u
#define HSTATUS_SERVER HSTATUS_VSXL64
#define HSTATUS_GUEST (HSTATUS_VSXL64 | HSTATUS_SPV | HSTATUS_VTW)
#define HENVCFG_STCE 0x8000000000000000u

#define SATP_SV39 0x8000000000000000u
#define SATP_SV48 0x9000000000000000u
#define SATP_MODE 0x1000000000000000u /* times the mode */
#define SATP_PAGES 0x100000000000u    /* the root's page is below it, the ASID counts in it */
#define SATP_ASID_SHIFT 44
#define SATP_ASID 0x0ffff00000000000u
#define HGATP_SV39X4 0x8000000000000000u
#define HGATP_VMID 0x100000000000u /* times the VMID */

/* Exceptions [priv 10.1.8, table 26]. */
#define CAUSE_INTERRUPT 0x8000000000000000u
#define CAUSE_ACCESS_FETCH 1u
#define CAUSE_ILLEGAL 2u
#define CAUSE_ACCESS_LOAD 5u
#define CAUSE_ACCESS_STORE 7u
#define CAUSE_ECALL_U 8u
#define CAUSE_ECALL_VS 10u
#define CAUSE_PAGE_FETCH 12u
#define CAUSE_PAGE_LOAD 13u
#define CAUSE_PAGE_STORE 15u
#define CAUSE_GUEST_FETCH 20u
#define CAUSE_GUEST_LOAD 21u
#define CAUSE_VIRTUAL 22u
#define CAUSE_GUEST_STORE 23u
#define INTERRUPT_SOFTWARE (CAUSE_INTERRUPT + 1u)
#define INTERRUPT_TIMER (CAUSE_INTERRUPT + 5u)
#define INTERRUPT_EXTERNAL (CAUSE_INTERRUPT + 9u)

/* What goes to the guest's own handler without the kernel: misaligned (0, 4, 6), breakpoint (3), ecall from VU (8),
 * page faults (12, 13, 15). Illegal instructions (2) join them while the guest's F registers are in the hart. */
#define HEDELEG_GUEST 0xb159u
#define HEDELEG_ILLEGAL 0x4u

#define INSN_WFI 0x10500073u
#define INSN_SRET 0x10200073u
#define OPCODE_SYSTEM 0x73u
#define FUNCT7_SFENCE 0x09u
