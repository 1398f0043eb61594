/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* 9P2000.L: messages byte by byte, and answers that are none. */
#include "suite.h"
#include "world.h"

#include <string.h>

static void asks(const struct p9_ask *ask, const char *bytes, uint32_t count)
{
    uint8_t message[P9_ASK_BYTES];
    uint32_t taken;

    assert_int_equal(p9_ask_write(message, ask, &taken), count);
    assert_memory_equal(message, bytes, count);
}

static void questions(void **state)
{
    (void)state;
    asks(&(struct p9_ask){.type = P9_VERSION, .tag = P9_NO_TAG, .bytes = 0x8000},
         "\x15\0\0\0\x64\xff\xff\0\x80\0\0\x08\0" "9P2000.L", 21);
    asks(&(struct p9_ask){.type = P9_ATTACH, .tag = 1, .fid = 0},
         "\x17\0\0\0\x68\1\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff", 23);
    asks(&(struct p9_ask){.type = P9_WALK, .tag = 2, .fid = 0, .new_fid = 5, .name = "a/bc", .name_bytes = 4},
         "\x18\0\0\0\x6e\2\0\0\0\0\0\5\0\0\0\2\0\1\0a\2\0bc", 24);
    asks(&(struct p9_ask){.type = P9_LOPEN, .tag = 2, .fid = 5, .flags = 2}, "\x0f\0\0\0\x0c\2\0\5\0\0\0\2\0\0\0", 15);
    asks(&(struct p9_ask){.type = P9_LCREATE, .tag = 2, .fid = 5, .flags = 2, .mode = 0644, .name = "ab", .name_bytes = 2},
         "\x1b\0\0\0\x0e\2\0\5\0\0\0\2\0ab\2\0\0\0\xa4\1\0\0\xff\xff\xff\xff", 27);
    asks(&(struct p9_ask){.type = P9_GETATTR, .tag = 3, .fid = 6}, "\x13\0\0\0\x18\3\0\6\0\0\0\1\2\0\0\0\0\0\0", 19);
    asks(&(struct p9_ask){.type = P9_FSYNC, .tag = 3, .fid = 6}, "\x0f\0\0\0\x32\3\0\6\0\0\0\0\0\0\0", 15);
    asks(&(struct p9_ask){.type = P9_READ, .tag = 3, .fid = 6, .offset = 0x102, .bytes = 0x200},
         "\x17\0\0\0\x74\3\0\6\0\0\0\2\1\0\0\0\0\0\0\0\2\0\0", 23);
    asks(&(struct p9_ask){.type = P9_WRITE, .tag = 3, .fid = 6, .offset = 0x102, .bytes = 0x200},
         "\x17\2\0\0\x76\3\0\6\0\0\0\2\1\0\0\0\0\0\0\0\2\0\0", 23);
    asks(&(struct p9_ask){.type = P9_CLUNK, .tag = 3, .fid = 6}, "\x0b\0\0\0\x78\3\0\6\0\0\0", 11);
}

static void no_room(void **state)
{
    static char long_name[300];
    uint8_t message[P9_ASK_BYTES];
    const struct p9_ask ask = {.type = P9_LCREATE, .name = long_name, .name_bytes = 299};

    (void)state;
    memset(long_name, 'x', sizeof long_name - 1);
    assert_int_equal(p9_ask_write(message, &ask, NULL), 0);
}

static bool reads(uint8_t type, uint32_t most, const char *bytes, uint32_t count, uint32_t length, struct p9_reply *r)
{
    return p9_reply_read((const uint8_t *)bytes, count, &(struct p9_expect){type, 3, most, length}, r);
}

static void answers(void **state)
{
    struct p9_reply r;

    (void)state;
    assert_true(reads(P9_CLUNK, 0, "\7\0\0\0\x79\3\0", 7, 7, &r));
    assert_int_equal(r.type, P9_CLUNK);
    assert_true(reads(P9_CLUNK, 0, "\x0b\0\0\0\7\3\0\2\0\0\0", 11, 11, &r));
    assert_int_equal(r.type, P9_ERROR);
    assert_int_equal(r.error, P9_ENOENT);
    assert_true(reads(P9_READ, 512, "\x0b\2\0\0\x75\3\0\0\2\0\0", 11, 11 + 512, &r));
    assert_int_equal(r.count, 512);
    assert_true(reads(P9_WRITE, 512, "\x0b\0\0\0\x77\3\0\0\1\0\0", 11, 11, &r));
    assert_int_equal(r.count, 256);
    assert_true(reads(P9_WALK, 1, "\x16\0\0\0\x6f\3\0\1\0" "1234567890123", 22, 22, &r));
    assert_int_equal(r.type, P9_WALK);
    assert_true(reads(P9_WALK, 2, "\x16\0\0\0\x6f\3\0\1\0" "1234567890123", 22, 22, &r));
    assert_int_equal(r.type, P9_ERROR);
    assert_int_equal(r.error, P9_ENOENT);
}

