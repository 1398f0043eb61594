/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Sequences of SBI calls with hostile arguments: every answer is a known one, nothing outside the guest is touched. */
#include "hart.h"
#include "input.h"
#include "sbi.h"
#include "world.h"

#define CPUS 3u

static uint64_t take_extension(struct input *in)
{
    static const uint64_t known[] = {SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST, SBI_DBCN, 1, 2};
    uint64_t choice = input_take(in, 1);

    return choice < 0xf0 ? known[choice % (sizeof known / sizeof known[0])] : input_take(in, 8);
}

/* Small numbers, guest addresses, the edges of all, or anything. */
static uint64_t take_argument(struct input *in)
{
    uint64_t choice = input_take(in, 1);

    switch (choice & 7u) {
    case 0:
        return choice >> 3;
    case 1:
        return GUEST_RAM_BASE + (input_take(in, 3) & (2 * WORLD_MEMORY - 1));
    case 2:
        return GUEST_RAM_BASE + WORLD_MEMORY - (choice >> 3);
    case 3:
        return UINT64_MAX - (choice >> 3);
    case 4:
        return input_take(in, 2);
    case 5:
        return UINT64_C(1) << (choice >> 3);
    case 6:
        return GUEST_RAM_BASE - (choice >> 3);
    default:
        return input_take(in, 8);
    }
}

static void check_world(void)
{
    DEMAND((world.kicked | world.woken) >> CPUS == 0);
    for (uint32_t i = 0; i < CPUS; i++) {
        uint32_t state = world.monitor.hart[i].state;

        DEMAND(state == HART_STARTED || state == HART_STOPPED || state == HART_START_PENDING);
        if (state == HART_START_PENDING)
            DEMAND(memory_at(&world.monitor.memory, world.monitor.hart[i].start_pc, 2) != NULL);
    }
    for (uint32_t i = CPUS; i < GUEST_CPUS; i++)
        DEMAND(world.page[i]->inject == 0);
    DEMAND(world.monitor.hart_lock.taken == 0 && world.monitor.device_lock.taken == 0 &&
           world.monitor.out_lock.taken == 0);
}

static void one_call(struct input *in)
{
    struct hart *h = &world.monitor.hart[0];
    uint64_t extension = take_extension(in);
    uint64_t function = input_take(in, 1);
    uint64_t argument[5];
    uint64_t kept;
    enum sbi_after after;

    for (int i = 0; i < 5; i++)
        argument[i] = take_argument(in);
    world_call(extension, function == 0xff ? UINT64_MAX : function & 7u, argument[0], argument[1], argument[2],
               argument[3], argument[4]);
    kept = world.page[0]->x[REG_A0 + 1];
    after = sbi_call(h);
    DEMAND(after == SBI_RETURN || after == SBI_TIMER || after == SBI_PARK || after == SBI_FENCE);
    DEMAND(world.page[0]->x[REG_A0 + 1] == kept);
    if (extension > 2)
        DEMAND((int64_t)world.page[0]->x[REG_A0 - 1] <= 0 && (int64_t)world.page[0]->x[REG_A0 - 1] >= -9);
    DEMAND(after != SBI_PARK || extension == SBI_HSM || extension == SBI_SRST);
    DEMAND(after != SBI_FENCE || extension == SBI_RFENCE);
    h->state = HART_STARTED;
    if (hart_unpark(&world.monitor.hart[1]))
        DEMAND(world.page[1]->vsatp == 0);
    check_world();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};

    world_make(CPUS);
    world.console_takes = true;
    world_input("some input of the console");
    while (in.left > 0)
        one_call(&in);
    world_drop();
    return 0;
}
