/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/boot.h>

uint64_t frame_count;
uint64_t ram_base_pfn;

/* Every slot is free and has its own number for a name; slot 1 is the manager's. */
/*@ terminates \true;
    assigns dom[0 .. DOMAINS-1], peer[MANAGER_SLOT].with[MANAGER_SLOT];
    ensures slots: DomainSlots;
    ensures manager: dom[MANAGER_SLOT].kind == SEPTUM_SERVER && dom[MANAGER_SLOT].name == MANAGER_NAME;
    ensures roots: \forall integer s; 0 <= s < DOMAINS ==> dom[s].root == NO_ROOT;
    ensures free: \forall integer s; 0 <= s < DOMAINS && s != MANAGER_SLOT ==> dom[s].kind == 0;
*/
static void boot_domains(void)
{
	/*@ loop invariant range: 0 <= s <= DOMAINS;
	    loop invariant free: \forall integer k; 0 <= k < s ==>
	      dom[k].kind == 0 && dom[k].name == k && dom[k].root == NO_ROOT;
	    loop assigns s, dom[0 .. DOMAINS-1];
	    loop variant DOMAINS - s;
	*/
	for (uint32_t s = 0; s < DOMAINS; s++)
		dom[s] = (struct domain){.name = s, .root = NO_ROOT};
	dom[MANAGER_SLOT].kind = SEPTUM_SERVER;
	dom[MANAGER_SLOT].name = MANAGER_NAME;
	peer[MANAGER_SLOT].with[MANAGER_SLOT] = 1;
}

/* All windows there are become the manager's. */
/*@ requires ok: BootOk;
    requires slots: DomainSlots && dom[MANAGER_SLOT].name == MANAGER_NAME;
    requires ram: ram_base_pfn == boot.ram_base / 4096 && frame_count == boot.frame_count;
    terminates \true;
    assigns window[0 .. WINDOWS-1];
    ensures past: WindowPast;
    ensures pages: WindowPages;
    ensures distinct: WindowsDistinct;
*/
static void boot_windows(void)
{
	/*@ loop invariant range: 0 <= w <= WINDOWS;
	    loop invariant none: \forall integer v; boot.window_count <= v < w ==> window[v].owner == NOBODY;
	    loop invariant some: \forall integer v; 0 <= v < w && v < boot.window_count ==>
	      window[v].owner == MANAGER_NAME && window[v].base_pfn == boot.window[v].base / 4096;
	    loop assigns w, window[0 .. WINDOWS-1];
	    loop variant WINDOWS - w;
	*/
	for (uint32_t w = 0; w < WINDOWS; w++) {
		uint64_t base = w < boot.window_count ? boot.window[w].base : 0;
		window[w] = (struct window){base / 4096, NOWHERE, w < boot.window_count ? MANAGER_NAME : NOBODY};
	}
}

/*@ predicate BootFrame{L}(integer p) = info[p].borrower == NOBODY &&
      ((info[p].kind == FRAME_NONE && info[p].owner == NOBODY) ||
       (info[p].kind == FRAME_DATA && info[p].owner == MANAGER_NAME));
    predicate BootFrames{L} = \forall integer p; 0 <= p < frame_count ==> BootFrame(p);
*/

/* Firmware, kernel, holes: so is everything until told otherwise. */
/*@ requires count: frame_count <= FRAMES;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures frames: BootFrames;
*/
static void boot_frames(void)
{
	/*@ loop invariant range: 0 <= p <= frame_count;
	    loop invariant frames: \forall integer q; 0 <= q < p ==> BootFrame(q);
	    loop assigns p, info[0 .. FRAMES-1];
	    loop variant frame_count - p;
	*/
	for (uint64_t p = 0; p < frame_count; p++)
		info[p] = (struct frame_info){NOWHERE, NOWHERE, NOBODY, NOBODY, FRAME_NONE, 0};
}

/* The frames of a range become the manager's. */
/*@ requires count: frame_count <= FRAMES && r.first <= frame_count && r.count <= frame_count - r.first;
    requires frames: BootFrames;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures frames: BootFrames;
*/
static void boot_own(struct boot_region r)
{
	/*@ loop invariant range: 0 <= k <= r.count;
	    loop invariant frames: BootFrames;
	    loop assigns k, info[0 .. FRAMES-1];
	    loop variant r.count - k;
	*/
	for (uint64_t k = 0; k < r.count; k++) {
		info[r.first + k].kind = FRAME_DATA;
		info[r.first + k].owner = MANAGER_NAME;
	}
}

