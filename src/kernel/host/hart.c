/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* CSRs, contexts, time and firmware of the fake machine. */
#include <assert.h>
#include <string.h>

#include "host.h"
#include "state.h"

struct host_hart host_hart[HARTS];
uint32_t host_self;
uint64_t host_time;
uint32_t host_locked;
uint64_t host_fp[THREADS][33];
char host_output[HOST_OUTPUT];
jmp_buf host_off;
uint64_t host_off_how;
static uint32_t output_count;

static struct host_hart *self(void)
{
    assert(host_self < HARTS);
    return &host_hart[host_self];
}

void host_hart_reset(void)
{
    memset(host_hart, 0, sizeof(host_hart));
    for (uint32_t h = 0; h < HARTS; h++) { /* satp is as the loader left it */
        host_hart[h].space = host_hart[h].last = DOMAINS;
        host_hart[h].shadow = NO_FRAME;
    }
    host_shadow_tlb_reset();
    memset(host_fp, 0, sizeof(host_fp));
    memset(host_output, 0, sizeof(host_output));
    output_count = 0;
    host_self = 0;
    host_time = 0;
    host_locked = 0;
    host_off_how = 0;
}

uint64_t hart_scause(void) { return self()->scause; }
uint64_t hart_stval(void) { return self()->stval; }
uint64_t hart_sepc(void) { return self()->sepc; }
uint64_t hart_sstatus(void) { return self()->sstatus; }
void hart_set_sstatus(uint64_t v) { self()->sstatus = v; }
void hart_set_hstatus(uint64_t v) { self()->hstatus = v; }
uint64_t hart_htval(void) { return self()->htval; }
uint64_t hart_htinst(void) { return self()->htinst; }
void hart_vector_guest(void) { self()->vector = HOST_VECTOR_GUEST; }
void hart_vector_server(void) { self()->vector = HOST_VECTOR_SERVER; }

uint64_t hart_swap_senvcfg(uint64_t v)
{
    uint64_t old = self()->senvcfg;

    self()->senvcfg = v;
    return old;
}

uint64_t hart_swap_scounteren(uint64_t v)
{
    uint64_t old = self()->scounteren;

    self()->scounteren = v;
    return old;
}

uint64_t hart_vs_read(uint64_t which)
{
    assert(which < VS_CSRS);
    return self()->vs[which];
}

void hart_vs_write(uint64_t which, uint64_t v)
{
    assert(which < VS_CSRS);
    self()->vs[which] = v;
}

/* vsip shows hvip one place lower, and the timer [priv 19.2.11, 19.2.12, Sstc]. */
uint64_t hart_vsip_and_vsie(void)
{
    uint64_t vsip = self()->vs[HVIP] / 2;

    if ((machine_features & BOOT_HAS_SSTC) && host_time >= self()->vs[VSTIMECMP])
        vsip |= VSIE_STIE;
    return vsip & self()->vs[VSIE];
}

void hart_set_hgatp(uint32_t name, uint64_t p)
{
    assert(self()->vs[VSATP] == 0); /* no walk may combine one guest's vsatp with the other's hgatp */
    assert(domain_live(name) && p < frame_count);
    self()->hgatp = HGATP_SV39X4 + name % NAME_SLOTS * HGATP_VMID + ram_base_pfn + p;
}

void hart_set_hedeleg(uint64_t v) { self()->hedeleg = v; }

void hart_init(uint64_t h, uint64_t features)
{
    assert(h == host_self);
    hart_vector_server();
    self()->timer = UINT64_MAX;
    self()->scounteren = COUNTEREN_TM;
    if (features & BOOT_HAS_H) {
        self()->hstatus = HSTATUS_SERVER;
        self()->hedeleg = HEDELEG_GUEST;
    }
}

static int fp_on(void) { return (self()->sstatus & SSTATUS_FS) != 0; }

void hart_fp_save(uint64_t t)
{
    assert(t < THREADS && fp_on());
    memcpy(host_fp[t], self()->f, sizeof(host_fp[t]));
}

void hart_fp_load(uint64_t t)
{
    assert(t < THREADS && fp_on());
    memcpy(self()->f, host_fp[t], sizeof(host_fp[t]));
}

void hart_fp_clear(uint64_t t)
{
    assert(t < THREADS);
    memset(host_fp[t], 0, sizeof(host_fp[t]));
}

void hart_set_space(uint32_t name, uint64_t p)
{
    assert(domain_live(name) && p < frame_count);
    self()->last = name % NAME_SLOTS;
    self()->last_root = p;
    hart_restore_space();
}

