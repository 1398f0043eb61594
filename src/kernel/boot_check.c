/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Nothing that the loader says is believed before it has passed here. */
#include <kernel/boot.h>

struct boot_region boot_range(uint32_t k)
{
	struct boot_region r = {0, 0};

	if (k < boot.region_count && k < BOOT_REGIONS)
		r = boot.region[k];
	else if (k == BOOT_REGIONS)
		r = (struct boot_region){boot.bundle_first, boot.bundle_count};
	else if (k > BOOT_REGIONS && k - BOOT_REGIONS - 1 < boot.segment_count)
		r = (struct boot_region){boot.segment[k - BOOT_REGIONS - 1].first, boot.segment[k - BOOT_REGIONS - 1].count};
	return r;
}

/*@ predicate RangesOk{L}(integer n) =
      (\forall integer k; 0 <= k < n && k < BOOT_REGIONS && k < boot.region_count ==>
        RangeOk(boot.region[k].first, boot.region[k].count)) &&
      (BOOT_REGIONS < n ==> RangeOk(boot.bundle_first, boot.bundle_count)) &&
      (\forall integer k; 0 <= k < n - BOOT_REGIONS - 1 && k < boot.segment_count ==>
        RangeOk(boot.segment[k].first, boot.segment[k].count));
*/

/* Does no range before the k-th share a frame with it? */
/*@ requires range: k < BOOT_RANGES;
    terminates \true;
    assigns \nothing;
*/
static int range_apart(uint32_t k)
{
	struct boot_region r = boot_range(k);

	/*@ loop invariant range: 0 <= j <= k;
	    loop assigns j;
	    loop variant k - j;
	*/
	for (uint32_t j = 0; j < k; j++) {
		struct boot_region other = boot_range(j);

		if (r.count != 0 && other.count != 0 && r.first < other.first + other.count && other.first < r.first + r.count)
			return 0;
	}
	return 1;
}

/*@ requires count: boot.frame_count <= FRAMES;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == BOOT_OK ==> RangesOk(BOOT_RANGES);
*/
static int check_ranges(void)
{
	uint64_t kernel = (boot.kernel_pa - boot.ram_base) / FRAME_BYTES;

	/*@ loop invariant range: 0 <= k <= BOOT_RANGES;
	    loop invariant ok: RangesOk(k);
	    loop assigns k;
	    loop variant BOOT_RANGES - k;
	*/
	for (uint32_t k = 0; k < BOOT_RANGES; k++) {
		struct boot_region r = boot_range(k);

		if (r.first > boot.frame_count || r.count > boot.frame_count - r.first ||
		    (r.first <= kernel && kernel < r.first + r.count))
			return BOOT_BAD_RANGE;
		if (!range_apart(k))
			return BOOT_BAD_OVERLAP;
	}
	return BOOT_OK;
}

/*@ requires count: boot.region_count <= BOOT_REGIONS;
    terminates \true;
    assigns \nothing;
    ensures some: \result == BOOT_OK ==> 1 <= boot.region_count;
*/
static int check_order(void)
{
	if (boot.region_count == 0 || boot.region[0].count < BOOT_TABLES_MIN)
		return BOOT_BAD_ORDER;
	/*@ loop invariant range: 1 <= k <= boot.region_count;
	    loop assigns k;
	    loop variant boot.region_count - k;
	*/
	for (uint32_t k = 1; k < boot.region_count; k++)
		if (boot.region[k].first <= boot.region[k - 1].first)
			return BOOT_BAD_ORDER;
	return BOOT_OK;
}

/*@ predicate SegmentOk{L}(integer k) =
      boot.segment[k].va < BOOT_VA_END && boot.segment[k].count <= BOOT_VA_END / 4096;
*/

/*@ requires count: boot.segment_count <= BOOT_SEGMENTS;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == BOOT_OK ==>
      \forall integer k; 0 <= k < boot.segment_count ==> SegmentOk(k);
*/
static int check_segments(void)
{
	/*@ loop invariant range: 0 <= k <= boot.segment_count;
	    loop invariant ok: \forall integer j; 0 <= j < k ==> SegmentOk(j);
	    loop assigns k;
	    loop variant boot.segment_count - k;
	*/
	for (uint32_t k = 0; k < boot.segment_count; k++) {
		uint64_t va = boot.segment[k].va;
		uint64_t rights = boot.segment[k].rights;

		if (va % FRAME_BYTES != 0 || va == 0 || va >= BOOT_VA_END ||
		    boot.segment[k].count > (BOOT_VA_END - va) / FRAME_BYTES || rights % 2 != MAP_READ || rights > MAP_READ + MAP_WRITE + MAP_EXECUTE)
			return BOOT_BAD_SEGMENT;
	}
	return BOOT_OK;
}

/* Does no window before the w-th have the same page? */
/*@ requires range: w < WINDOWS;
    terminates \true;
    assigns \nothing;
    ensures apart: \result != 0 ==>
      \forall integer v; 0 <= v < w ==> boot.window[v].base != boot.window[w].base;
*/
static int window_apart(uint32_t w)
{
	/*@ loop invariant range: 0 <= v <= w;
	    loop invariant apart: \forall integer u; 0 <= u < v ==> boot.window[u].base != boot.window[w].base;
	    loop assigns v;
	    loop variant w - v;
	*/
	for (uint32_t v = 0; v < w; v++)
		if (boot.window[v].base == boot.window[w].base)
			return 0;
	return 1;
}

