/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Ownership of frames: give, lend, revoke, release, reclaim. Each call returns an enum septum_status; anything but
 * SEPTUM_OK means that nothing changed. `p` may be any number. The caller of these functions holds kernel_lock.
 */
#pragma once

#include <kernel/domain.h>
#include <kernel/table.h>

/* Domain `from` gives its frame to `to`. It is unmapped and lent to nobody, and reads zero afterwards. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures kept: MemoryKept{Pre,Post};
    ensures allowed: \result == SEPTUM_OK <==> p < frame_count && Live(from) && Live(to) && Peers(from, to) &&
      \old(info[p].owner) == from && \old(info[p].kind) == FRAME_DATA && !Live(\old(info[p].borrower)) &&
      UnmappedBy{Pre}(from, p);
    ensures given: \result == SEPTUM_OK ==> FrameIs(p, to, NOBODY, FRAME_DATA, NOWHERE, NOWHERE) && ZeroFrame(p) &&
      UnmappedBy(to, p);
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int frame_give(uint32_t from, uint64_t p, uint32_t to);

/* Domain `owner` lends its frame to `to`; nobody else has it on loan. */
/*@ requires inv: Inv;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures kept: MemoryKept{Pre,Post};
    ensures allowed: \result == SEPTUM_OK <==> p < frame_count && Live(owner) && Live(to) && to != owner &&
      Peers(owner, to) && \old(info[p].owner) == owner && \old(info[p].kind) == FRAME_DATA &&
      !Live(\old(info[p].borrower));
    ensures lent: \result == SEPTUM_OK ==> UnmappedBy(to, p) &&
      FrameIs(p, owner, to, FRAME_DATA, \old(info[p].at_owner), NOWHERE);
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post};
*/
int frame_lend(uint32_t owner, uint64_t p, uint32_t to);

/* The loan ends; refused while the borrower lives and maps the frame. */
/*@ requires inv: Inv;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures kept: MemoryKept{Pre,Post};
    ensures allowed: \result == SEPTUM_OK <==> p < frame_count && Live(owner) && \old(info[p].owner) == owner &&
      \old(info[p].kind) == FRAME_DATA && \old(info[p].borrower) != NOBODY &&
      (Live(\old(info[p].borrower)) ==> UnmappedBy{Pre}(\old(info[p].borrower), p));
    ensures unmapped: \result == SEPTUM_OK ==> Live(\old(info[p].borrower)) ==> UnmappedBy(\old(info[p].borrower), p);
    ensures ended: \result == SEPTUM_OK ==>
      FrameIs(p, owner, NOBODY, FRAME_DATA, \old(info[p].at_owner), NOWHERE);
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post};
*/
int frame_revoke(uint32_t owner, uint64_t p);

/* The borrower gives the loan back; refused while it maps the frame. */
/*@ requires inv: Inv;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures kept: MemoryKept{Pre,Post};
    ensures allowed: \result == SEPTUM_OK <==> p < frame_count && Live(borrower) &&
      \old(info[p].borrower) == borrower && \old(info[p].kind) == FRAME_DATA && UnmappedBy{Pre}(borrower, p);
    ensures unmapped: \result == SEPTUM_OK ==> UnmappedBy(borrower, p);
    ensures ended: \result == SEPTUM_OK ==>
      FrameIs(p, \old(info[p].owner), NOBODY, FRAME_DATA, \old(info[p].at_owner), NOWHERE);
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post};
*/
int frame_release(uint32_t borrower, uint64_t p);

/* A frame of a dead owner becomes a data frame of `to`, and reads zero; refused while a living domain has it on loan. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures kept: MemoryKept{Pre,Post};
    ensures allowed: \result == SEPTUM_OK <==> p < frame_count && Live(to) && !Live(\old(info[p].owner)) &&
      \old(info[p].kind) != FRAME_NONE && (\old(info[p].kind) == FRAME_DATA ==> !Live(\old(info[p].borrower)));
    ensures taken: \result == SEPTUM_OK ==> FrameIs(p, to, NOBODY, FRAME_DATA, NOWHERE, NOWHERE) && ZeroFrame(p) &&
      UnmappedBy(to, p);
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int frame_reclaim(uint64_t p, uint32_t to);

/* A data frame that is not on loan becomes a vCPU page: mapped by its owner alone, neither given nor lent. */
/*@ requires inv: Inv;
    terminates \true;
    assigns info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures kept: MemoryKept{Pre,Post};
    ensures allowed: \result == SEPTUM_OK <==> p < frame_count && Live(owner) && \old(info[p].owner) == owner &&
      \old(info[p].kind) == FRAME_DATA && !Live(\old(info[p].borrower));
    ensures turned: \result == SEPTUM_OK ==>
      FrameIs(p, owner, NOBODY, FRAME_VCPU, \old(info[p].at_owner), \old(info[p].at_borrower));
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post};
*/
int frame_to_vcpu(uint32_t owner, uint64_t p);

/* May domain d, as its owner, dispose of data frame p: is it not on loan? enum septum_status. */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == SEPTUM_OK <==> Live(d) && p < frame_count && info[p].owner == d &&
      info[p].kind == FRAME_DATA && !Live(info[p].borrower);
    ensures busy: \result == SEPTUM_BUSY ==> Live(d) && p < frame_count && info[p].owner == d &&
      info[p].kind == FRAME_DATA && Live(info[p].borrower);
    ensures either: Live(d) && p < frame_count && info[p].owner == d && info[p].kind == FRAME_DATA ==>
      \result == SEPTUM_OK || \result == SEPTUM_BUSY;
*/
int may_dispose(uint32_t d, uint64_t p);

/* Nobody maps the frame: its words are the kernel's alone until it has its new owner. */
/*@ requires range: p < FRAMES;
    terminates \true;
    assigns ram[p];
    ensures zero: ZeroFrame(p);
*/
void zero_frame(uint64_t p);
