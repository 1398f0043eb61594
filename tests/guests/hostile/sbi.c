/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Firmware calls with arguments that a decoder may trip over. Wants two CPUs. */
#include "hostile.h"

#define NOT_SUPPORTED   (-2)
#define INVALID_ADDRESS (-5)
#define ANY_ERROR       1
#define ANY             2
#define HSM_STOPPED     1

struct call {
    const char *name;
    uint64_t extension, function, a0, a1, a2;
    int64_t want;
};

static volatile uint64_t second_came;

/* The second CPU of whichever case started one. */
void guest_second(uint64_t hart, uint64_t number)
{
    (void)hart;
    if (number == SECOND_OF_ASID)
        second_of_asid();
    if (number == SECOND_OF_FLIP)
        second_of_flip();
    second_came = number;
    sbi(SBI_HSM, 1, 0, 0, 0, 0, 0);
}

static void run(const struct call *call, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct call *c = &call[i];
        int64_t error = sbi(c->extension, c->function, c->a0, c->a1, c->a2, 0, 0).error;
        bool good = c->want == ANY || (c->want == ANY_ERROR ? error < 0 : error == c->want);

        check(good, c->name, (uint64_t)error);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Both directions of the debug console, at what is not the guest's memory. */
static void console_calls(struct range memory)
{
    uint64_t base = memory.base, end = base + memory.bytes;
    const struct call calls[] = {
        {"write below", SBI_DBCN, 0, 16, 0x1000, 0, ANY_ERROR},
        {"write at uart", SBI_DBCN, 0, 8, 0x10000000, 0, ANY_ERROR},
        {"write at plic", SBI_DBCN, 0, 8, 0x0c000000, 0, ANY_ERROR},
        {"write behind end", SBI_DBCN, 0, 16, end, 0, ANY_ERROR},
        {"write before base", SBI_DBCN, 0, 16, base - 16, 0, ANY_ERROR},
        {"write wraps", SBI_DBCN, 0, UINT64_MAX, UINT64_MAX - 7, 0, ANY_ERROR},
        {"write at top", SBI_DBCN, 0, 16, UINT64_MAX - 7, 0, ANY_ERROR},
        {"write high half", SBI_DBCN, 0, 16, base, 1, ANY_ERROR},
        {"write high bits", SBI_DBCN, 0, 16, base, UINT64_MAX, ANY_ERROR},
        {"write at bit 63", SBI_DBCN, 0, 16, base | UINT64_C(1) << 63, 0, ANY_ERROR},
        {"write nothing", SBI_DBCN, 0, 0, base, 0, 0},
        {"read below", SBI_DBCN, 1, 16, 0x1000, 0, ANY_ERROR},
        {"read behind end", SBI_DBCN, 1, 16, end, 0, ANY_ERROR},
        {"read before base", SBI_DBCN, 1, 16, base - 16, 0, ANY_ERROR},
        {"read wraps", SBI_DBCN, 1, UINT64_MAX, UINT64_MAX - 7, 0, ANY_ERROR},
        {"read high half", SBI_DBCN, 1, 16, base, 1, ANY_ERROR},
        {"console function 3", SBI_DBCN, 3, 0, 0, 0, NOT_SUPPORTED},
    };
    struct sbi_result cut;

    run(calls, COUNT(calls));
    /* Across the end: refused, or only what lies inside. */
    cut = sbi(SBI_DBCN, 0, 64, end - 8, 0, 0, 0);
    check(cut.error < 0 || cut.value <= 8, "write across end", cut.value);
    cut = sbi(SBI_DBCN, 0, UINT64_MAX - end + 9, end - 8, 0, 0, 0);
    check(cut.error < 0 || cut.value <= 8, "write across all", cut.value);
    cut = sbi(SBI_DBCN, 1, 64, end - 8, 0, 0, 0);
    check(cut.error < 0 || cut.value <= 8, "read across end", cut.value);
}

static void hart_calls(uint64_t hart, struct range memory)
{
    uint64_t other = hart == 0 ? 1 : 0, end = memory.base + memory.bytes;
    const struct call calls[] = {
        {"start no hart", SBI_HSM, 0, 77, memory.base, 0, ANY_ERROR},
        {"start hart -1", SBI_HSM, 0, UINT64_MAX, memory.base, 0, ANY_ERROR},
        {"start hart 2^32", SBI_HSM, 0, UINT64_C(1) << 32 | other, memory.base, 0, ANY_ERROR},
        {"start self", SBI_HSM, 0, hart, memory.base, 0, ANY_ERROR},
        {"start below", SBI_HSM, 0, other, 0x1000, 0, ANY_ERROR},
        {"start at end", SBI_HSM, 0, other, end, 0, ANY_ERROR},
        {"start at top", SBI_HSM, 0, other, UINT64_MAX - 1, 0, ANY_ERROR},
        {"start at uart", SBI_HSM, 0, other, 0x10000000, 0, ANY_ERROR},
        {"status no hart", SBI_HSM, 2, 77, 0, 0, ANY_ERROR},
        {"suspend odd", SBI_HSM, 3, 0x1234, 0, 0, ANY_ERROR},
        {"suspend at end", SBI_HSM, 3, UINT64_C(0x80000000), end, 0, ANY_ERROR},
        {"hart function 9", SBI_HSM, 9, 0, 0, 0, NOT_SUPPORTED},
        {"ipi no hart", SBI_IPI, 0, 1, 77, 0, ANY_ERROR},
        {"ipi too many", SBI_IPI, 0, UINT64_MAX, 0, 0, ANY_ERROR},
        {"ipi far", SBI_IPI, 0, 1, UINT64_MAX - 1, 0, ANY_ERROR},
        {"ipi wraps", SBI_IPI, 0, UINT64_MAX, UINT64_MAX - 7, 0, ANY_ERROR},
        {"ipi nobody", SBI_IPI, 0, 0, 0, 0, ANY},
        {"ipi function 1", SBI_IPI, 1, 1, 0, 0, NOT_SUPPORTED},
        {"fence no hart", SBI_RFENCE, 0, 1, 77, 0, ANY_ERROR},
        {"fence too many", SBI_RFENCE, 1, UINT64_MAX, 0, 0, ANY_ERROR},
        {"fence far", SBI_RFENCE, 1, 2, UINT64_MAX - 2, 0, ANY_ERROR},
        {"guest fence", SBI_RFENCE, 3, 1, hart, 0, ANY_ERROR},
        {"guest fence vmid", SBI_RFENCE, 4, 1, hart, 0, ANY_ERROR},
        {"guest fence asid", SBI_RFENCE, 5, 1, hart, 0, ANY_ERROR},
        {"guest fence vvma", SBI_RFENCE, 6, 1, hart, 0, ANY_ERROR},
        {"fence function 7", SBI_RFENCE, 7, 1, hart, 0, ANY_ERROR},
    };

    run(calls, COUNT(calls));
    check(sbi(SBI_HSM, 2, other, 0, 0, 0, 0).value == HSM_STOPPED, "other still stopped", other);
    csr_clear("sip", 1u << IRQ_SOFTWARE);
}

/* Fences of the own hart over odd ranges: done, or refused because the range wraps. They must return. */
static void odd_fences(uint64_t hart)
{
    static const uint64_t odd[] = {0, 1, 4095, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(0x80200000)};

    for (size_t i = 0; i < COUNT(odd); i++)
        for (size_t j = 0; j < COUNT(odd); j++) {
            int64_t fence = sbi(SBI_RFENCE, 1, 1, hart, odd[i], odd[j], 0).error;
            int64_t asid = sbi(SBI_RFENCE, 2, 1, hart, odd[i], odd[j], UINT64_MAX).error;

            check(fence == 0 || fence == INVALID_ADDRESS, "odd fence", odd[i]);
            check(asid <= 0 && asid >= INVALID_ADDRESS, "odd asid", odd[i]);
        }
    check(sbi(SBI_RFENCE, 0, UINT64_MAX, UINT64_MAX, 0, 0, 0).error == 0, "fence.i for all", 0);
}

static void unknown_calls(void)
{
    static const uint64_t unknown[] = {
        0x09,
        0x0a,
        0x0f,
        0x11,
        0x4e41434c,
        0x504d55,
        0x53555350,
        0x43505043,
        0x535441,
        0x535345,
        0x46574654,
        0x44425452,
        0x4d505859,
        0x08000000,
        0x09000000,
        0x0a000000,
        0x0b000000,
        UINT64_MAX,
        UINT64_C(0x100000010),
        UINT64_C(0x8000000054494d45),
    };

    for (size_t i = 0; i < COUNT(unknown); i++) {
        int64_t error = sbi(unknown[i], 0, 0, 0, 0, 0, 0).error;
        check(error == NOT_SUPPORTED, "unknown extension", unknown[i]);
        check(sbi(SBI_BASE, 3, unknown[i], 0, 0, 0, 0).value == 0, "probe", unknown[i]);
    }
    check(sbi(SBI_BASE, 7, 0, 0, 0, 0, 0).error == NOT_SUPPORTED, "base function 7", 0);
    check(sbi(SBI_TIME, 1, 0, 0, 0, 0, 0).error == NOT_SUPPORTED, "time function 1", 0);
    check(sbi(SBI_SRST, 1, 0, 0, 0, 0, 0).error == NOT_SUPPORTED, "reset function 1", 0);
    check(sbi(SBI_SRST, 0, 0x1234, 0, 0, 0, 0).error < 0, "reset type", 0);
    for (unsigned i = 0; i < 2000; i++) {
        static const uint64_t known[] = {SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_DBCN, SBI_SRST};
        uint64_t extension = random() % 2 ? known[random() % 7] : random() | UINT64_C(1) << 40;

        check(sbi(extension, 16 + (random() >> random() % 60), random(), random(), random(), random(), random()).error <
                  0,
              "random call", extension);
    }
}

void case_sbi(uint64_t hart, const void *tree)
{
    struct range memory = tree_memory(tree);
    uint64_t other = hart == 0 ? 1 : 0, deadline;

    console_calls(memory);
    hart_calls(hart, memory);
    odd_fences(hart);
    unknown_calls();
    check(call_changes(SBI_BASE, 0, 0) == 0, "call changes registers", call_changes(SBI_BASE, 0, 0));
    check(call_changes(SBI_TIME, 0, UINT64_MAX) == 0, "set_timer changes registers", 0);
    check(call_changes(0x999, 0, 0) == 0, "unknown call changes registers", 0);

    check(sbi(SBI_HSM, 0, other, (uint64_t)start_second, SECOND_OF_SBI, 0, 0).error == 0, "start other", other);
    deadline = now() + 5 * TICKS_PER_SECOND;
    while (second_came == 0 && now() < deadline)
        sleep_ticks(1000);
    check(second_came == SECOND_OF_SBI, "other came", second_came);
    while (sbi(SBI_HSM, 2, other, 0, 0, 0, 0).value != HSM_STOPPED && now() < deadline)
        sleep_ticks(1000);
    check(sbi(SBI_HSM, 2, other, 0, 0, 0, 0).value == HSM_STOPPED, "other stopped again", other);
}
