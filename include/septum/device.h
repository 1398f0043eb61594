/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What a monitor and a device server share: a ring for each device of a guest (owner the monitor, borrower the server),
 * and what the manager tells a device server: its link page (owner the manager, borrower the server).
 *
 * A ring carries checked requests, never descriptors of the guest: the monitor has read the guest's queue and copied
 * the data. Each word is written by one side only. Counters count for ever, modulo 2^32; a reader that finds
 * head - tail greater than the size drops what is there and, if it is the server, marks the client as broken. What one
 * side reads of the other's it reads once, checks, and then uses.
 * Bells: the client notifies the server with its bit (1 << client), the server the monitor with MONITOR_BIT_DEVICE.
 */
#pragma once

#include <septum/proto.h>

#define DEVICE_CLIENTS 48u        /* rings that one server serves */
#define DEVICE_RING_STRIDE 0x80000u
#define MONITOR_VA_DEVICE 0x32000000u /* in the monitor: ring of device i at + DEVICE_RING_STRIDE * i */
#define DEVICE_VA_RING 0x30000000u    /* in the server: ring of client c at + DEVICE_RING_STRIDE * c */
#define DEVICE_VA_LINK 0x2f000000u    /* in the server: struct device_link */
#define DEVICE_VA_DMA 0x27000000u     /* in the server: memory that its own devices read and write */
#define DEVICE_DMA_FRAMES 512u        /* the block server's: queue, messages, maps of overlays */
#define ENTROPY_DMA_FRAMES 2u         /* the entropy server's: queue and buffer */
#define UPLINK_DMA_FRAMES 48u         /* the uplink server's: three queues, a command, 32 frames each way */
#define DISK_DMA_FRAMES 2u            /* the disk server's: queue and heads of requests */
#define DEVICE_VA_BAR 0x28000000u     /* in the server: function i's pages at + 0x10000 * i */

/* Capability slots of a monitor: device i's server, CAP_NOTIFY, badge 1 << client. */
#define MONITOR_CAP_DEVICE 24 /* + device */
#define MONITOR_BIT_DEVICE 4  /* from any device server, to the thread of vCPU 0: a ring has news */

/* Capability slots of a device server. */
#define DEVICE_CAP_MANAGER 1  /* CAP_NOTIFY: the link has news */
#define DEVICE_CAP_IRQ 4      /* + function: its interrupt; its bit is DEVICE_BIT_IRQ << function */
#define DEVICE_CAP_CLIENT 16  /* + client: thread of the guest's vCPU 0, CAP_NOTIFY, badge MONITOR_BIT_DEVICE */
#define DEVICE_BIT_IRQ (UINT64_C(1) << 48)
#define DEVICE_BIT_LINK (UINT64_C(1) << 57) /* from the manager: the link has news */
#define DEVICE_FUNCTIONS 4u

/* A device server's argument counts its starts. With this bit it is not to serve: it has failed too often. It switches its
 * device off, says DEVICE_BROKEN in every ring that is there, and answers the link as ever. */
#define DEVICE_GIVEN_UP (UINT64_C(1) << 63)
/* What servers serve, beside enum device_kind. */
#define DEVICE_UPLINK 5u /* also of a client: no guest's, but the server of the network device */
#define DEVICE_DISK 6u   /* guests' disks that are slices of the machine's; its clients are of kind DEVICE_BLOCK */

enum device_state { DEVICE_WAIT = 0, DEVICE_READY = 1, DEVICE_BROKEN = 2 };

/* Block: BLOCK_SLOTS requests at once; slot i has the data area i. */
#define BLOCK_SLOTS 16u
#define BLOCK_SLOT_BYTES 0x4000u
#define BLOCK_SECTOR 512u

enum block_op { BLOCK_READ = 1, BLOCK_WRITE = 2, BLOCK_FLUSH = 3, BLOCK_DISCARD = 4, BLOCK_ZEROES = 5 };
enum block_status { BLOCK_OK = 0, BLOCK_IO_ERROR = 1, BLOCK_UNSUPPORTED = 2 };

struct block_request {
	uint32_t op;   /* enum block_op */
	uint32_t slot; /* of the client's choice, not in use */
	uint64_t offset; /* bytes, a multiple of BLOCK_SECTOR */
	uint64_t bytes;  /* READ, WRITE: at most BLOCK_SLOT_BYTES; a multiple of BLOCK_SECTOR; FLUSH: 0 */
};

struct block_answer {
	uint32_t slot;
	uint32_t status; /* enum block_status */
};

