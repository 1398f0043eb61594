/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include "manager/mode.h"

#include <septum/bootinfo.h>
#include <septum/bundle.h>

#include <string.h>

static const char *lack;
static const char *remedy;

static void runs_in(uint32_t asked, uint64_t features, uint32_t mode)
{
    lack = NULL;
    assert_int_equal(mode_choose(asked, features, &lack, &remedy), mode);
    assert_true((lack == NULL) == (mode != BUNDLE_AUTO));
}

static void auto_takes_hardware_where_it_can(void **state)
{
    (void)state;
    runs_in(BUNDLE_AUTO, BOOT_HAS_H | BOOT_HAS_SV48, BUNDLE_HARDWARE);
    runs_in(BUNDLE_AUTO, BOOT_HAS_H, BUNDLE_HARDWARE);
    runs_in(BUNDLE_AUTO, BOOT_HAS_SV48, BUNDLE_SHADOW);
}

static void what_is_asked_for_is_kept(void **state)
{
    (void)state;
    runs_in(BUNDLE_SHADOW, BOOT_HAS_H | BOOT_HAS_SV48, BUNDLE_SHADOW);
    runs_in(BUNDLE_SHADOW, BOOT_HAS_SV48, BUNDLE_SHADOW);
    runs_in(BUNDLE_HARDWARE, BOOT_HAS_H | BOOT_HAS_SV48, BUNDLE_HARDWARE);
}

static void what_the_harts_lack_is_said(void **state)
{
    (void)state;
    runs_in(BUNDLE_HARDWARE, ~(uint64_t)BOOT_HAS_H, BUNDLE_AUTO);
    assert_non_null(strstr(lack, "no H extension"));
    assert_non_null(strstr(remedy, "shadow"));
    runs_in(BUNDLE_SHADOW, ~(uint64_t)BOOT_HAS_SV48, BUNDLE_AUTO);
    assert_non_null(strstr(lack, "Sv48"));
    runs_in(BUNDLE_AUTO, 0, BUNDLE_AUTO);
    assert_non_null(strstr(lack, "Sv48"));
}

int mode_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_takes_hardware_where_it_can),
        cmocka_unit_test(what_is_asked_for_is_kept),
        cmocka_unit_test(what_the_harts_lack_is_said),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
