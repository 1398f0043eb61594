/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The hart's primitives: everything that C cannot say. The compiler finds their bodies in src/kernel/hart/, the
 * prover believes the contracts below and nothing else (ASM-10 .. ASM-29 in spec/assumptions.md).
 *
 * A CSR that is read may hold anything: its contract promises no value. CSRs are no C objects, so a write assigns
 * nothing that C can see; what must hold of them when a context is entered is the matter of fence.h and vcpu.h.
 */
#pragma once

#include <kernel/memory.h>

/* The vCPU page that a hart's next exit from a guest saves to, and its next entry loads from. */
/*@ ghost extern uint64_t selected[HARTS]; */

/*@ // A root that a hart may be given: of the living domain of that name and kind.
    predicate IsRoot{L}(integer name, integer p, integer kind) =
      Live(name) && dom[name % NAME_SLOTS].kind == kind && 0 <= p < frame_count &&
      info[p].kind == FRAME_TABLE2 && info[p].owner == name;
*/

/* ---- traps [priv 10.1, 15.6] ---- */
/*@ terminates \true; assigns \nothing; */
uint64_t hart_scause(void);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_stval(void);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_sepc(void);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_sstatus(void);
/*@ terminates \true; assigns \nothing; */
void hart_set_sstatus(uint64_t v);
/*@ terminates \true; assigns \nothing; */
void hart_set_hstatus(uint64_t v);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_htval(void);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_htinst(void);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_swap_senvcfg(uint64_t v);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_swap_scounteren(uint64_t v);
/* Which entry the next trap takes: the one that saves to the vCPU page, or the one that saves to a context. */
/*@ terminates \true; assigns \nothing; */
void hart_vector_guest(void);
/*@ terminates \true; assigns \nothing; */
void hart_vector_server(void);

/* ---- the guest's VS state [priv 15.2.11 ff.] ---- */
enum vs_csr { VSSTATUS, VSIE, VSTVEC, VSSCRATCH, VSEPC, VSCAUSE, VSTVAL, VSATP, VSTIMECMP, HVIP, VS_CSRS };
/*@ requires k: which < VS_CSRS; terminates \true; assigns \nothing; */
uint64_t hart_vs_read(uint64_t which);
/*@ requires k: which < VS_CSRS; terminates \true; assigns \nothing; */
void hart_vs_write(uint64_t which, uint64_t v);
/*@ terminates \true; assigns \nothing; */
uint64_t hart_vsip_and_vsie(void);
/* The guest's second stage: its root, with its slot as VMID. */
/*@ requires root: IsRoot(name, p, SEPTUM_GUEST); terminates \true; assigns \nothing; */
void hart_set_hgatp(uint32_t name, uint64_t p);
/*@ terminates \true; assigns \nothing; */
void hart_set_hedeleg(uint64_t v);
/* hideleg, henvcfg, hcounteren, scounteren, sie, stimecmp … of a hart that joins; sstc: 1 where there is Sstc */
/*@ terminates \true; assigns \nothing; */
void hart_init(uint64_t h, uint64_t features);
/* Floating point of thread t: to and from its save area. FS must be on, and is left as it was. */
/*@ requires t < THREADS; terminates \true; assigns \nothing; */
void hart_fp_save(uint64_t t);
/*@ requires t < THREADS; terminates \true; assigns \nothing; */
void hart_fp_load(uint64_t t);
/* The save area of thread t holds zeros. */
/*@ requires t < THREADS; terminates \true; assigns \nothing; */
void hart_fp_clear(uint64_t t);