void hart_idle(void) {}

void hart_set_kernel_space(void)
{
    self()->space = DOMAINS;
    self()->root = NO_ROOT;
    self()->shadow = NO_FRAME;
}

void hart_restore_space(void)
{
    assert(self()->last < DOMAINS);
    self()->space = self()->last;
    self()->root = self()->last_root;
    self()->shadow = NO_FRAME;
}

/* Entry 0 of a top page leads to a table whose upper half is the kernel's: else the next instruction is not mapped. */
void hart_set_shadow(uint64_t p, uint64_t asid)
{
    assert((machine_features & BOOT_HAS_SV48) && p < frame_count && info[p].kind == FRAME_SHADOW);
    assert(asid >= DOMAINS && asid < 65536);
    uint64_t low = (ram[p].word[0] >> 10) - ram_base_pfn;
    assert((ram[p].word[0] & 0x3ff) == 1 && low < frame_count && info[low].kind == FRAME_SHADOW);
    for (uint32_t i = ROOT_SLOTS; i < FRAME_WORDS; i++)
        assert(ram[low].word[i] == kernel_root_table[i]);
    self()->shadow = p;
    self()->asid = asid;
    host_shadow_tlb_enter();
}

/* 16 bits of the guest's, where the shadow root leads to. */
static uint64_t parcel(uint64_t va)
{
    uint64_t at = self()->shadow;

    for (uint32_t level = 4; level-- > 0;) {
        const uint64_t e = ram[at].word[va >> (12 + 9 * level) & 511];

        if ((e & 1) == 0)
            return FETCH_NONE;
        at = (e >> 10) - ram_base_pfn;
        if ((e & 14) != 0)
            return ram[at + (level == 1 ? va >> 12 & 511 : 0)].word[va / 8 % 512] >> va % 8 * 8 & 0xffff;
    }
    return FETCH_NONE;
}

uint64_t hart_fetch(uint64_t pc)
{
    uint64_t low, high;

    if (self()->shadow == NO_FRAME || (pc + (UINT64_C(1) << 38)) >> 39 != 0)
        return FETCH_NONE;
    low = parcel(pc);
    if (low % 4 != 3 || low == FETCH_NONE)
        return low;
    high = parcel(pc + 2);
    return high == FETCH_NONE ? FETCH_NONE : high << 16 | low;
}

void hart_fence_shadow(uint64_t va, uint64_t asid, uint64_t which)
{
    assert(which < 3 && asid < 65536);
    self()->shadow_fences++;
    host_shadow_tlb_fence(va, asid, which);
}

void hart_select_context(uint64_t h, uint64_t t)
{
    assert(h < HARTS && t < THREADS);
    host_hart[h].context = t;
}

void hart_select_page(uint64_t h, uint64_t p)
{
    assert(h < HARTS && p < frame_count);
    host_hart[h].page = p;
}

uint64_t hart_self(void) { return host_self; }
uint64_t hart_time(void) { return host_time; }
void hart_set_timer(uint64_t when) { self()->timer = when; }

uint64_t hart_interrupts(void)
{
    uint64_t which = self()->ipi ? SIE_SSIE : 0;

    which |= host_time >= self()->timer ? SIE_STIE : 0;
    return which | (host_plic_wants(host_self) ? SIE_SEIE : 0);
}

void hart_clear_ipi(void) { self()->ipi = 0; }

void hart_send_ipi(uint64_t h)
{
    assert(h < HARTS);
    host_hart[h].ipi = 1;
    host_hart[h].ipis++;
}

/* The other hart's part, up to where it asks for the lock: the caller may hold that. */
void hart_evict(uint64_t h, uint64_t t)
{
    assert(h < HARTS && t < THREADS);
    if (running_look(h) != t)
        return;
    assert(h != host_self);
    hart_send_ipi(h);
    running_clear(h);
}

int32_t hart_start(uint64_t h)
{
    assert(h < HARTS);
    host_hart[h].started = 1;
    return 0;
}

void kernel_lock(void)
{
    assert(host_locked == 0);
    host_locked = 1;
}

void kernel_unlock(void)
{
    assert(host_locked == 1);
    host_locked = 0;
}

void firmware_put(uint64_t character)
{
    if (output_count < HOST_OUTPUT - 1)
        host_output[output_count++] = (char)character;
}

void firmware_off(uint64_t how)
{
    host_off_how = how;
    host_locked = 0;
    longjmp(host_off, 1);
}
