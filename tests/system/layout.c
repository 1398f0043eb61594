/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The C side of the boot bundle, for tests/system/run.py: without an argument, prints where each field stands and
 * what the limits are; with a bundle, prints what a C program reads in it.
 */
#include <septum/bundle.h>
#include <septum/proto.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define FIELD(type, name) printf(#type "." #name " %zu %zu\n", offsetof(struct type, name), sizeof(((struct type *)0)->name))
#define VALUE(name) printf(#name " %llu\n", (unsigned long long)(name))

static struct bundle head;

static void print_fields(void)
{
	FIELD(bundle_file, name);
	FIELD(bundle_file, offset);
	FIELD(bundle_file, bytes);
	FIELD(bundle_file, kind);
	FIELD(bundle_file, crc32);
	FIELD(bundle_guest, name);
	FIELD(bundle_guest, bootargs);
	FIELD(bundle_guest, memory_bytes);
	FIELD(bundle_guest, cpus);
	FIELD(bundle_guest, mode);
	FIELD(bundle_guest, priority);
	FIELD(bundle_guest, autostart);
	FIELD(bundle_guest, kernel);
	FIELD(bundle_guest, initrd);
	FIELD(bundle_guest, restart);
	FIELD(bundle_guest, budget_us);
	FIELD(bundle_guest, period_us);
	FIELD(bundle_guest, map);
	FIELD(bundle_guest, devices);
	FIELD(bundle_guest, networks);
	FIELD(bundle_guest, folder);
	FIELD(bundle_disk, guest);
	FIELD(bundle_disk, flags);
	FIELD(bundle_disk, first_sector);
	FIELD(bundle_disk, sectors);
	FIELD(bundle_disk, path);
	FIELD(bundle_disk, overlay);
	FIELD(bundle_network, name);
	FIELD(bundle_network, flags);
	FIELD(bundle_network, pad);
	FIELD(bundle_net, guest);
	FIELD(bundle_net, network);
	FIELD(bundle_net, mac);
	FIELD(bundle_net, vlan);
	FIELD(bundle, magic);
	FIELD(bundle, version);
	FIELD(bundle, header_crc32);
	FIELD(bundle, total_bytes);
	FIELD(bundle, file_count);
	FIELD(bundle, guest_count);
	FIELD(bundle, description);
	FIELD(bundle, file);
	FIELD(bundle, guest);
	FIELD(bundle, flags);
	FIELD(bundle, disk_count);
	FIELD(bundle, net_count);
	FIELD(bundle, network_count);
	FIELD(bundle, audit_seconds);
	FIELD(bundle, pad);
	FIELD(bundle, disk);
	FIELD(bundle, net);
	FIELD(bundle, network);
}

static void print_values(void)
{
	VALUE(sizeof(struct bundle_file));
	VALUE(sizeof(struct bundle_guest));
	VALUE(sizeof(struct bundle));
	VALUE(BUNDLE_MAGIC);
	VALUE(BUNDLE_VERSION);
	VALUE(BUNDLE_FILES);
	VALUE(BUNDLE_GUESTS);
	VALUE(BUNDLE_NAME_BYTES);
	VALUE(BUNDLE_ARGS_BYTES);
	VALUE(BUNDLE_NO_FILE);
	VALUE(sizeof(struct bundle_disk));
	VALUE(sizeof(struct bundle_net));
	VALUE(sizeof(struct bundle_network));
	VALUE(BUNDLE_DISKS);
	VALUE(BUNDLE_NETS);
	VALUE(BUNDLE_NETWORKS);
	VALUE(BUNDLE_PATH_BYTES);
	VALUE(BUNDLE_GUEST_ENTROPY);
	VALUE(BUNDLE_GUEST_CONSOLE);
	VALUE(BUNDLE_GUEST_BALLOON);
	VALUE(BUNDLE_GUEST_ROOM);
	VALUE(BUNDLE_GUEST_DISKS);
	VALUE(BUNDLE_DISK_READ_ONLY);
	VALUE(BUNDLE_DISK_OVERLAY);
	VALUE(BUNDLE_DISK_SLICE);
	VALUE(BUNDLE_NETWORK_UPLINK);
	VALUE(BUNDLE_UNSAFE_DMA);
	VALUE(BUNDLE_AUDITOR);
	VALUE(BUNDLE_AUDIT_SECONDS);
	VALUE(BUNDLE_SERVER);
	VALUE(BUNDLE_KERNEL_IMAGE);
	VALUE(BUNDLE_KERNEL_ELF);
	VALUE(BUNDLE_KERNEL_RAW);
	VALUE(BUNDLE_INITRD);
	VALUE(BUNDLE_MAP);
	VALUE(BUNDLE_AUTO);
	VALUE(BUNDLE_HARDWARE);
	VALUE(BUNDLE_SHADOW);
	VALUE(BUNDLE_RESTART_NEVER);
	VALUE(BUNDLE_RESTART_ON_CRASH);
	VALUE((uint64_t)FRAMES * FRAME_BYTES);
	VALUE(GUEST_CPUS);
	VALUE(GUEST_DEVICES);
	VALUE(GUEST_RAM_BASE);
	VALUE((uint64_t)SHADOW_ARENA_FRAMES * FRAME_BYTES);
}

