/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The boot bundle: the compiled system description, the servers and the guests' files in one file, handed to the
 * machine as its initrd. Written by src/tools/septum-config, read by the loader (it looks for the manager) and by
 * the manager. Little endian; offsets count from the bundle's first byte; each file begins on a 4 KiB boundary and is
 * padded with zeros to one. All numbers are checked by the reader: a bundle can be cut short or damaged.
 */
#pragma once

#include <stdint.h>

#define BUNDLE_MAGIC 0x31444e4250504553u /* "SEPPBND1" */
#define BUNDLE_VERSION 2u
#define BUNDLE_FILES 80
#define BUNDLE_GUESTS 24
#define BUNDLE_NAME_BYTES 32
#define BUNDLE_ARGS_BYTES 512
#define BUNDLE_NO_FILE 0xffffffffu

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
};

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
};
