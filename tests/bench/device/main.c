/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In the block server's place: reads of 4 KiB of a disk's file, one at a time, for nobody. What they take is what the
 * physical device costs, so that the rest of a guest's read is what Septum adds.
 */
#include <block/share.h>

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <string.h>

#define READ_BYTES 4096u
#define FILE_BYTES (4u << 20)
#define WARM       64u
#define TURNS      400u
#define FID        1u

/* Its address tells the counter outside; no other server has code so far up. */
__attribute__((noinline, aligned(0x40000))) void mark(void);
void mark(void)
{
    __asm__ volatile("" ::: "memory");
}

bool world_wait(void)
{
    const struct sys_event event = sys_wait(SEPTUM_FOREVER);

    if (event.status == SEPTUM_NOTIFIED && (event.bits & DEVICE_BIT_IRQ) != 0) {
        share.device.transport->interrupt_take(&share.device);
        sys_irq_ack(DEVICE_CAP_IRQ);
    }
    return true;
}

static bool ask(struct p9_ask *question, uint64_t data)
{
    struct p9_reply reply;
    uint64_t owner;
    enum virtqueue_news news;

    p9_put(&share.p9, question, data, 0);
    p9_kick(&share.p9);
    while ((news = p9_take(&share.p9, &reply, &owner)) == VIRTQUEUE_NONE)
        (void)world_wait();
    return news == VIRTQUEUE_DONE && reply.type == question->type;
}

static bool begin(void)
{
    const struct device_link *link = device_link_page();
    const struct virtio device = virtio_of(&link->function[0]);
    struct p9_ask walk = {.type = P9_WALK, .fid = SHARE_ROOT, .new_fid = FID, .name = "disk.img", .name_bytes = 8};
    struct p9_ask open = {.type = P9_LOPEN, .fid = FID, .flags = P9_OPEN_BOTH};
    const char *why = "";

    sys_irq_ack(DEVICE_CAP_IRQ);
    return share_start(&device, (uint8_t *)(uintptr_t)DEVICE_VA_DMA, link->dma, &why) && ask(&walk, 0) && ask(&open, 0);
}

_Noreturn void server_main(uint64_t argument)
{
    bool good = begin();

    (void)argument;
    for (uint32_t i = 0; good && i < WARM + TURNS; i++) {
        struct p9_ask read = {.type = P9_READ, .fid = FID, .offset = (uint64_t)i * READ_BYTES % FILE_BYTES, .bytes = READ_BYTES};

        if (i == WARM)
            mark();
        good = ask(&read, device_link_page()->dma + SHARE_PAGES_AT);
    }
    mark();
    server_log("io device-read-4k N=%u\n", TURNS);
    server_log("io %s\n", good ? "done" : "failed");
    for (;;)
        (void)sys_wait(SEPTUM_FOREVER);
}
