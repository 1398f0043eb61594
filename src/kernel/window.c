/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/window.h>

struct window window[WINDOWS];

/* Does the living owner of window w map it, at window[w].at? */
/*@ requires inv: Inv;
    requires window: w < WINDOWS && Live(window[w].owner);
    terminates \true;
    assigns \nothing;
    ensures mapped: \result != 0 ==> Entry(window[w].at / 512, window[w].at % 512) &&
      info[window[w].at / 512].owner == window[w].owner &&
      info[window[w].at / 512].kind == FRAME_TABLE0 &&
      Leaf(ram[window[w].at / 512].word[window[w].at % 512]) &&
      PtePage(ram[window[w].at / 512].word[window[w].at % 512]) == window[w].base_pfn;
    ensures unmapped: \result == 0 <==> WindowUnmapped(w);
*/
static int window_mapped(uint64_t w)
{
	uint64_t t = window[w].at / 512;

	/*@ assert outside: \forall integer u, j; Entry(u, j) && Leaf(ram[u].word[j]) &&
	      info[u].owner == window[w].owner && PtePage(ram[u].word[j]) == window[w].base_pfn ==>
	      MapsWindow(window[w].base_pfn, Place(u, j), window[w].owner) && info[u].kind == FRAME_TABLE0; */
	/*@ assert once: \forall integer v; 0 <= v < WINDOWS && window[v].base_pfn == window[w].base_pfn &&
	      window[v].owner == window[w].owner ==> v == w; */
	/*@ assert here: \forall integer u, j; Entry(u, j) && Leaf(ram[u].word[j]) &&
	      info[u].owner == window[w].owner && PtePage(ram[u].word[j]) == window[w].base_pfn ==>
	      u == window[w].at / 512 && j == window[w].at % 512 && info[u].kind == FRAME_TABLE0; */
	if (t >= frame_count || info[t].owner != window[w].owner || info[t].kind != FRAME_TABLE0)
		return 0;
	uint64_t e = ram[t].word[window[w].at % 512];
	//@ assert leaf: e % 2 == 1 ==> Entry(t, window[w].at % 512) && !Pointer(e) && Leaf(e);
	return e % 2 == 1 && e / 1024 % PTE_PAGES == window[w].base_pfn; /* a valid entry of a last table is a leaf */
}

/* Window w, which nobody maps, is `to`'s from now on. */
/*@ requires inv: Inv;
    requires window: w < WINDOWS && window[w].owner != NOBODY;
    requires unmapped: Live(window[w].owner) ==> WindowUnmapped(w);
    requires to: Live(to);
    terminates \true;
    assigns window[w].owner;
    INV_KEPT;
    ensures passed: window[w].owner == to && WindowUnmapped(w);
*/
static void window_pass(uint64_t w, uint32_t to)
{
	/*@ assert free: \forall integer u, j; Entry(u, j) && Leaf(ram[u].word[j]) ==>
	      PtePage(ram[u].word[j]) != window[w].base_pfn; */
	window[w].owner = to;
}

/* May window w, which nobody maps, be mapped by domain d: is it d's, or may it become d's from `from`, or from who died? */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures allowed: \result == SEPTUM_OK ==> WindowMay(w, from, d);
    ensures unmapped: \result == SEPTUM_OK ==> (Live(window[w].owner) ==> WindowUnmapped(w));
    ensures exact: WindowMay(w, from, d) && (Live(window[w].owner) ==> WindowUnmapped(w)) ==> \result == SEPTUM_OK;
*/
static int window_free(uint64_t w, uint32_t from, uint32_t d)
{
	if (w >= WINDOWS || window[w].owner == NOBODY)
		return SEPTUM_BAD_ARGUMENT;
	if (!domain_live(d))
		return SEPTUM_DEAD;
	if (!domain_live(window[w].owner))
		return SEPTUM_OK;
	if (window[w].owner != d && window[w].owner != from)
		return SEPTUM_NOT_OWNER;
	if (window[w].owner != d && !domain_peers(from, d))
		return SEPTUM_DENIED;
	return window_mapped(w) ? SEPTUM_MAPPED : SEPTUM_OK;
}

int window_map(uint64_t w, uint32_t from, uint32_t d, uint64_t va)
{
	int status = window_free(w, from, d);
	if (status != SEPTUM_OK)
		return status;
	if (va >= SPACE_END || va % FRAME_BYTES != 0)
		return SEPTUM_BAD_ARGUMENT;
	uint64_t at = walk_find(d, va, 0);
	if (at == NOWHERE)
		return SEPTUM_NO_TABLE;
	if (ram[at / 512].word[at % 512] % 2 == 1)
		return SEPTUM_MAPPED;
	window_pass(w, d);
	table_put_window(at / 512, at % 512, w, MAP_READ + MAP_WRITE);
	return fence_space(d % NAME_SLOTS);
}

int window_unmap(uint64_t w)
{
	if (w >= WINDOWS)
		return SEPTUM_BAD_ARGUMENT;
	if (!domain_live(window[w].owner))
		return SEPTUM_DEAD;
	if (!window_mapped(w))
		return SEPTUM_NOT_MAPPED;
	table_clear(window[w].at / 512, window[w].at % 512);
	return fence_space(window[w].owner % NAME_SLOTS);
}
