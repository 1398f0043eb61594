/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "uplink.h"

#include "bundle.h"
#include "device_server.h"

#include <string.h>

static uint32_t port; /* the net server's number of it */

bool uplink_is_asked(const struct bundle_net *net)
{
    return net != NULL && (bundle->network[net->network].flags & BUNDLE_NETWORK_UPLINK) != 0;
}

void uplink_list(void)
{
    const uint32_t network = bundle_uplink(bundle);
    const struct device_client client = {.kind = DEVICE_UPLINK, .name = "uplink", .about.net.network = network};
    uint32_t first;

    if (network == BUNDLE_NETWORKS)
        return;
    (void)device_server_client(device_server_of(DEVICE_NET), &client, &port);
    (void)device_server_client(device_server_of(DEVICE_UPLINK), &client, &first);
}

/* The ring is owned by the uplink server, at its own client 0's place, and lent to the net server. */
static bool ring_make(struct device_server *uplink, struct device_server *net)
{
    const struct place own = {uplink->domain_cap, &uplink->estate};
    const struct place switched = {net->domain_cap, &net->estate};
    uint64_t first;

    return place_area(&own, DEVICE_VA_RING, NET_RING_FRAMES, &first) &&
           place_lend(&switched, "lending the uplink's ring", uplink->domain_cap,
                      DEVICE_VA_RING + (uint64_t)DEVICE_RING_STRIDE * port, first, NET_RING_FRAMES);
}

static bool bells_grant(const struct device_server *uplink, const struct device_server *net)
{
    return !refused("granting the net server's bell", sys_cap_grant(uplink->domain_cap, DEVICE_CAP_CLIENT, net->thread_cap,
                                                                    CAP_NOTIFY, UINT64_C(1) << port)) &&
           !refused("granting the uplink's bell", sys_cap_grant(net->domain_cap, DEVICE_CAP_CLIENT + port,
                                                                uplink->thread_cap, CAP_NOTIFY, 1));
}

bool uplink_join(void)
{
    struct device_server *net = device_server_of(DEVICE_NET);
    struct device_server *uplink = device_server_of(DEVICE_UPLINK);

    if (!device_server_is_there(net))
        return !refused("finding the net server, which does not run", SEPTUM_DEAD);
    if (!domains_join("joining the uplink and the net server", POLICY_UPLINK, uplink->domain_cap, POLICY_NET,
                      net->domain_cap) ||
        !ring_make(uplink, net) || !bells_grant(uplink, net))
        return false;
    device_server_tell(net, port);
    device_server_tell(uplink, 0);
    return true;
}
