/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* From the loader to the first thread. */
#include <kernel/boot.h>
#include <kernel/cap.h>
#include <kernel/main.h>
#include <kernel/trap.h>

/* The manager's capabilities at start: itself, the machine, its thread, and every device window. */
static void manager_caps(uint64_t t)
{
	cap_put(MANAGER_SLOT, BOOT_CAP_SELF, CAP_DOMAIN, MANAGER_NAME, 0);
	cap_put(MANAGER_SLOT, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0, 0);
	cap_put(MANAGER_SLOT, BOOT_CAP_THREAD, CAP_THREAD, thread_name(t), 0);
	for (uint32_t w = 0; w < WINDOWS && w < boot.window_count; w++) {
		cap_put(MANAGER_SLOT, BOOT_CAP_WINDOW + w, CAP_WINDOW, w, 0);
		if (boot.window[w].irq != 0)
			cap_put(MANAGER_SLOT, BOOT_CAP_IRQ + w, CAP_IRQ, (uint32_t)(boot.window[w].irq % IRQS), 0);
	}
}

#define MANAGER_PRIORITY 6

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

static void hart_join(uint64_t h)
{
	hart_init(h, machine_features);
	hart[h].current = NO_THREAD;
	hart[h].loaded = NO_THREAD;
	hart[h].fp = NO_THREAD;
	hart[h].space = DOMAINS;
	hart[h].since = hart_time();
	running_clear(h);
	hart[h].online = 1;
}

static void put_text(const char *text)
{
	for (uint64_t i = 0; text[i] != 0; i++)
		firmware_put((uint64_t)text[i]);
}

static void put_hex(uint64_t v)
{
	for (uint64_t i = 0; i < 16; i++) {
		uint64_t digit = v >> (60 - 4 * i) & 15;
		firmware_put(digit < 10 ? '0' + digit : 'a' + digit - 10);
	}
}

static void refuse(int rule)
{
	put_text("septum: error: the loader's boot information breaks rule ");
	put_hex((uint64_t)rule);
	put_text(" (enum boot_fault)\n");
	firmware_off(0);
}

void main_panic(uint64_t cause)
{
	put_text("\nseptum: panic: the kernel trapped: scause ");
	put_hex(cause);
	put_text(" sepc ");
	put_hex(hart_sepc());
	put_text(" stval ");
	put_hex(hart_stval());
	put_text("\n");
	firmware_off(0);
}

uint64_t main_first(void)
{
	int rule = boot_check();
	if (rule != 0)
		refuse(rule);
	uint64_t h = (uint32_t)boot.boot_hart;
	machine_features = boot.features;
	hart_count = (uint32_t)boot.hart_count;
	rule = boot_memory();
	if (rule != SEPTUM_OK)
		refuse(99);
	hart_join(h);
	manager_thread(h);
	for (uint64_t other = 0; other < hart_count; other++)
		if (other != h)
			hart_start(other);
	kernel_lock();
	uint64_t what = trap_leave(h);
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