struct block_ring {
	uint32_t asked; /* client: requests it has put */
	uint32_t taken; /* client: answers it has taken */
	uint32_t epoch_seen; /* client: the epoch whose start it has acted on; the server takes nothing before it is its own */
	uint32_t pad0[13];
	struct block_request request[BLOCK_SLOTS]; /* client; number n in n % BLOCK_SLOTS */
	uint32_t served; /* server: answers it has put */
	uint32_t state;  /* server: enum device_state; the rest is valid from DEVICE_READY on */
	uint64_t bytes;  /* server: size of the disk, a multiple of BLOCK_SECTOR */
	uint32_t flags;  /* server: BLOCK_FLAG_… */
	uint32_t epoch;  /* server: counts its starts: when it changes, requests under way are to be put again */
	uint32_t pad1[10];
	struct block_answer answer[BLOCK_SLOTS]; /* server; number n in n % BLOCK_SLOTS */
	char id[20];     /* server: what get-id answers */
	uint8_t pad2[FRAME_BYTES - 64 - 24 * BLOCK_SLOTS - 64 - 8 * BLOCK_SLOTS - 20];
	uint8_t data[BLOCK_SLOTS][BLOCK_SLOT_BYTES];
};
#define BLOCK_FLAG_READ_ONLY 1u
#define BLOCK_FLAG_DISCARD 2u /* DISCARD is served */
#define BLOCK_FLAG_ZEROES 4u  /* ZEROES is served */
#define BLOCK_RING_FRAMES (1u + BLOCK_SLOTS * BLOCK_SLOT_BYTES / FRAME_BYTES)
#define BLOCK_RING_HEAD 1u /* frames before the data, all that the server maps: its device alone touches the data */

/* Net: a byte ring each way. A packet is a header and its bytes, together rounded up to NET_ALIGN, never wrapped: a
 * header with bytes = NET_SKIP says that the rest up to the ring's end is empty. Who sends puts the skip by itself, with
 * its head and bell, and the packet once there is room for it at the front: skip and packet together can exceed the ring.
 * Who receives takes a skip with nothing behind it. */
#define NET_RING_BYTES 0x20000u
#define NET_ALIGN 16u
#define NET_SKIP 0xffffffffu
#define NET_PACKET_MOST 65550u /* 64 KiB and an Ethernet header: what segmentation offload may hand over */

struct net_packet { /* the fields of struct virtio_net_hdr, checked against the packet by who writes them [virtio 1.2 5.1.6] */
	uint32_t bytes;
	uint8_t flags;    /* 1: the checksum is still to be made */
	uint8_t gso_type; /* 0 none, 1 TCP over IPv4, 4 TCP over IPv6 */
	uint16_t header_bytes;
	uint16_t gso_bytes;
	uint16_t checksum_start;
	uint16_t checksum_offset;
	uint16_t vlan; /* between switch and uplink: the VLAN of the frame, which has no tag; 0: none. Of guests: 0 */
};
#define NET_NEEDS_CSUM 1u /* flags */
#define NET_GSO_NONE 0u
#define NET_GSO_TCP4 1u
#define NET_GSO_TCP6 4u
#define NET_ETHERNET 14u /* bytes of an Ethernet header, and so of the shortest packet */

struct net_side { /* of one direction */
	uint32_t head; /* who sends writes: bytes put */
	uint32_t pad0[15];
	uint32_t tail; /* who receives writes: bytes taken */
	uint32_t pad1[15];
};

struct net_ring {
	struct net_side out; /* from the guest */
	struct net_side in;  /* to the guest */
	uint32_t state;      /* server: enum device_state */
	uint32_t link_up;    /* server */
	uint32_t epoch;      /* server: counts its starts */
	uint8_t mac[6];      /* server: as the description says */
	uint8_t pad[FRAME_BYTES - 2 * 128 - 18];
	uint8_t out_bytes[NET_RING_BYTES];
	uint8_t in_bytes[NET_RING_BYTES];
};
#define NET_RING_FRAMES (1u + 2u * NET_RING_BYTES / FRAME_BYTES)

/* Entropy: the server keeps the bytes filled. */
#define ENTROPY_BYTES 2048u
struct entropy_ring {
	uint32_t tail; /* client: bytes taken */
	uint32_t pad0[15];
	uint32_t head;  /* server: bytes put */
	uint32_t state; /* server: enum device_state */
	uint32_t pad1[14];
	uint8_t bytes[ENTROPY_BYTES];
	uint8_t pad2[FRAME_BYTES - 128 - ENTROPY_BYTES];
};
#define ENTROPY_RING_FRAMES 1u

/* A function of a physical virtio device as a server gets it. Offsets within its pages, which are at most
 * DEVICE_FUNCTION_PAGES. [virtio 1.2 4.1.4] */
#define DEVICE_FUNCTION_PAGES 4u
#define DEVICE_PCI 0u
#define DEVICE_MMIO 1u
struct device_function {
	uint32_t type;      /* virtio device id: 1 net, 2 block, 4 entropy, 9 9p; 0: none */
	uint32_t requester; /* bus * 256 + device * 8 + function */
	uint32_t common;
	uint32_t notify;
	uint32_t notify_multiplier;
	uint32_t isr;
	uint32_t device;
	uint32_t device_bytes;
	uint32_t transport; /* DEVICE_PCI, or DEVICE_MMIO: one page of registers, and the offsets above are unused */
	uint32_t pad;
	char tag[32]; /* for messages: the machine's name of it */
};