static void print_devices(void)
{
	printf("devices %u %u %u %u\n", head.flags, head.disk_count, head.net_count, head.network_count);
	for (uint32_t i = 0; i < head.disk_count && i < BUNDLE_DISKS; i++)
		printf("disk %u %u %llu %llu [%s] [%s]\n", head.disk[i].guest, head.disk[i].flags,
		       (unsigned long long)head.disk[i].first_sector, (unsigned long long)head.disk[i].sectors,
		       head.disk[i].path, head.disk[i].overlay);
	for (uint32_t i = 0; i < head.net_count && i < BUNDLE_NETS; i++) {
		const struct bundle_net *net = &head.net[i];

		printf("net %u %u %02x:%02x:%02x:%02x:%02x:%02x %u\n", net->guest, net->network, net->mac[0], net->mac[1],
		       net->mac[2], net->mac[3], net->mac[4], net->mac[5], net->vlan);
	}
	for (uint32_t i = 0; i < head.network_count && i < BUNDLE_NETWORKS; i++)
		printf("network %s %u\n", head.network[i].name, head.network[i].flags);
}

static int print_bundle(const char *path)
{
	FILE *stream = fopen(path, "rb");
	size_t got = stream == NULL ? 0 : fread(&head, sizeof(head), 1, stream);

	if (stream != NULL)
		(void)fclose(stream);
	if (got != 1 || head.magic != BUNDLE_MAGIC || head.version != BUNDLE_VERSION) {
		(void)fprintf(stderr, "%s: not a bundle\n", path);
		return 1;
	}
	printf("%s %llu\n", head.description, (unsigned long long)head.total_bytes);
	for (uint32_t i = 0; i < head.file_count && i < BUNDLE_FILES; i++)
		printf("file %s %llu %llu %u %08x\n", head.file[i].name, (unsigned long long)head.file[i].offset,
		       (unsigned long long)head.file[i].bytes, head.file[i].kind, head.file[i].crc32);
	for (uint32_t i = 0; i < head.guest_count && i < BUNDLE_GUESTS; i++) {
		const struct bundle_guest *guest = &head.guest[i];

		printf("guest %s [%s] %llu %u %u %u %u %u %u %u %u %u %u %u\n", guest->name, guest->bootargs,
		       (unsigned long long)guest->memory_bytes, guest->cpus, guest->mode, guest->priority, guest->autostart,
		       guest->kernel, guest->initrd, guest->restart, guest->budget_us, guest->period_us, guest->map,
		       guest->devices);
		if ((guest->devices & BUNDLE_GUEST_ROOM) != 0)
			printf("room %s %u [%s]\n", guest->name, guest->networks, guest->folder);
	}
	print_devices();
	return 0;
}

int main(int count, char **argument)
{
	if (count == 2)
		return print_bundle(argument[1]);
	print_fields();
	print_values();
	return 0;
}
