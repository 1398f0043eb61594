/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The boot bundle: the compiled system description, the servers and the guests' files in one file, handed to the
 * machine as its initrd. Written by src/tools/septum-config, read by the loader (it looks for the manager) and by
 * the manager. One of a single guest, without servers, is what `create` takes. Little endian; offsets count from the
 * bundle's first byte; each file begins on a 4 KiB boundary and is padded with zeros to one. All numbers are checked by
 * the reader: a bundle can be cut short or damaged.
 */
#pragma once

#include <stdint.h>

#define BUNDLE_MAGIC 0x31444e4250504553u /* "SEPPBND1" */
#define BUNDLE_VERSION 4u
#define BUNDLE_FILES 80
#define BUNDLE_GUESTS 24
#define BUNDLE_NAME_BYTES 32
#define BUNDLE_ARGS_BYTES 512
#define BUNDLE_NO_FILE 0xffffffffu
#define BUNDLE_DISKS 32    /* of all guests together */
#define BUNDLE_NETS 32
#define BUNDLE_NETWORKS 8
#define BUNDLE_PATH_BYTES 128

enum bundle_file_kind { BUNDLE_SERVER = 1, BUNDLE_KERNEL_IMAGE = 2, BUNDLE_KERNEL_ELF = 3, BUNDLE_KERNEL_RAW = 4, BUNDLE_INITRD = 5, BUNDLE_MAP = 6 };
enum bundle_mode { BUNDLE_AUTO = 0, BUNDLE_HARDWARE = 1, BUNDLE_SHADOW = 2 };
enum bundle_restart { BUNDLE_RESTART_NEVER = 0, BUNDLE_RESTART_ON_CRASH = 1 };

struct bundle_file {
	char name[BUNDLE_NAME_BYTES]; /* servers: "manager", "monitor", "console"; else the base name; NUL-terminated */
	uint64_t offset;
	uint64_t bytes;
	uint32_t kind;  /* enum bundle_file_kind */
	uint32_t crc32; /* of the file's bytes, IEEE 802.3 as in zlib */
};

struct bundle_guest {
	char name[BUNDLE_NAME_BYTES];
	char bootargs[BUNDLE_ARGS_BYTES];
	uint64_t memory_bytes;  /* a multiple of 2 MiB */
	uint32_t cpus;
	uint32_t mode;      /* enum bundle_mode */
	uint32_t priority;  /* of its vCPU threads: 1 .. 4, default 2 */
	uint32_t autostart; /* 0 or 1 */
	uint32_t kernel;    /* index of a file */
	uint32_t initrd;    /* index of a file, or BUNDLE_NO_FILE */
	uint32_t restart;   /* enum bundle_restart */
	uint32_t budget_us; /* of each period; 0: no limit */
	uint32_t period_us;
	uint32_t map;       /* of the kernel's symbols: index of a file, or BUNDLE_NO_FILE */
	uint32_t devices;   /* BUNDLE_GUEST_…: beside its disks and nets */
	uint32_t networks;  /* of a room: bit n: its guest may be on network n; else 0 */
	char folder[BUNDLE_PATH_BYTES]; /* of a room: its guest's disks lie below it; empty: below the shared directory */
};
#define BUNDLE_GUEST_ENTROPY 1u
#define BUNDLE_GUEST_CONSOLE 2u
#define BUNDLE_GUEST_ROOM 4u  /* no guest, but room for one that comes at run time: the numbers are its most */
#define BUNDLE_GUEST_DISKS 8u /* of a room: disks; ENTROPY likewise */
#define BUNDLE_GUEST_BALLOON 16u /* it can be asked to give memory up while it runs */

#define BUNDLE_DISK_READ_ONLY 1u
#define BUNDLE_DISK_OVERLAY 2u /* writes go to `overlay`, a file of the share; `path` is only read */
#define BUNDLE_DISK_SLICE 4u   /* of the physical disk; there is no file */

/* A guest's disk. Paths are of the directory that the machine shares by 9p, without "..", NUL-terminated. */
struct bundle_disk {
	uint32_t guest; /* index; the disks of a guest stand in its order */
	uint32_t flags; /* BUNDLE_DISK_… */
	uint64_t first_sector; /* SLICE: of 512 bytes */
	uint64_t sectors;      /* SLICE: how many; else 0: as large as the file */
	char path[BUNDLE_PATH_BYTES];
	char overlay[BUNDLE_PATH_BYTES];
};

struct bundle_network {
	char name[BUNDLE_NAME_BYTES];
	uint32_t flags; /* BUNDLE_NETWORK_… */
	uint32_t pad;
};
#define BUNDLE_NETWORK_UPLINK 1u /* joined to the physical network device */

struct bundle_net { /* a guest's network device */
	uint32_t guest;   /* index; those of a guest stand in its order */
	uint32_t network; /* index */
	uint8_t mac[6];
	uint16_t vlan; /* 0: untagged; else the guest's frames belong to that VLAN, and carry no tag on its side */
};

#define BUNDLE_UNSAFE_DMA 1u /* devices that do DMA are driven although no IOMMU is in front of them */
#define BUNDLE_AUDITOR 2u    /* there is an auditor */
#define BUNDLE_AUDIT_SECONDS 86400u /* the longest time between two audits */

struct bundle {
	uint64_t magic;
	uint32_t version;
	uint32_t header_crc32; /* of this struct with this field 0 */
	uint64_t total_bytes;  /* of the whole bundle */
	uint32_t file_count;
	uint32_t guest_count;
	char description[64];  /* base name of the system description */
	struct bundle_file file[BUNDLE_FILES];
	struct bundle_guest guest[BUNDLE_GUESTS];
	uint32_t flags; /* BUNDLE_UNSAFE_DMA, BUNDLE_AUDITOR */
	uint32_t disk_count;
	uint32_t net_count;
	uint32_t network_count;
	uint32_t audit_seconds; /* with an auditor: between two audits; 0: only when asked */
	uint32_t pad;           /* 0 */
	struct bundle_disk disk[BUNDLE_DISKS];
	struct bundle_net net[BUNDLE_NETS];
	struct bundle_network network[BUNDLE_NETWORKS];
};