/*@ requires count: boot.window_count <= WINDOWS;
    requires ram: boot.frame_count <= FRAMES && boot.ram_base / 4096 <= 0x100000000000 - FRAMES;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == BOOT_OK ==> \forall integer w; 0 <= w < boot.window_count ==> BootWindowOk(w);
    ensures distinct: \result == BOOT_OK ==> \forall integer v, w; 0 <= v < w < boot.window_count ==>
      boot.window[v].base != boot.window[w].base;
*/
static int check_windows(void)
{
	uint64_t end = boot.ram_base / FRAME_BYTES + boot.frame_count;

	/*@ loop invariant range: 0 <= k <= boot.window_count;
	    loop invariant ok: \forall integer w; 0 <= w < k ==> BootWindowOk(w);
	    loop invariant distinct: \forall integer v, w; 0 <= v < w < k ==>
	      boot.window[v].base != boot.window[w].base;
	    loop assigns k;
	    loop variant boot.window_count - k;
	*/
	for (uint32_t k = 0; k < boot.window_count; k++) {
		uint64_t base = boot.window[k].base;

		if (base % FRAME_BYTES != 0 || base / FRAME_BYTES >= PTE_PAGES || boot.window[k].irq >= IRQS ||
		    (base >= boot.ram_base && base / FRAME_BYTES < end) || base == boot.iommu || !window_apart(k))
			return BOOT_BAD_WINDOW;
	}
	return BOOT_OK;
}

/* What needs no loop. */
/*@ terminates \true;
    assigns \nothing;
    ensures ok: \result == BOOT_OK ==> boot.frame_count <= FRAMES && boot.ram_base % 0x200000 == 0 &&
      boot.ram_base / 4096 <= 0x100000000000 - FRAMES && 1 <= boot.hart_count <= HARTS &&
      boot.boot_hart < boot.hart_count && boot.region_count <= BOOT_REGIONS &&
      boot.segment_count <= BOOT_SEGMENTS && boot.window_count <= WINDOWS;
*/
static int check_numbers(void)
{
	if (boot.magic != BOOTINFO_MAGIC)
		return BOOT_BAD_MAGIC;
	if (boot.version != SEPTUM_ABI_VERSION)
		return BOOT_BAD_VERSION;
	if (boot.ram_base % 0x200000 != 0 || boot.ram_base / FRAME_BYTES > PTE_PAGES - FRAMES ||
	    boot.frame_count == 0 || boot.frame_count > FRAMES)
		return BOOT_BAD_RAM;
	if (boot.kernel_pa < boot.ram_base || (boot.kernel_pa - boot.ram_base) / FRAME_BYTES >= boot.frame_count ||
	    boot.kernel_root / 0x1000000000000000 != (boot.features & BOOT_HAS_SV48 ? 9 : 8))
		return BOOT_BAD_KERNEL;
	if (boot.hart_count == 0 || boot.hart_count > HARTS || boot.boot_hart >= boot.hart_count)
		return BOOT_BAD_HARTS;
	if (boot.timebase == 0)
		return BOOT_BAD_TIMEBASE;
	if (boot.region_count > BOOT_REGIONS || boot.segment_count > BOOT_SEGMENTS || boot.window_count > WINDOWS)
		return BOOT_BAD_COUNT;
	if (boot.iommu % FRAME_BYTES != 0 || (boot.iommu - boot.ram_base) / FRAME_BYTES < boot.frame_count)
		return BOOT_BAD_IOMMU;
	if (boot.bundle_bytes != 0 && (boot.bundle_bytes - 1) / FRAME_BYTES >= boot.bundle_count)
		return BOOT_BAD_BUNDLE;
	if (boot.manager_entry >= BOOT_VA_END || boot.manager_stack > BOOT_VA_END || boot.manager_stack % 16 != 0)
		return BOOT_BAD_MANAGER;
	return BOOT_OK;
}

/*@ requires count: boot.hart_count <= HARTS;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == BOOT_OK ==> \forall integer h; 0 <= h < boot.hart_count ==>
      boot.plic_context[h] < PLIC_CONTEXTS;
*/
static int check_contexts(void)
{
	/*@ loop invariant range: 0 <= h <= boot.hart_count;
	    loop invariant ok: \forall integer k; 0 <= k < h ==> boot.plic_context[k] < PLIC_CONTEXTS;
	    loop assigns h;
	    loop variant boot.hart_count - h;
	*/
	for (uint64_t h = 0; h < boot.hart_count; h++)
		if (boot.plic_context[h] >= PLIC_CONTEXTS)
			return BOOT_BAD_CONTEXT;
	return BOOT_OK;
}

int boot_check(void)
{
	int fault = check_numbers();

	fault = fault != BOOT_OK ? fault : check_order();
	fault = fault != BOOT_OK ? fault : check_ranges();
	fault = fault != BOOT_OK ? fault : check_segments();
	fault = fault != BOOT_OK ? fault : check_windows();
	return fault != BOOT_OK ? fault : check_contexts();
}