static void what_is_no_answer(void **state)
{
    struct p9_reply r;

    (void)state;
    assert_false(reads(P9_CLUNK, 0, "\7\0\0\0\x79\3\0", 6, 6, &r));             /* cut short */
    assert_false(reads(P9_CLUNK, 0, "\x08\0\0\0\x79\3\0\0", 8, 7, &r));         /* says another size */
    assert_false(reads(P9_CLUNK, 0, "\7\0\0\0\x79\4\0", 7, 7, &r));             /* another tag */
    assert_false(reads(P9_CLUNK, 0, "\7\0\0\0\x7b\3\0", 7, 7, &r));             /* another type */
    assert_false(reads(P9_CLUNK, 0, "\x08\0\0\0\x79\3\0\0", 8, 8, &r));         /* too long */
    assert_false(reads(P9_CLUNK, 0, "\x0b\0\0\0\7\3\0\0\0\0\0", 11, 11, &r));   /* error 0 */
    assert_false(reads(P9_CLUNK, 0, "\x0a\0\0\0\7\3\0\0\0\0", 10, 10, &r));     /* half an error */
    assert_false(reads(P9_READ, 512, "\x0b\2\0\0\x75\3\0\1\2\0\0", 11, 11 + 512, &r));  /* more than its size */
    assert_false(reads(P9_READ, 256, "\x0b\2\0\0\x75\3\0\0\2\0\0", 11, 11 + 512, &r));  /* more than asked */
    assert_false(reads(P9_READ, 512, "\x0a\0\0\0\x75\3\0\0\2\0", 10, 10, &r));
    assert_false(reads(P9_WRITE, 512, "\x0b\0\0\0\x77\3\0\1\2\0\0", 11, 11, &r));       /* more than asked */
    assert_false(reads(P9_WALK, 0, "\x16\0\0\0\x6f\3\0\1\0" "1234567890123", 22, 22, &r));
    assert_false(reads(P9_WALK, 2, "\x16\0\0\0\x6f\3\0\2\0" "1234567890123", 22, 22, &r));
    assert_false(reads(P9_ERROR, 0, "\7\0\0\0\7\3\0", 7, 7, &r));
}

/* The answer that the device writes is copied before it is looked at; a server that is wrong ends the share. */
static void a_server_that_is_wrong(void **state)
{
    (void)state;
    world_begin();
    (void)files_add("web.img", 1024);
    client_attach(0, "web.img", "", 0);
    files.bad_type = 99;
    client_put(0, BLOCK_READ, 0, 0, 512);
    world_run();
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "the directory that the host shares is lost: the host's 9p device breaks the rules"));
    assert_int_equal(device.status, 0); /* reset: no DMA from here on */
    client_detach(0);
    assert_int_equal(link_of_all.seen[0], link_of_all.client[0].wanted);
    files.bad_type = 0;
    client_attach(0, "web.img", "", 0);
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
}

static void shares_that_cannot_be_used(void **state)
{
    static uint8_t memory[DEVICE_DMA_FRAMES * FRAME_BYTES] __attribute__((aligned(4096)));
    const char *why = NULL;

    (void)state;
    model_start();
    files_start();
    files.msize = 8192;
    assert_false(share_start(&model_virtio, memory, (uintptr_t)memory, &why));
    assert_non_null(strstr(why, "16 KiB"));
    assert_int_equal(device.status, 0);
    files_start();
    strcpy(device.tag, "other");
    assert_false(share_start(&model_virtio, memory, (uintptr_t)memory, &why));
    assert_non_null(strstr(why, "another tag"));
    model_start();
    files.bad_type = 99;
    assert_false(share_start(&model_virtio, memory, (uintptr_t)memory, &why));
    assert_non_null(strstr(why, "does not speak 9P2000.L"));
    files_start();
    device.holds = true;
    assert_false(share_start(&model_virtio, memory, (uintptr_t)memory, &why));
}

int message_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions),         cmocka_unit_test(no_room),
        cmocka_unit_test(answers),           cmocka_unit_test(what_is_no_answer),
        cmocka_unit_test(a_server_that_is_wrong), cmocka_unit_test(shares_that_cannot_be_used),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("block: 9p", tests, NULL, NULL);
}
