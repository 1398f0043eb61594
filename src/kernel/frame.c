/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>

/* Out of line: giving a guest its memory is mostly this, and this file's loops are unrolled (build.mk). */
__attribute__((noinline)) void zero_frame(uint64_t p)
{
	/*@ loop invariant range: 0 <= k <= FRAME_WORDS;
	    loop invariant zero: \forall integer j; 0 <= j < k ==> ram[p].word[j] == 0;
	    loop assigns k, ram[p];
	    loop variant FRAME_WORDS - k;
	*/
	for (uint64_t k = 0; k < FRAME_WORDS; k++)
		ram[p].word[k] = 0;
}

int may_dispose(uint32_t d, uint64_t p)
{
	if (!domain_live(d))
		return SEPTUM_DEAD;
	if (p >= frame_count)
		return SEPTUM_BAD_ARGUMENT;
	if (info[p].owner != d)
		return SEPTUM_NOT_OWNER;
	if (info[p].kind != FRAME_DATA)
		return SEPTUM_BAD_KIND;
	return domain_live(info[p].borrower) ? SEPTUM_BUSY : SEPTUM_OK;
}

/* Frame p, which no living domain maps, starts anew as a data frame of `to`. */
/*@ requires inv: Inv;
    requires frame: p < frame_count && info[p].kind != FRAME_NONE;
    requires to: Live(to);
    requires dead: !Live(info[p].owner) || Idle(p);
    requires borrower: info[p].kind == FRAME_DATA ==> !Live(info[p].borrower);
    terminates \true;
    assigns ram[p], info[p];
    INV_KEPT;
    ensures renewed: info[p].owner == to && info[p].borrower == NOBODY && info[p].kind == FRAME_DATA &&
      ZeroFrame(p) && UnmappedBy(to, p);
    ensures nowhere: info[p].at_owner == NOWHERE && info[p].at_borrower == NOWHERE;
*/
static void frame_renew(uint64_t p, uint32_t to)
{
	//@ assert unreached: Unreached(p);
	zero_frame(p);
	info[p] = (struct frame_info){NOWHERE, NOWHERE, to, NOBODY, FRAME_DATA, 0};
}

/* Data frame p is on loan to `to` from now on, or to nobody; the borrower before, if it lives, does not map it. */
/*@ requires inv: Inv;
    requires frame: p < frame_count && info[p].kind == FRAME_DATA;
    requires unmapped: Live(info[p].borrower) ==> UnmappedBy(info[p].borrower, p);
    requires to: to == NOBODY || (Live(to) && to != info[p].owner);
    terminates \true;
    assigns info[p].borrower, info[p].at_borrower;
    INV_KEPT;
    ensures lent: info[p].borrower == to && info[p].at_borrower == NOWHERE;
    ensures unmapped: Live(to) ==> UnmappedBy(to, p);
    ensures before: Live(\old(info[p].borrower)) ==> UnmappedBy(\old(info[p].borrower), p);
*/
static void frame_loan(uint64_t p, uint32_t to)
{
	//@ assert free: Live(to) ==> UnmappedBy(to, p);
	info[p].borrower = to;
	info[p].at_borrower = NOWHERE;
}

/* Data frame p of a living owner, on loan to nobody who lives, turns to a vCPU page. */
/*@ requires inv: Inv;
    requires frame: p < frame_count && info[p].kind == FRAME_DATA && Live(info[p].owner) && !Live(info[p].borrower);
    terminates \true;
    assigns info[p].kind, info[p].borrower;
    INV_KEPT;
    ensures turned: info[p].kind == FRAME_VCPU && info[p].borrower == NOBODY;
*/
static void frame_turn(uint64_t p)
{
	info[p].kind = FRAME_VCPU;
	info[p].borrower = NOBODY;
}

int frame_give(uint32_t from, uint64_t p, uint32_t to)
{
	int status = may_dispose(from, p);

	if (status != SEPTUM_OK)
		return status;
	if (!domain_live(to))
		return SEPTUM_DEAD;
	if (!domain_peers(from, to))
		return SEPTUM_DENIED;
	if (table_maps(from, p))
		return SEPTUM_MAPPED;
	frame_renew(p, to);
	return SEPTUM_OK;
}

int frame_lend(uint32_t owner, uint64_t p, uint32_t to)
{
	int status = may_dispose(owner, p);

	if (status != SEPTUM_OK)
		return status;
	if (!domain_live(to))
		return SEPTUM_DEAD;
	if (to == owner)
		return SEPTUM_BAD_ARGUMENT;
	if (!domain_peers(owner, to))
		return SEPTUM_DENIED;
	frame_loan(p, to);
	return SEPTUM_OK;
}

int frame_revoke(uint32_t owner, uint64_t p)
{
	int status = may_dispose(owner, p);

	if (status == SEPTUM_OK && info[p].borrower == NOBODY)
		return SEPTUM_NOT_OWNER;
	if (status == SEPTUM_BUSY && !table_maps(info[p].borrower, p))
		status = SEPTUM_OK;
	if (status == SEPTUM_OK)
		frame_loan(p, NOBODY);
	return status;
}

int frame_release(uint32_t borrower, uint64_t p)
{
	if (!domain_live(borrower))
		return SEPTUM_DEAD;
	if (p >= frame_count)
		return SEPTUM_BAD_ARGUMENT;
	if (info[p].kind != FRAME_DATA || info[p].borrower != borrower)
		return SEPTUM_NOT_OWNER;
	if (table_maps(borrower, p))
		return SEPTUM_BUSY;
	frame_loan(p, NOBODY);
	return SEPTUM_OK;
}

int frame_reclaim(uint64_t p, uint32_t to)
{
	if (p >= frame_count)
		return SEPTUM_BAD_ARGUMENT;
	if (info[p].kind == FRAME_NONE)
		return SEPTUM_BAD_KIND;
	if (!domain_live(to))
		return SEPTUM_DEAD;
	if (domain_live(info[p].owner))
		return SEPTUM_NOT_OWNER;
	if (info[p].kind == FRAME_DATA && domain_live(info[p].borrower))
		return SEPTUM_BUSY;
	frame_renew(p, to);
	return SEPTUM_OK;
}

int frame_to_vcpu(uint32_t owner, uint64_t p)
{
	int status = may_dispose(owner, p);

	if (status == SEPTUM_OK)
		frame_turn(p);
	return status;
}
