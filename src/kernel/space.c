/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>
#include <kernel/root.h>
#include <kernel/space.h>
#include <kernel/split.h>

int idle_frame(uint32_t d, uint64_t p)
{
	int status = may_dispose(d, p);
	return status == SEPTUM_OK && table_maps(d, p) ? SEPTUM_MAPPED : status;
}

int space_root(uint32_t d, uint64_t p)
{
	int status = idle_frame(d, p);

	if (status != SEPTUM_OK)
		return status;
	if (dom[d % NAME_SLOTS].root != NO_ROOT)
		return SEPTUM_BAD_STATE;
	uint64_t n = dom[d % NAME_SLOTS].kind == SEPTUM_GUEST ? 4 : 1;
	if (p % n != 0)
		return SEPTUM_BAD_ARGUMENT;
	/*@ loop invariant range: 1 <= k <= n;
	    loop invariant busy: (\forall integer j; p < j < p + n ==> IdleOf(d, j)) ==> status == SEPTUM_OK;
	    loop invariant idle: status == SEPTUM_OK ==> \forall integer j; p < j < p + k ==> Idle(j) && info[j].owner == d;
	    loop assigns k, status;
	    loop variant n - k;
	*/
	for (uint64_t k = 1; k < n && status == SEPTUM_OK; k++)
		status = idle_frame(d, p + k);
	if (status != SEPTUM_OK)
		return status;
	root_make(p);
	return fence_space(d % NAME_SLOTS);
}

int space_table(uint32_t d, uint64_t va, uint64_t level, uint64_t p)
{
	int status = idle_frame(d, p);

	if (status != SEPTUM_OK)
		return status;
	if (level > 1 || va >= SPACE_END)
		return SEPTUM_BAD_ARGUMENT;
	uint64_t at = walk_find(d, va, level + 1);
	if (at == NOWHERE)
		return SEPTUM_NO_TABLE;
	if (ram[at / 512].word[at % 512] % 2 == 1)
		return SEPTUM_MAPPED;
	table_add(at / 512, at % 512, p);
	return fence_space(d % NAME_SLOTS);
}

int space_untable(uint32_t d, uint64_t p)
{
	if (!domain_live(d))
		return SEPTUM_DEAD;
	if (p >= frame_count)
		return SEPTUM_BAD_ARGUMENT;
	if (info[p].owner != d)
		return SEPTUM_NOT_OWNER;
	if (info[p].kind != FRAME_TABLE0 && info[p].kind != FRAME_TABLE1)
		return SEPTUM_BAD_KIND;
	if (!table_remove(p))
		return SEPTUM_BUSY;
	return fence_space(d % NAME_SLOTS);
}

/* Rights that an entry can hold: writing includes reading [priv 10.3.1]. */
/*@ terminates \true;
    assigns \nothing;
    ensures some: \result != 0 <==> RightsValid(rights);
*/
static int rights_valid(uint64_t rights) { return rights != 0 && rights <= 7 && rights % 4 != MAP_WRITE; }

/* Code that a frame's former owner ran must not run for the new one [unpriv Zifencei]. */
/*@ terminates \true;
    assigns old_code;
    ensures fetched: \at(old_code, Pre) == 0 || rights >= MAP_EXECUTE ==> old_code == 0;
*/
static void rights_fence(uint64_t rights)
{
	if (rights >= MAP_EXECUTE)
		fence_code();
}

/* May domain d map frame q, alone or as one of many? A vCPU page is mapped alone. */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires range: q < frame_count;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == SEPTUM_OK <==> Mappable(d, q, alone != 0 ? 1 : 2);
*/
static int frame_mappable(uint32_t d, uint64_t q, int alone)
{
	if (info[q].kind != FRAME_DATA && (info[q].kind != FRAME_VCPU || !alone))
		return SEPTUM_BAD_KIND;
	if (info[q].owner != d && (info[q].borrower != d || info[q].kind != FRAME_DATA))
		return SEPTUM_NOT_OWNER;
	return table_maps(d, q) ? SEPTUM_MAPPED : SEPTUM_OK;
}

