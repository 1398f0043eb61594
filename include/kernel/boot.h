/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The first state: what the loader says is checked, then memory, windows and the manager's domain are set up so that
 * the invariant holds, whatever boot information passed. Called once, by the first hart, before anything else runs.
 */
#pragma once

#include <kernel/space.h>
#include <kernel/window.h>
#include <riscv/plic.h>
#include <septum/bootinfo.h>

#define BOOT_RANGES (BOOT_REGIONS + 1 + BOOT_SEGMENTS)

extern struct bootinfo boot; /* in the kernel's image, written by the loader */

/*@ predicate RangeOk{L}(integer first, integer count) =
      first <= boot.frame_count && count <= boot.frame_count - first;
    predicate BootWindowOk{L}(integer w) =
      boot.window[w].base % 4096 == 0 && boot.window[w].base / 4096 < 0x100000000000 &&
      (boot.window[w].base < boot.ram_base ||
       boot.window[w].base / 4096 >= boot.ram_base / 4096 + boot.frame_count) &&
      boot.window[w].base != boot.iommu &&
      boot.window[w].irq < IRQS;
    predicate BootOk{L} =
      boot.frame_count <= FRAMES && boot.ram_base % 0x200000 == 0 &&
      boot.ram_base / 4096 <= 0x100000000000 - FRAMES &&
      1 <= boot.hart_count <= HARTS && boot.boot_hart < boot.hart_count &&
      (\forall integer h; 0 <= h < boot.hart_count ==> boot.plic_context[h] < PLIC_CONTEXTS) &&
      1 <= boot.region_count <= BOOT_REGIONS && boot.segment_count <= BOOT_SEGMENTS &&
      boot.window_count <= WINDOWS &&
      (\forall integer k; 0 <= k < boot.region_count ==>
        RangeOk(boot.region[k].first, boot.region[k].count)) &&
      RangeOk(boot.bundle_first, boot.bundle_count) &&
      (\forall integer k; 0 <= k < boot.segment_count ==>
        RangeOk(boot.segment[k].first, boot.segment[k].count) &&
        boot.segment[k].va < BOOT_VA_END && boot.segment[k].count <= BOOT_VA_END / 4096) &&
      (\forall integer w; 0 <= w < boot.window_count ==> BootWindowOk(w)) &&
      (\forall integer v, w; 0 <= v < w < boot.window_count ==>
        boot.window[v].base != boot.window[w].base);
*/

/* The k-th of all ranges of frames: regions, the bundle, segments. Ranges beyond the counts are empty, at 0. */
/*@ requires range: k < BOOT_RANGES;
    terminates \true;
    assigns \nothing;
    ensures region: k < BOOT_REGIONS && k < boot.region_count ==>
      \result.first == boot.region[k].first && \result.count == boot.region[k].count;
    ensures bundle: k == BOOT_REGIONS ==> \result.first == boot.bundle_first && \result.count == boot.bundle_count;
    ensures segment: k > BOOT_REGIONS && k - BOOT_REGIONS - 1 < boot.segment_count ==>
      \result.first == boot.segment[k - BOOT_REGIONS - 1].first &&
      \result.count == boot.segment[k - BOOT_REGIONS - 1].count;
    ensures none: (k < BOOT_REGIONS && k >= boot.region_count) ||
      (k > BOOT_REGIONS && k - BOOT_REGIONS - 1 >= boot.segment_count) ==> \result.first == 0 && \result.count == 0;
*/
struct boot_region boot_range(uint32_t k);

/* BOOT_OK, or the first rule that the boot information breaks (enum boot_fault). */
/*@ terminates \true;
    assigns \nothing;
    ensures ok: \result == BOOT_OK ==> BootOk;
*/
int boot_check(void);

/* Establishes the invariant. The status tells whether the manager's space could be built from its segments. */
/*@ requires ok: BootOk;
    requires clean: Clean;
    requires devices: DevicesUnused;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], dom[0 .. DOMAINS-1], window[0 .. WINDOWS-1],
      peer[0 .. DOMAINS-1], stale[0 .. DOMAINS-1], unordered, old_code, frame_count, ram_base_pfn;
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures clean: Clean;
    ensures manager: Live(MANAGER_NAME) && dom[MANAGER_SLOT].kind == SEPTUM_SERVER;
    ensures alone: \forall integer n; 0 <= n && n != MANAGER_NAME ==> !Live(n);
*/
int boot_memory(void);
