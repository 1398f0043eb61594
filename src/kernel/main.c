/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* From the loader to the first thread. */
#include <kernel/main.h>

/* The manager's capabilities at start: itself, the machine, its books, its thread, and every device window. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns cap[0 .. DOMAINS-1];
*/
static void manager_caps(uint64_t t)
{
	cap_put(MANAGER_SLOT, BOOT_CAP_SELF, CAP_DOMAIN, MANAGER_NAME, 0);
	cap_put(MANAGER_SLOT, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0, 0);
	cap_put(MANAGER_SLOT, BOOT_CAP_AUDIT, CAP_AUDIT, 0, 0);
	cap_put(MANAGER_SLOT, BOOT_CAP_THREAD, CAP_THREAD, thread_name(t), 0);
	/*@ loop invariant range: 0 <= w <= WINDOWS;
	    loop assigns w, cap[0 .. DOMAINS-1];
	    loop variant WINDOWS - w;
	*/
	for (uint32_t w = 0; w < WINDOWS && w < boot.window_count; w++) {
		cap_put(MANAGER_SLOT, BOOT_CAP_WINDOW + w, CAP_WINDOW, w, 0);
		if (boot.window[w].irq != 0)
			cap_put(MANAGER_SLOT, BOOT_CAP_IRQ + w, CAP_IRQ, (uint32_t)(boot.window[w].irq % IRQS), 0);
	}
}

#define MANAGER_PRIORITY 6

/*@ requires ranges: Ranges && h < HARTS;
    requires manager: Live(MANAGER_NAME) && dom[MANAGER_SLOT].kind == SEPTUM_SERVER;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], thread_top, cap[0 .. DOMAINS-1];
    ensures ranges: Ranges;
*/
static void manager_thread(uint64_t h)
{
	uint64_t t = thread_new(MANAGER_NAME, h, MANAGER_PRIORITY, 0);
	if (t == NO_THREAD)
		return;
	manager_caps(t);
	context[t].pc = boot.manager_entry;
	context[t].x[REG_SP] = boot.manager_stack;
	thread_wake(t, 0);
}

/* Every hart, before the first joins: nothing runs there. */
/*@ terminates \true;
    assigns hart[0 .. HARTS-1];
    ensures idle: \forall integer h; 0 <= h < HARTS ==> hart[h].current == NO_THREAD &&
      hart[h].loaded == NO_THREAD && hart[h].fp == NO_THREAD && hart[h].space == DOMAINS && hart[h].cursor == 0;
*/
static void harts_idle(void)
{
	/*@ loop invariant range: 0 <= h <= HARTS;
	    loop invariant idle: \forall integer k; 0 <= k < h ==> hart[k].current == NO_THREAD &&
	      hart[k].loaded == NO_THREAD && hart[k].fp == NO_THREAD && hart[k].space == DOMAINS && hart[k].cursor == 0;
	    loop assigns h, hart[0 .. HARTS-1];
	    loop variant HARTS - h;
	*/
	for (uint64_t h = 0; h < HARTS; h++)
		hart[h] = (struct hart){.current = NO_THREAD, .loaded = NO_THREAD, .fp = NO_THREAD, .space = DOMAINS};
}

/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns hart[0 .. HARTS-1];
    ensures ranges: Ranges;
*/
static void hart_join(uint64_t h)
{
	hart_init(h, machine_features);
	hart[h].since = hart_time();
	hart[h].online = 1;
}

/*@ requires text: \valid_read(text + (0 .. bytes - 1));
    terminates \true;
    assigns \nothing;
*/
static void put_text(const char *text, uint64_t bytes)
{
	/*@ loop invariant range: 0 <= i <= bytes;
	    loop assigns i;
	    loop variant bytes - i;
	*/
	for (uint64_t i = 0; i < bytes; i++)
		firmware_put((uint64_t)text[i]);
}

/*@ terminates \true; assigns \nothing; */
static void put_hex(uint64_t v)
{
	firmware_put(' ');
	/*@ loop invariant range: 0 <= i <= 16;
	    loop assigns i;
	    loop variant 16 - i;
	*/
	for (uint64_t i = 0; i < 16; i++) {
		uint64_t digit = v >> (60 - 4 * i) & 15;
		firmware_put(digit < 10 ? '0' + digit : 'a' + digit - 10);
	}
}

/*@ terminates \true; assigns \nothing; */
static void refuse(int rule)
{
	static const char text[] = "septum: error: the loader's boot information breaks rule (enum boot_fault)";
	put_text(text, sizeof text - 1);
	put_hex((uint64_t)rule);
	firmware_put('\n');
	firmware_off(0);
}

void main_panic(uint64_t cause)
{
	static const char text[] = "\nseptum: panic: the kernel trapped (cause 0: the IOMMU is silent): scause, sepc, stval:";
	put_text(text, sizeof text - 1);
	put_hex(cause);
	put_hex(hart_sepc());
	put_hex(hart_stval());
	firmware_put('\n');
	firmware_off(0);
}

/* Memory and harts as the boot information says; BOOT_OK, or what is wrong with it. */
/*@ requires unused: Unused;
    requires clean: Clean;
    requires off: \forall integer t; 0 <= t < THREADS ==> shadow[t].on == 0;
    terminates \true;
    assigns KERNEL_STATE, machine_features, hart_count, frame_count, ram_base_pfn;
    ensures inv: \result == BOOT_OK ==> Inv;
    ensures devices: \result == BOOT_OK ==> Contexts;
    ensures shadow: \result == BOOT_OK ==> ShadowInv;
    ensures caught: \result == BOOT_OK ==> Caught;
    ensures clean: \result == BOOT_OK ==> Clean;
    ensures ranges: \result == BOOT_OK ==> Ranges && boot.boot_hart < hart_count;
*/
static int set_up(void)
{
	int rule = boot_check();
	if (rule != BOOT_OK)
		return rule;
	machine_features = boot.features;
	hart_count = (uint32_t)boot.hart_count;
	if (boot_memory() != SEPTUM_OK)
		return BOOT_NO_SPACE;
	harts_idle();
	hart_join(boot.boot_hart);
	manager_thread(boot.boot_hart);
	return BOOT_OK;
}

uint64_t main_first(void)
{
	int rule = set_up();
	if (rule != BOOT_OK) {
		refuse(rule);
		return RESUME_OFF;
	}
	/*@ loop invariant range: 0 <= other <= hart_count;
	    loop assigns other;
	    loop variant hart_count - other;
	*/
	for (uint64_t other = 0; other < hart_count; other++)
		if (other != boot.boot_hart)
			hart_start(other);
	kernel_lock();
	uint64_t what = trap_leave(boot.boot_hart);
	kernel_unlock();
	return what;
}

uint64_t main_second(uint64_t h)
{
	kernel_lock();
	hart_join(h);
	uint64_t what = trap_leave(h);
	kernel_unlock();
	return what;
}