struct device_client {
	uint32_t wanted; /* manager: counts up; odd: the ring may be used; even: it must not be */
	uint32_t kind;   /* manager: enum device_kind */
	uint32_t guest;  /* manager: index in the bundle */
	uint32_t number; /* manager: which of the guest's disks or nets, from 0 */
	uint64_t ring;   /* manager: what a device calls the ring's first byte; see `dma` */
	char name[BUNDLE_NAME_BYTES]; /* manager: the guest's, for messages */
	union {
		struct bundle_disk disk;
		struct bundle_net net;
	} about; /* manager */
};

#define DEVICE_COUNTERS 6u /* BLOCK: reads, bytes read, writes, bytes written, flushes, errors; NET: packets out, bytes out,
                            * packets in, bytes in, dropped, errors */
#define DEVICE_LOG_BYTES 2048u
struct device_link {
	/* The manager writes. */
	uint64_t timebase;
	uint64_t dma;        /* what a device calls the byte at DEVICE_VA_DMA: with an IOMMU in front of it DEVICE_VA_DMA itself,
	                      * without one (unsafe-dma) a physical address */
	uint64_t dma_frames; /* neighbouring frames there, the server's own; not renewed when it is started again; 0: none */
	uint32_t seeded;     /* not 0: seed is random, and nobody else's: the entropy server's alone */
	uint8_t seed[SEED_BYTES];
	uint32_t log_tail;
	uint32_t functions;
	struct device_function function[DEVICE_FUNCTIONS];
	struct device_client client[DEVICE_CLIENTS];
	/* The server writes. */
	uint32_t log_head;
	uint32_t pad;
	uint32_t seen[DEVICE_CLIENTS]; /* the last `wanted` that it acts on: after an even one it no longer touches the ring */
	uint64_t counter[DEVICE_CLIENTS][DEVICE_COUNTERS];
	uint8_t log[DEVICE_LOG_BYTES]; /* lines for the operator, ended by \n */
};
#define DEVICE_LINK_FRAMES 6u

/*
 * What the manager and the pci server share, at DEVICE_VA_LINK; function i's page of the configuration space stands at
 * DEVICE_VA_BAR + FRAME_BYTES * i in the server. It runs once, before the first guest: when it says `done`, functions that
 * are driven answer at their addresses and may do DMA, all others do neither.
 */
#define PCI_FUNCTIONS 9u
enum pci_fault {
	PCI_OK = 0,
	PCI_NOT_WANTED = 1,  /* no virtio device that anybody drives, or not the first of its type */
	PCI_NO_REGISTERS = 2, /* its capabilities do not tell of registers in one memory BAR */
	PCI_TOO_LARGE = 3,   /* its registers need more pages, or its BARs more addresses, than there are for them */
};
struct pci_link {
	/* The manager writes. */
	uint32_t functions;
	uint32_t wanted;                /* bit t: the first function that is a virtio device of type t is driven */
	uint64_t memory[PCI_FUNCTIONS]; /* BOOT_PCI_BYTES of physical addresses for each */
	/* The server writes. */
	uint32_t done;
	uint32_t fault[PCI_FUNCTIONS]; /* enum pci_fault */
	struct device_function function[PCI_FUNCTIONS]; /* if PCI_OK; requester, transport and tag are the manager's to tell */
};

_Static_assert(PCI_FUNCTIONS >= WINDOWS / BOOT_PCI_WINDOWS, "as many as there can be windows for");
_Static_assert(DEVICE_FUNCTION_PAGES == BOOT_PCI_PAGES, "a server maps all of a function's pages");
_Static_assert(sizeof(struct pci_link) <= FRAME_BYTES, "the pci server's link is one frame");
_Static_assert(__builtin_offsetof(struct block_ring, data) == BLOCK_RING_HEAD * FRAME_BYTES, "the data begin a frame");
_Static_assert(sizeof(struct block_ring) == BLOCK_RING_FRAMES * FRAME_BYTES, "whole frames");
_Static_assert(sizeof(struct net_ring) == NET_RING_FRAMES * FRAME_BYTES, "whole frames");
_Static_assert(sizeof(struct entropy_ring) == ENTROPY_RING_FRAMES * FRAME_BYTES, "whole frames");
_Static_assert(sizeof(struct device_link) <= DEVICE_LINK_FRAMES * FRAME_BYTES, "the link has room");
_Static_assert(BLOCK_RING_FRAMES * FRAME_BYTES <= DEVICE_RING_STRIDE && NET_RING_FRAMES * FRAME_BYTES <= DEVICE_RING_STRIDE,
               "a ring ends before the next");
