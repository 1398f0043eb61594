/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls of threads: messages, guests; the dispatch of the rest. */
#include <kernel/call.h>
#include <kernel/frame.h>
#include <kernel/ipc.h>
#include <kernel/vcpu_shadow.h>

uint64_t call_argument(uint64_t t, uint64_t i) { return context[t].x[REG_A0 + i]; }

/*@ requires slot: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures slot: \result < DOMAINS;
*/
static uint32_t domain_of(uint64_t t) { return thread[t].domain % NAME_SLOTS; }

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int call_call(uint64_t t)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, CAP_CALL);
	if (status != SEPTUM_OK)
		return status;
	uint64_t s = cap[d].slot[i].name % NAME_SLOTS;
	if (s == t)
		return SEPTUM_BAD_ARGUMENT;
	ipc_call(t, s, cap[d].slot[i].badge);
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int call_notify(uint64_t t, uint32_t right)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, right);
	if (status != SEPTUM_OK)
		return status;
	if (right == CAP_NOTIFY)
		ipc_notify(cap[d].slot[i].name % NAME_SLOTS, cap[d].slot[i].badge);
	else
		ipc_kick(cap[d].slot[i].name % NAME_SLOTS);
	return SEPTUM_OK;
}

/* Does this machine run guests in that mode? */
/*@ terminates \true;
    assigns \nothing;
    ensures known: \result == SEPTUM_OK ==> mode == 0 || mode == VCPU_SHADOW;
*/
static int mode_offered(uint64_t mode)
{
	if (mode > VCPU_SHADOW)
		return SEPTUM_BAD_ARGUMENT;
	uint64_t needed = mode == VCPU_SHADOW ? BOOT_HAS_SV48 : BOOT_HAS_H;
	return machine_features & needed ? SEPTUM_OK : SEPTUM_BAD_STATE;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int call_vcpu_bind(uint64_t t)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	uint64_t j = call_argument(t, 1);
	uint64_t p = call_argument(t, 2);
	uint64_t mode = call_argument(t, 3);
	int status = cap_check(d, i, CAP_THREAD, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = cap_check(d, j, CAP_DOMAIN, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = mode_offered(mode);
	if (status != SEPTUM_OK)
		return status;
	uint64_t other = cap[d].slot[i].name % NAME_SLOTS;
	uint32_t guest = cap[d].slot[j].name;
	if (thread[other].state != THREAD_STOPPED || vcpu[other].guest != NOBODY)
		return SEPTUM_BAD_STATE;
	if (dom[guest % NAME_SLOTS].kind != SEPTUM_GUEST || dom[guest % NAME_SLOTS].root == NO_ROOT)
		return SEPTUM_BAD_STATE;
	if (!domain_peers(thread[other].domain, guest))
		return SEPTUM_DENIED;
	status = frame_to_vcpu(thread[other].domain, p);
	if (status != SEPTUM_OK)
		return status;
	domain_seal(guest);
	shadow_believed();
	vcpu_bind(other, guest, p, (uint32_t)mode);
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns info[0 .. FRAMES-1], shadow[0 .. THREADS-1];
    KERNEL_KEPT;
*/
static int arena(uint64_t t, uint64_t p)
{
	return shadow_arena(t, p);
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int call_vcpu_arena(uint64_t t)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, CAP_CONTROL);
	if (status != SEPTUM_OK)
		return status;
	uint64_t other = cap[d].slot[i].name % NAME_SLOTS;
	if (thread[other].state != THREAD_STOPPED || vcpu[other].guest == NOBODY || shadow[other].on == 0)
		return SEPTUM_BAD_STATE;
	return arena(other, call_argument(t, 1));
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int call_vcpu_save(uint64_t t)
{
	if (vcpu[t].guest == NOBODY)
		return SEPTUM_BAD_STATE;
	vcpu_show_state(thread[t].hart, t);
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int call_vcpu_fence(uint64_t t)
{
	if (vcpu[t].guest == NOBODY)
		return SEPTUM_BAD_STATE;
	vcpu_fence(thread[t].hart, t, call_argument(t, 0), call_argument(t, 1), call_argument(t, 2), call_argument(t, 3));
	return SEPTUM_OK;
}

void call_vcpu_run(uint64_t h, uint64_t t, uint64_t flags)
{
	if (vcpu[t].guest == NOBODY || flags > (VCPU_RUN_LOAD | VCPU_RUN_TIMER)) {
		context[t].x[REG_A0] = (uint64_t)(int64_t)(flags > 3 ? SEPTUM_BAD_ARGUMENT : SEPTUM_BAD_STATE);
		return;
	}
	if (flags & VCPU_RUN_LOAD)
		vcpu_take_state(h, t);
	if (flags & VCPU_RUN_TIMER)
		vcpu_take_deadline(h, t);
	vcpu[t].inside = 1;
}

/* Calls that may block set the caller's registers themselves when they end; the rest return a status at once. */
/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
static int dispatch(uint64_t t, uint64_t number)
{
	switch (number) {
	case SEPTUM_NOTIFY: return call_notify(t, CAP_NOTIFY);
	case SEPTUM_VCPU_KICK: return call_notify(t, CAP_KICK);
	case SEPTUM_VCPU_BIND: return call_vcpu_bind(t);
	case SEPTUM_VCPU_ARENA: return call_vcpu_arena(t);
	case SEPTUM_VCPU_SAVE: return call_vcpu_save(t);
	case SEPTUM_VCPU_FENCE: return call_vcpu_fence(t);
	default: break;
	}
	if (number >= SEPTUM_IRQ_BIND)
		return call_machine(t, number);
	if (number >= SEPTUM_FRAME_GIVE)
		return call_memory(t, number);
	return call_object(t, number);
}

void call_dispatch(uint64_t t)
{
	uint64_t number = context[t].x[REG_A7];
	if (number == SEPTUM_REPLY_WAIT) {
		ipc_reply_wait(t);
		return;
	}
	if (number == SEPTUM_CALL) {
		int status = call_call(t);
		if (status != SEPTUM_OK)
			context[t].x[REG_A0] = (uint64_t)(int64_t)status;
		return;
	}
	context[t].x[REG_A0] = (uint64_t)(int64_t)dispatch(t, number);
}
