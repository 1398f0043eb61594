/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtio_net.h"

#include "monitor.h"
#include "ops.h"

#include <string.h>

#define NET_LINK_UP  1u  /* status in the configuration */
#define NET_TCP_CSUM 16u /* where a TCP header has its checksum */
#define NET_TCP      20u /* bytes of the shortest TCP header */

/* The configuration. [virtio 1.2 5.1.4] */
struct net_config {
    uint8_t mac[6];
    uint16_t status;
    uint16_t max_virtqueue_pairs;
    uint16_t mtu;
};

static void net_configure(struct virtio_device *d)
{
    struct net *n = &d->model.net;
    struct net_config config = {.status = n->link_up ? NET_LINK_UP : 0, .max_virtqueue_pairs = 1};

    memcpy(config.mac, n->mac, sizeof config.mac);
    memcpy(d->config, &config, sizeof config);
}

void net_offer(struct virtio_device *d)
{
    d->offered |= NET_F_CSUM | NET_F_GUEST_CSUM | NET_F_MAC | NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6 | NET_F_HOST_TSO4 |
                  NET_F_HOST_TSO6 | NET_F_MRG_RXBUF | NET_F_STATUS;
    d->queue[NET_RX].most = NET_QUEUE;
    d->queue[NET_TX].most = NET_QUEUE;
    net_configure(d);
}

/* What the server says of the link. The address is the first that it says. */
static void net_news(struct virtio_device *d)
{
    struct net_ring *ring = net_ring(d->ring);
    struct net *n = &d->model.net;
    bool ready = __atomic_load_n(&ring->state, __ATOMIC_ACQUIRE) == DEVICE_READY;
    bool up = ready && __atomic_load_n(&ring->link_up, __ATOMIC_RELAXED) != 0;
    bool first = ready && !n->known;

    if (up == n->link_up && !first)
        return;
    if (first)
        memcpy(n->mac, ring->mac, sizeof n->mac);
    n->known = n->known || first;
    n->link_up = up;
    net_configure(d);
    virtio_config_changed(d);
}

bool net_check(const struct net_packet *p)
{
    uint32_t tcp = p->gso_type == NET_GSO_NONE ? 0 : NET_TCP;

    if (p->bytes < NET_ETHERNET || p->bytes > NET_PACKET_MOST || (p->flags & ~NET_NEEDS_CSUM) != 0)
        return false;
    if (p->flags != 0 && (uint32_t)p->checksum_start + p->checksum_offset + 2u > p->bytes)
        return false;
    if (tcp == 0)
        return true;
    return (p->gso_type == NET_GSO_TCP4 || p->gso_type == NET_GSO_TCP6) && p->flags != 0 && p->gso_bytes != 0 &&
           p->checksum_offset == NET_TCP_CSUM && p->checksum_start + tcp <= p->bytes;
}

void net_run(struct virtio_device *d, struct hart *h)
{
    struct queue *rx = &d->queue[NET_RX];
    struct queue *tx = &d->queue[NET_TX];

    net_news(d);
    if (virtio_is_live(d) && net_send(d, h))
        d->again = true;
    if (net_receive(d, h))
        d->again = true;
    if (virtio_is_live(d)) {
        virtio_publish(d, tx);
        virtio_publish(d, rx);
    }
}
