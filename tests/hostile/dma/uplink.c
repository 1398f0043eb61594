/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In the uplink server's place: somebody who has the network device send all of memory out of the machine, and lets it
 * write there what comes in. The test is at the other end of the wire: it sends all the time, and looks at what it gets.
 */
#include "session.h"

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <string.h>

#define RX 0u
#define TX 1u
#define RX_AT 0x0000u /* in the memory for DMA: the queues, */
#define TX_AT 0x1000u
#define HEAD_AT 0x3000u /* what stands before the target's bytes, */
#define OWN_AT 0x10000u /* and a page to reach */

#define HEADER_BYTES 12u /* of virtio-net */
#define LEGACY_BYTES 10u /* where no feature is agreed on */
#define ETHER_BYTES  14u
#define NUMBER_BYTES 4u
#define TARGET_BYTES 1400u
#define TYPE         0x88b5u /* for experiments [IEEE 802] */

static struct virtqueue rx, tx;
static uint32_t number; /* of the next frame out */

static bool begin(bool rude)
{
    if (!session_begin(VIRTIO_TYPE_NET, rude) || !session_queue(&rx, RX, RX_AT, 0) || !session_queue(&tx, TX, TX_AT, 0))
        return false;
    session_go(rude);
    return true;
}

/* A frame whose payload is a number, and then the target's bytes. */
static bool send_from(uint64_t target, bool rude)
{
    const uint32_t header = rude ? LEGACY_BYTES : HEADER_BYTES;
    const struct virtqueue_piece piece[] = {
        {device_link_page()->dma + HEAD_AT, header + ETHER_BYTES + NUMBER_BYTES, false}, {target, TARGET_BYTES, false}};
    uint8_t *ether = own(HEAD_AT) + header;

    memset(own(HEAD_AT), 0, header);
    memset(ether, 0xff, 6);
    memcpy(ether + 6, "\x02\0\0\0\0\x01", 6);
    ether[12] = TYPE >> 8;
    ether[13] = TYPE & 0xff;
    for (uint32_t i = 0; i < NUMBER_BYTES; i++)
        ether[ETHER_BYTES + i] = (uint8_t)(number >> 8 * i);
    number++;
    if (!begin(rude))
        return false;
    virtqueue_put(&tx, 0, piece, 2);
    virtqueue_kick(&tx);
    session_wait(&tx);
    return true;
}

/* What comes in next is to be written there. */
static bool receive_to(uint64_t target, bool rude)
{
    const struct virtqueue_piece piece = {target, PAGE, true};

    if (!begin(rude))
        return false;
    virtqueue_put(&rx, 0, &piece, 1);
    virtqueue_kick(&rx);
    session_wait(&rx);
    return virtio_reset(&hardware) == VIRTIO_OK; /* what comes later goes nowhere */
}

bool attempt(uint64_t target, bool rude)
{
    bool good = receive_to(target, rude);

    attack_ring();
    good = send_from(target, rude) && good;
    attack_ring();
    return good;
}

/* What it may reach: so that a device that does nothing at all does not pass for one that is held back. */
static void own_memory(bool rude)
{
    static uint8_t pattern = 0xa5; /* another one each time */
    const uint64_t at = device_link_page()->dma + OWN_AT;
    static const uint8_t nothing[PAGE];
    const uint32_t first = number;
    bool good;

    memset(own(OWN_AT), pattern, PAGE);
    good = send_from(at, rude);
    memset(own(OWN_AT), 0, PAGE);
    good = receive_to(at, rude) && good;
    server_log("%sown memory: %s, sent in frame %u, %s\n", rude ? "rude: " : "", good ? "tried" : "no session", first,
               memcmp(own(OWN_AT), nothing, PAGE) == 0 ? "not written" : "written");
    memset(own(OWN_AT), 0, PAGE);
    pattern++;
}

_Noreturn void server_main(uint64_t argument)
{
    (void)argument;
    session_attack(own_memory);
    server_log("done, %u frames\n", number);
    for (;;)
        (void)sys_wait(SEPTUM_FOREVER);
}
