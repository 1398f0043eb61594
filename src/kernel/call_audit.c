/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The books and the tables, four words a call, for who checks the invariant from outside. They are mapped by nobody. */
#include <kernel/call.h>

uint64_t changes;

/*@ requires slot: t < THREADS;
    terminates \true;
    assigns context[t].x[REG_A1 .. REG_A5];
    ensures ok: \result == SEPTUM_OK;
    ensures told: Told(t, a, b, c, d);
*/
static int tell(uint64_t t, uint64_t a, uint64_t b, uint64_t c, uint64_t d) { return call_answer(t, a, b, c, d, changes); }

/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns context[t].x[REG_A1 .. REG_A5];
    ensures exact: \result == SEPTUM_OK ==> ToldRecord(t, what, n, i);
    ensures refused: \result != SEPTUM_OK ==> context[t] == \old(context[t]);
*/
static int record(uint64_t t, uint64_t what, uint64_t n, uint64_t i)
{
	uint64_t s = n % DOMAINS, w = n % WINDOWS, v = n % DEVICES, k = i % 128 * 4;
	if (what <= AUDIT_TABLE && n >= frame_count)
		return SEPTUM_BAD_ARGUMENT;
	switch (what) {
	case AUDIT_FRAME:
		return tell(t, info[n].at_owner, info[n].at_borrower, info[n].owner + AUDIT_HIGH * info[n].borrower, info[n].kind);
	case AUDIT_TABLE:
		if (info[n].kind < FRAME_TABLE0)
			return SEPTUM_BAD_KIND;
		return tell(t, ram[n].word[k], ram[n].word[k + 1], ram[n].word[k + 2], ram[n].word[k + 3]);
	case AUDIT_KERNEL:
		return tell(t, kernel_root_table[k], kernel_root_table[k + 1], kernel_root_table[k + 2], kernel_root_table[k + 3]);
	case AUDIT_DOMAIN: return tell(t, dom[s].kind, dom[s].name, dom[s].root, dom[s].sealed);
	case AUDIT_WINDOW: return tell(t, window[w].base_pfn, window[w].at, window[w].owner, 0);
	case AUDIT_DEVICE:
		return tell(t, device_owner[v], device_context[v].tc, device_context[v].iohgatp, device_context[v].rest[i % 6]);
	case AUDIT_SHADOW: return tell(t, shadow[s].on ? vcpu[s].guest : NOBODY, shadow[s].first, shadow[s].used, shadow[s].emptied);
	default: return SEPTUM_BAD_ARGUMENT;
	}
}

int call_audit(uint64_t t)
{
	int status = cap_check(thread[t].domain % NAME_SLOTS, call_argument(t, 0), CAP_AUDIT, 0);
	return status != SEPTUM_OK ? status : record(t, call_argument(t, 1), call_argument(t, 2), call_argument(t, 3));
}