/* ---- address spaces: a server's root, with its slot as ASID ---- */
/*@ requires root: IsRoot(name, p, SEPTUM_SERVER); terminates \true; assigns \nothing; */
void hart_set_space(uint32_t name, uint64_t p);
/* The kernel's own root: no server's half. */
/*@ terminates \true; assigns \nothing; */
void hart_set_kernel_space(void);
/* The hart is about to idle: what a guest has enabled does not wake it. Until hart_set_space. */
/*@ terminates \true; assigns \nothing; */
void hart_idle(void);
/* satp again as the last hart_set_space on this hart wrote it: the way back from a shadow root of thread t's. */
/*@ requires t < THREADS;
    terminates \true;
    assigns shadow_walk[t];
    ensures walk: \old(shadow_walk[t]) == SHADOW_AWAY ? shadow_walk[t] == SHADOW_AWAY :
      shadow_walk[t] == SHADOW_NONE || shadow_walk[t] == SHADOW_OFF;
*/
void hart_restore_space(void) /*@ ghost (uint64_t t) */;
/* A shadow guest's root: the frame of a top page of Sv48, and its ASID. Where a hart has too few ASIDs, each change of
 * satp fences all. */
/*@ requires p < FRAMES && asid < 65536; terminates \true; assigns \nothing; */
void hart_set_shadow(uint64_t p, uint64_t asid);
/* What a load finds at pc of the guest's, in the space the hart is in: an instruction of 2 or 4 bytes, or FETCH_NONE where
 * there is none, and beyond what Sv39 names. Whether it may be executed is for the caller to know. */
#define FETCH_NONE UINT64_MAX
/*@ terminates \true; assigns \nothing; */
uint64_t hart_fetch(uint64_t pc);
/* SFENCE.VMA on this hart; which 0: of all, 1: of the leaves where va stands, 2: of asid. Thread t's guest cares if this is
 * its hart. */
/*@ requires asid < 65536 && which < 3 && t < THREADS;
    terminates \true;
    assigns shadow_lag[t], shadow_walk[t];
    ensures lag: shadow_lag[t] == (\old(shadow_walk[t]) != SHADOW_AWAY && (which == 0 ||
      (which == 1 && \old(shadow_lag[t]) == PageLag(va))) ? 0 : \old(shadow_lag[t]));
    ensures walk: shadow_walk[t] == (which == 0 && \old(shadow_walk[t]) == SHADOW_OFF ? SHADOW_NONE : \old(shadow_walk[t]));
*/
void hart_fence_shadow(uint64_t va, uint64_t asid, uint64_t which) /*@ ghost (uint64_t t) */;
/* HFENCE.VVMA of the current VMID and FENCE.I on this hart. */
/*@ terminates \true; assigns \nothing; */
void hart_fence_vcpu(void);
/* For a guest's own remote fence: what = VCPU_FENCE_…; on this hart, and if `remote` on all others by the firmware. */
/*@ requires slot < DOMAINS; terminates \true; assigns \nothing; */
void hart_fence_guest(uint32_t slot, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid, uint32_t remote);

/* ---- contexts: where the entries save to and the exits load from ---- */
/*@ requires h < HARTS && t < THREADS; terminates \true; assigns \nothing; */
void hart_select_context(uint64_t h, uint64_t t);
/*@ requires h < HARTS && p < FRAMES; terminates \true; assigns selected[h]; ensures selected: selected[h] == p; */
void hart_select_page(uint64_t h, uint64_t p);

/* The hart this is. */
/*@ terminates \true; assigns \nothing; ensures range: \result < HARTS; */
uint64_t hart_self(void);

/* ---- time and interrupts ---- */
/*@ terminates \true; assigns \nothing; */
uint64_t hart_time(void);
/*@ terminates \true; assigns \nothing; */
void hart_set_timer(uint64_t when);
/* Interrupts that are pending and enabled, as sip has them. */
/*@ terminates \true; assigns \nothing; */
uint64_t hart_interrupts(void);
/*@ terminates \true; assigns \nothing; */
void hart_clear_ipi(void);
/*@ requires h < HARTS; terminates \true; assigns \nothing; */
void hart_send_ipi(uint64_t h);
/* Hart h is not in the guest of thread t when it returns: an IPI, and a wait for it. Where pending_set(t) came before,
 * it does not come in again unseen. The caller may hold kernel_lock: hart h clears `running` without it. */