/* May domain d map the n frames from p on? */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires range: 1 <= n <= 512 && p + n <= frame_count;
    terminates \true;
    assigns \nothing;
    ensures held: \result == SEPTUM_OK ==> \forall integer q; p <= q < p + n ==> Holds(d, q);
    ensures each: \result == SEPTUM_OK <==> \forall integer q; p <= q < p + n ==> Mappable(d, q, n);
    ensures unmapped: \result == SEPTUM_OK ==> UnmappedRange(d, p, n);
*/
static int space_mappable(uint32_t d, uint64_t p, uint64_t n)
{
	int status = SEPTUM_OK;

	/*@ loop invariant range: 0 <= k <= n;
	    loop invariant held: status == SEPTUM_OK ==> \forall integer q; p <= q < p + k ==> Holds(d, q);
	    loop invariant each: status == SEPTUM_OK ==> \forall integer q; p <= q < p + k ==> Mappable(d, q, n);
	    loop invariant not: status != SEPTUM_OK ==> \exists integer q; p <= q < p + k && !Mappable(d, q, n);
	    loop invariant unmapped: status == SEPTUM_OK && k != 0 ==> UnmappedRange(d, p, k);
	    loop assigns k, status;
	    loop variant n - k;
	*/
	for (uint64_t k = 0; k < n && status == SEPTUM_OK; k++)
		status = frame_mappable(d, p + k, n == 1);
	return status;
}

int space_map(uint32_t d, uint64_t va, uint64_t p, uint64_t level, uint64_t rights)
{
	uint64_t n = level == 0 ? 1 : 512;

	if (!domain_live(d))
		return SEPTUM_DEAD;
	if (level > 1 || va >= SPACE_END || va % (n * FRAME_BYTES) != 0 || !rights_valid(rights) ||
	    p >= frame_count || n > frame_count - p || p % n != 0)
		return SEPTUM_BAD_ARGUMENT;
	int status = space_mappable(d, p, n);
	if (status != SEPTUM_OK)
		return status;
	uint64_t at = walk_find(d, va, level);
	if (at == NOWHERE)
		return SEPTUM_NO_TABLE;
	if (ram[at / 512].word[at % 512] % 2 == 1)
		return SEPTUM_MAPPED;
	table_put(at / 512, at % 512, p, rights);
	//@ assert here: Covers(at / 512, at % 512, p);
	rights_fence(rights);
	return fence_space(d % NAME_SLOTS);
}

/* Is this a living domain and a frame? */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == SEPTUM_OK <==> Live(d) && p < frame_count;
*/
static int space_frame(uint32_t d, uint64_t p)
{
	if (!domain_live(d))
		return SEPTUM_DEAD;
	return p < frame_count ? SEPTUM_OK : SEPTUM_BAD_ARGUMENT;
}

int space_unmap(uint32_t d, uint64_t p)
{
	int status = space_frame(d, p);

	if (status != SEPTUM_OK)
		return status;
	uint64_t at = table_leaf(d, p);
	if (at == NOWHERE)
		return SEPTUM_NOT_MAPPED;
	table_clear(at / 512, at % 512);
	return fence_space(d % NAME_SLOTS);
}

int space_protect(uint32_t d, uint64_t p, uint64_t rights)
{
	int status = space_frame(d, p);

	if (status != SEPTUM_OK)
		return status;
	if (!rights_valid(rights))
		return SEPTUM_BAD_ARGUMENT;
	uint64_t at = table_leaf(d, p);
	if (at == NOWHERE)
		return SEPTUM_NOT_MAPPED;
	table_protect(at / 512, at % 512, rights);
	rights_fence(rights);
	return fence_space(d % NAME_SLOTS);
}

int space_split(uint32_t d, uint64_t p, uint64_t f)
{
	int status = space_frame(d, p);

	if (status == SEPTUM_OK)
		status = idle_frame(d, f);
	if (status != SEPTUM_OK)
		return status;
	uint64_t at = table_leaf(d, p);
	if (at == NOWHERE)
		return SEPTUM_NOT_MAPPED;
	if (info[at / 512].kind != FRAME_TABLE1)
		return SEPTUM_BAD_KIND;
	table_split(at / 512, at % 512, f);
	return fence_space(d % NAME_SLOTS);
}