/* The regions, the bundle and the segments are the manager's; nothing else ever gets an owner. */
/*@ requires ok: BootOk;
    requires count: frame_count == boot.frame_count;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures frames: BootFrames;
*/
static void boot_owners(void)
{
	boot_frames();
	/*@ loop invariant range: 0 <= k <= BOOT_RANGES;
	    loop invariant frames: BootFrames;
	    loop assigns k, info[0 .. FRAMES-1];
	    loop variant BOOT_RANGES - k;
	*/
	for (uint32_t k = 0; k < BOOT_RANGES; k++)
		boot_own(boot_range(k));
}

/*@ predicate BootMemory{L} = Inv && Contexts && Clean && Live(MANAGER_NAME) &&
      dom[MANAGER_SLOT].kind == SEPTUM_SERVER &&
      (\forall integer n; 0 <= n && n != MANAGER_NAME ==> !Live(n));
*/

/* Maps segment k; missing tables are made of the frames from `spare` on. Returns the next one, NO_FRAME on failure. */
/*@ requires ok: BootOk && k < boot.segment_count;
    requires memory: BootMemory;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered, old_code;
    ensures memory: BootMemory;
*/
static uint64_t boot_segment(uint32_t k, uint64_t spare)
{
	/*@ loop invariant range: 0 <= n <= boot.segment[k].count;
	    loop invariant memory: BootMemory;
	    loop assigns n, spare, ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered, old_code;
	    loop variant boot.segment[k].count - n;
	*/
	for (uint64_t n = 0; n < boot.segment[k].count; n++) {
		uint64_t va = boot.segment[k].va + n * FRAME_BYTES;

		if (walk_find(MANAGER_NAME, va, 0) == NOWHERE && space_table(MANAGER_NAME, va, 0, spare++) != SEPTUM_OK)
			return NO_FRAME;
		if (space_map(MANAGER_NAME, va, boot.segment[k].first + n, 0, boot.segment[k].rights) != SEPTUM_OK)
			return NO_FRAME;
	}
	return spare;
}

/* A word of a data frame that nobody runs on yet. */
/*@ requires memory: BootMemory;
    requires frame: f < frame_count && info[f].kind == FRAME_DATA && i < FRAME_WORDS;
    terminates \true;
    assigns ram[f].word[i];
    INV_KEPT;
*/
static void boot_word(uint64_t f, uint64_t i, uint64_t v) { ram[f].word[i] = v; }

/* What the manager is told of its first region: the frames from `spare` on. */
/*@ requires memory: BootMemory && BootOk;
    terminates \true;
    assigns ram[0 .. FRAMES-1];
    ensures memory: BootMemory;
*/
static void boot_publish(uint64_t spare)
{
	/*@ loop invariant range: 0 <= k <= boot.segment_count;
	    loop invariant memory: BootMemory;
	    loop assigns k, ram[0 .. FRAMES-1];
	    loop variant boot.segment_count - k;
	*/
	for (uint32_t k = 0; k < boot.segment_count; k++) {
		uint64_t f = boot.segment[k].first;

		if (boot.segment[k].va == BOOT_VA_INFO && f < frame_count && info[f].kind == FRAME_DATA) {
			boot_word(f, BOOT_WORD_REGION, spare);
			boot_word(f, BOOT_WORD_REGION + 1, boot.region[0].first + boot.region[0].count - spare);
		}
	}
}

/* The manager's address space: root, a table for the first GiB, and all segments, from frames of the first region. */
/*@ requires memory: BootMemory && BootOk;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], dom[0 .. DOMAINS-1], stale[0 .. DOMAINS-1], unordered, old_code;
    ensures memory: BootMemory;
*/
static int boot_space(void)
{
	uint64_t spare = boot.region[0].first;
	int status = space_root(MANAGER_NAME, spare);

	if (status == SEPTUM_OK)
		status = space_table(MANAGER_NAME, 0, 1, spare + 1);
	if (status != SEPTUM_OK)
		return status;
	spare = spare + 2;
	/*@ loop invariant range: 0 <= k <= boot.segment_count;
	    loop invariant memory: BootMemory;
	    loop assigns k, spare, ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered, old_code;
	    loop variant boot.segment_count - k;
	*/
	for (uint32_t k = 0; k < boot.segment_count; k++) {
		spare = boot_segment(k, spare);
		if (spare >= boot.region[0].first + boot.region[0].count)
			return SEPTUM_FULL;
	}
	boot_publish(spare);
	return SEPTUM_OK;
}

int boot_memory(void)
{
	frame_count = boot.frame_count;
	ram_base_pfn = boot.ram_base / FRAME_BYTES;
	boot_domains();
	boot_windows();
	boot_owners();
	return boot_space();
}