/*@ requires h < HARTS && t < THREADS;
    terminates \true;
    assigns shadow_walk[t];
    ensures away: shadow_walk[t] == SHADOW_AWAY;
*/
void hart_evict(uint64_t h, uint64_t t);
/*@ requires h < HARTS; terminates \true; assigns \nothing; */
int32_t hart_start(uint64_t h);
/* The PLIC's registers for this hart's S-mode context [plic 1.0.0]. */
/*@ ghost uint32_t claimed; */ /* the last interrupt that was claimed */
/*@ requires h < HARTS; terminates \true; assigns claimed; ensures range: \result < IRQS && claimed == \result; */
uint32_t plic_claim(uint64_t h);
/*@ requires h < HARTS && irq < IRQS; terminates \true; assigns \nothing; */
void plic_complete(uint64_t h, uint32_t irq);
/*@ requires h < HARTS && irq < IRQS; terminates \true; assigns \nothing; */
void plic_enable(uint64_t h, uint32_t irq, uint32_t on);

/* The next access of a device that the IOMMU has refused and reported, cause 0: none. Of more than its queue takes, some
 * are lost. */
/*@ terminates \true; assigns \nothing; */
struct device_fault iommu_fault(void);

/* ---- memory that others write (DESIGN: only by these; a read may give anything) ---- */
/*@ // A word of a frame that others may write: of a kind that is not the kernel's own.
    predicate Shared{L}(integer p, integer i) = 0 <= p < frame_count && IsUserPage(info[p].kind) && i < FRAME_WORDS;
*/
/*@ requires shared: Shared(p, i) && p < FRAMES; terminates \true; assigns \nothing; */
uint64_t shared_read(uint64_t p, uint64_t i);
/*@ requires shared: Shared(p, i) && p < FRAMES; terminates \true; assigns \nothing; */
void shared_write(uint64_t p, uint64_t i, uint64_t v);
/*@ requires shared: Shared(p, i) && p < FRAMES; terminates \true; assigns \nothing; */
uint64_t shared_swap(uint64_t p, uint64_t i, uint64_t v);

/* A thread's notification word: set bits, take all, look. The setter's bits are seen before its later reads, and the
 * reader's earlier writes before its look: both sides fence (tests/protocols). */
/*@ ghost uint64_t told[THREADS]; */ /* the bits that the kernel has ever set of each */
/*@ requires t < THREADS; terminates \true; assigns told[t]; ensures told: told[t] == (\old(told[t]) | bits); */
void pending_set(uint64_t t, uint64_t bits);
/*@ requires t < THREADS; terminates \true; assigns \nothing; */
uint64_t pending_take(uint64_t t);
/*@ requires t < THREADS; terminates \true; assigns \nothing; */
uint64_t pending_look(uint64_t t);
/* Which thread's guest a hart is in (THREADS: none, as before the first): published and cleared by hart h itself.
 * Published before pending_look, read after pending_set. */
/*@ requires h < HARTS && t < THREADS;
    terminates \true;
    assigns shadow_walk[t];
    ensures own: shadow_walk[t] != SHADOW_AWAY;
*/
void running_publish(uint64_t h, uint64_t t);
/*@ requires h < HARTS; terminates \true; assigns \nothing; */
void running_clear(uint64_t h);
/*@ requires h < HARTS; terminates \true; assigns \nothing; ensures range: \result <= THREADS; */
uint64_t running_look(uint64_t h);

/* ---- the one lock: all but what a guest's exit and entry touch ---- */
/*@ terminates \true; assigns \nothing; */
void kernel_lock(void);
/*@ terminates \true; assigns \nothing; */
void kernel_unlock(void);

/* ---- firmware ---- */
/*@ terminates \true; assigns \nothing; */
void firmware_put(uint64_t character);
/*@ terminates \true; assigns \nothing; */
void firmware_off(uint64_t how);
