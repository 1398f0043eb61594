/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the parts of this suite share. Each part returns how many of its tests failed, and adds to *count. */
#ifndef MANAGER_SUITE_H
#define MANAGER_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <septum/bundle.h>

int pool_tests(int *count);
int bundle_tests(int *count);
int elf_tests(int *count);
int text_tests(int *count);
int mode_tests(int *count);
int policy_tests(int *count);
int room_tests(int *count);

/* A good bundle: three servers, an Image, an initrd, two guests. The header's checksum is set by bundle_seal(). */
#define GOOD_BYTES 0x12000u
struct bundle *bundle_good(uint8_t *data);
void bundle_seal(struct bundle *b);

/* A good description of one guest 'new' for a room: its kernel is 'Image', its initrd 'web.cpio.gz'. Sealed likewise. */
struct bundle *bundle_good_guest(uint8_t *data);

/* A good server's ELF file; returns its bytes. */
#define ELF_BYTES 0x3000u
void elf_good(uint8_t *data);

#endif
